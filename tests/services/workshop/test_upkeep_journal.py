"""The database's journal of upkeep: what every journal must do, and tries of keys remembered from job to job."""

from __future__ import annotations

import pytest

from doubles.journal_contract import DIGEST, INTENTS, JournalContract
from healthcard.perso.journal import JobState, Outcome
from healthcard.perso.upkeep.tries import FIRST_KEY


@pytest.fixture
def card(people, issuer, console, today):
    from healthcard.services.workshop import cards

    return cards.plan(console, people[0], today=today)


@pytest.fixture
def begin(card, console):
    from healthcard.domain.permissions import Permission
    from healthcard.services.workshop.upkeep_journal import UpkeepJournal
    from healthcard.storage.models import UpkeepJob

    def make():
        job = UpkeepJob.objects.create(card_id=card, kind="lock")
        return UpkeepJournal(console, Permission.DESK_ACT, job.pk)

    return make


@pytest.fixture
def journal(begin):
    return begin()


class TestDatabaseJournal(JournalContract):
    pass


def test_what_a_key_has_left_is_known_to_the_next_job_but_no_act_is(begin):
    first = begin()
    first.open(DIGEST, INTENTS)
    first.record([Outcome(index=0, sw=0x9000), Outcome(index=FIRST_KEY + 3, sw=0x63CC, how="attempt 2")])
    first.close(JobState.REFUSED, "another chip")
    assert begin().known() == {FIRST_KEY + 3: Outcome(index=FIRST_KEY + 3, sw=0x63CC, how="attempt 2")}


def test_a_job_that_was_closed_meanwhile_is_not_opened_again(begin):
    from healthcard.services.errors import Conflict

    journal = begin()
    journal.open(DIGEST, INTENTS)
    journal.close(JobState.SCRAPPED, "somebody gave it up")
    with pytest.raises(Conflict, match="closed already"):
        journal.open(DIGEST, INTENTS)
