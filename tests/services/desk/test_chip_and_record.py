"""A chip is written only for what still stands, and what is being written stays standing until that is decided."""

from __future__ import annotations

import pytest
from desk import FACE, FIELDS, request

from healthcard.card.host.rack import TearMoment
from healthcard.domain.lifecycle import TransitionRefused

NEW = "13911112222"


@pytest.fixture
def asked(adult, issued, clerk):
    """An application to write another telephone number on the card."""
    from healthcard.services.desk import update

    rows = [{"item": "本人电话", "old": "", "new": NEW, "reason": "变更"}]
    FIELDS["update"] = {"phone": "15412345678", "changes": rows}
    return update.ask(clerk, request("update", adult, card=issued[0], presented=("identity", "card"))).id


class Meddled:
    """A reader at which somebody else acts when the card is first asked something."""

    def __init__(self, chip, act):
        self._chip, self._act = chip, act

    def reset(self):
        act, self._act = self._act, lambda: None
        act()
        return self._chip.reset()

    def transmit(self, command):
        return self._chip.transmit(command)


def test_what_was_withdrawn_before_the_first_write_is_not_written(issued, asked, clerk, shop):
    from healthcard.services.desk import applications, update
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import comparison, upkeep

    card, chip = issued
    meddled = Meddled(chip, lambda: applications.withdraw(clerk, asked))
    with pytest.raises(Conflict, match="nothing was written"):
        update.carry_out(clerk, asked, meddled, shop.keys, identity=FACE)
    assert comparison.compare(clerk, card, chip, shop.keys) == ()
    upkeep.require_settled(card)


def test_what_is_being_written_is_neither_withdrawn_nor_rejected(issued, asked, clerk, reviewer, judge, shop):
    from healthcard.perso.upkeep.results import Finished, Held
    from healthcard.services.desk import applications, update
    from healthcard.services.people import residents

    _, chip = issued
    chip.arm(14, TearMoment.AFTER)
    assert isinstance(update.carry_out(clerk, asked, chip, shop.keys, identity=FACE), Held)
    for undone in (lambda: applications.withdraw(clerk, asked), lambda: judge(asked, approved=False)):
        with pytest.raises(TransitionRefused) as refused:
            undone()
        assert refused.value.rule == "journal_finished"
    assert isinstance(update.carry_out(clerk, asked, chip, shop.keys, identity=FACE), Finished)
    assert residents.opened(applications.shown(clerk, asked).row.resident).phones[0] == NEW


def _becomes(actor, resident):
    """The login is of this very resident."""
    from healthcard.storage.models import Account, Resident

    digest = bytes(Resident.objects.get(pk=resident).identity_digest)
    Account.objects.filter(pk=actor.account).update(person_digest=digest)


def test_a_maker_writes_nothing_on_the_chip_of_his_own_card(order, people, blank, as_role, shop):
    from healthcard.services.workshop import jobs, making

    maker = as_role("maker")
    card, serial = order()
    _becomes(maker, people[0])
    with blank("jia", serial) as chip:
        with pytest.raises(TransitionRefused) as refused:
            making.personalise(maker, card, chip, shop)
        assert refused.value.rule == "not_own_card"
        assert jobs.of_card(maker, card) == ()


def test_a_clerk_locks_nothing_on_the_chip_of_his_own_card(issued, adult, clerk, console, shop):
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.desk import recovery
    from healthcard.services.workshop import upkeep

    card, chip = issued
    with act(console, Permission.DESK_ACT, "test.life") as now:
        now.event(card, "terminated", end_reason="holder", place="holder")
    _becomes(clerk, adult)
    with pytest.raises(TransitionRefused) as refused:
        recovery.lock_chip(clerk, card, chip, shop.keys)
    assert refused.value.rule == "not_own_card"
    assert set(upkeep.look(clerk, chip, shop.keys).locks.values()) == {"none"}
