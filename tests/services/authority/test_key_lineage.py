"""Which keys and cards hang below a key."""

from __future__ import annotations

import pytest


def test_cards_with_a_chip_hang_below_every_master_of_their_version(console, order):
    from healthcard.services import ports
    from healthcard.services.authority.key_lineage import lineage
    from healthcard.storage.models import Card

    card, _ = order()
    with ports.key_service() as keys:
        (before,) = lineage(console, keys, "RK1_DDF1", 1)
        assert before.cards == []  # ordered, not on a chip yet
        chip = {"chip8": bytes.fromhex("00F1860100000077"), "answer_to_reset": b"x", "product": "jia"}
        Card.objects.filter(pk=card).update(**chip)
        (after,) = lineage(console, keys, "RK1_DDF1", 1)
    assert (after.key.level, after.key.scope, after.key.state) == ("national", "CN", "active")
    assert [(each.version, each.life, each.cards) for each in after.cards] == [(1, "planned", 1)]
    assert after.below == []


def test_a_key_that_is_not_held_is_told(console, helpers):
    from healthcard.services import ports
    from healthcard.services.authority.key_lineage import lineage
    from healthcard.services.errors import NotFound

    with ports.key_service() as keys:
        for name, version in (("RK1_DDF1", 9), ("AUDIT", 1), ("NONE", 1)):
            with pytest.raises(NotFound, match="No master key"):
                lineage(console, keys, name, version)


def test_a_clerk_asks_for_no_keys(as_role, helpers):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services import ports
    from healthcard.services.authority.key_lineage import lineage

    with ports.key_service() as keys, pytest.raises(NotAllowed):
        lineage(as_role("clerk"), keys, "RK1_DDF1", 1)
