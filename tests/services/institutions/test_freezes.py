"""A frozen card is frozen for whoever asks after the acknowledgement; the long proof, in short."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # benches and proofs lie beside the tests

FREEZES, PEOPLE = 20, 100


@pytest.fixture
def populated(committed_db, helpers, superuser):
    from bench.population import fill

    fill({**superuser, "dbname": "healthcard"}, PEOPLE)


def test_no_card_is_accepted_after_its_freeze_was_acknowledged(populated, installation):
    from prove import freezes

    from healthcard.fsck import check

    watched = freezes.froze(FREEZES)
    print(freezes.line(FREEZES, watched))
    assert watched.accepted == []
    assert min(watched.refused) >= FREEZES  # every reader asked during every freeze
    assert {each.id: each.where for each in check(installation.checker_address()) if each.violations} == {}


def test_the_watch_notices_a_card_that_is_accepted(populated, monkeypatch):
    from prove import freezes

    from healthcard.services.institutions import verification

    honest = verification.verify
    monkeypatch.setattr(verification, "verify", lambda *asked: _good(honest(*asked)))
    assert freezes.froze(1).accepted


def _good(said):
    from dataclasses import replace

    return replace(said, usable=True)
