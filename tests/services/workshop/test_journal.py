from __future__ import annotations

import pytest

from healthcard.perso.journal import Intent, JobState, Outcome

DIGEST = bytes(range(32))
INTENTS = [
    Intent(index=1, act="create DDF1", path="DDF1", digest=DIGEST),
    Intent(index=3, act="write a record", path="DDF1/EF05", digest=DIGEST),
    Intent(index=7, act="erase DF01", path="DF01", digest=DIGEST, standby=True),
]


@pytest.fixture
def card(people, issuer, console, today):
    from healthcard.services.workshop import cards

    return cards.plan(console, people[0], today=today)


@pytest.fixture
def chip(card):
    from healthcard.services.workshop.journal import Chip

    return Chip(product="jia", layout="full", application_plan="full 1", chip8=b"8" * 8, answer_to_reset=b"a" * 13)


@pytest.fixture
def job(card):
    from healthcard.storage.models import PersoJob

    return PersoJob.objects.create(card_id=card).pk


@pytest.fixture
def journal(console, job, chip):
    from healthcard.services.workshop.journal import DatabaseJournal

    return DatabaseJournal(console, job, chip)


def _card(card):
    from healthcard.storage.models import Card

    return Card.objects.get(pk=card)


def _job(job):
    from healthcard.storage.models import PersoJob

    return PersoJob.objects.get(pk=job)


def test_opening_commits_every_intent_and_binds_the_chip(journal, card, job):
    from healthcard.storage.models import PersoIntent

    journal.open(DIGEST, INTENTS)
    assert list(PersoIntent.objects.filter(job=job).order_by("index").values_list("index", "act", "standby")) == [
        (each.index, each.act, each.standby) for each in INTENTS
    ]
    assert (_job(job).state, bytes(_card(card).chip8)) == ("writing", b"8" * 8)


def test_opening_again_changes_nothing_and_another_plan_is_refused(journal, job):
    from healthcard.storage.models import PersoIntent

    journal.open(DIGEST, INTENTS)
    journal.open(DIGEST, INTENTS)
    assert PersoIntent.objects.filter(job=job).count() == 3
    with pytest.raises(ValueError, match="another plan"):
        journal.open(bytes(32), INTENTS)


def test_a_plan_that_writes_nothing_is_refused(journal):
    with pytest.raises(ValueError, match="writes nothing"):
        journal.open(DIGEST, [])


def test_the_last_outcome_of_a_step_is_the_known_one(journal):
    journal.open(DIGEST, INTENTS)
    journal.record([Outcome(index=1, sw=0x6581), Outcome(index=0, sw=0, how="attempt 1")])
    journal.record([])
    journal.record([Outcome(index=1, sw=0x9000, how="found")])
    assert journal.known() == {
        0: Outcome(index=0, sw=0, how="attempt 1"),
        1: Outcome(index=1, sw=0x9000, how="found"),
    }


def test_a_finished_job_makes_the_card_in_the_same_transaction(journal, card, job):
    from django.db import connection

    journal.open(DIGEST, INTENTS)
    journal.record([Outcome(index=1, sw=0x9000), Outcome(index=3, sw=0x9000)])
    journal.close(JobState.FINISHED, "")
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert (_job(job).state, _card(card).life) == ("finished", "made")
    assert _card(card).made_at is not None


def test_a_job_does_not_finish_while_an_intent_is_open(journal, card):
    from healthcard.services.errors import Conflict

    journal.open(DIGEST, INTENTS)
    journal.record([Outcome(index=1, sw=0x9000)])
    with pytest.raises(Conflict, match="has not finished"):
        journal.close(JobState.FINISHED, "")
    assert _card(card).life == "planned"


def test_a_scrapped_job_ends_its_card_and_the_person_may_have_another(journal, card, people, console, today):
    from healthcard.services.workshop import cards

    journal.open(DIGEST, INTENTS)
    journal.close(JobState.SCRAPPED, "torn at the third key")
    assert (_card(card).life, _card(card).ended_because) == ("scrapped", "torn at the third key")
    assert cards.plan(console, people[0], today=today) != card


def test_a_refused_chip_goes_its_own_way_and_the_card_waits_for_another(console, journal, card, chip):
    from healthcard.services.workshop.journal import DatabaseJournal
    from healthcard.storage.models import PersoJob

    journal.open(DIGEST, INTENTS)
    journal.close(JobState.REFUSED, "another lot's transport key")
    assert (_card(card).life, _card(card).chip8) == ("planned", None)
    second = DatabaseJournal(console, PersoJob.objects.create(card_id=card).pk, chip)
    second.open(DIGEST, INTENTS)


def test_what_a_refused_chip_told_of_its_tries_is_told_to_its_next_job(console, journal, card, chip):
    from healthcard.perso.ledger import RIGHTS
    from healthcard.services.workshop.journal import DatabaseJournal, last_try
    from healthcard.storage.models import PersoJob

    assert last_try("jia", chip.chip8) is None
    journal.open(DIGEST, INTENTS)
    journal.record([Outcome(index=RIGHTS, sw=0, how="attempt 1"), Outcome(index=RIGHTS, sw=0x63C9)])
    journal.close(JobState.REFUSED, "another lot's transport key")
    assert last_try("jia", chip.chip8) == Outcome(index=RIGHTS, sw=0x63C9)
    assert last_try("yi", chip.chip8) is None
    second = DatabaseJournal(console, PersoJob.objects.create(card_id=card).pk, chip)
    second.open(DIGEST, INTENTS)
    second.open(DIGEST, INTENTS)
    assert second.known() == {RIGHTS: Outcome(index=RIGHTS, sw=0x63C9)}


def test_a_job_closes_once_and_only_with_an_end(journal):
    from healthcard.services.errors import Conflict

    journal.open(DIGEST, INTENTS)
    with pytest.raises(ValueError, match="does not end"):
        journal.close(JobState.WRITING, "")
    journal.close(JobState.SCRAPPED, "torn")
    with pytest.raises(Conflict, match="closed already"):
        journal.close(JobState.SCRAPPED, "torn")


def test_what_a_card_went_through_is_told_in_words(journal, card, console):
    from healthcard.services.workshop import jobs

    journal.open(DIGEST, INTENTS)
    journal.record([Outcome(index=1, sw=0x9000), Outcome(index=3, sw=0x6581)])
    journal.close(JobState.SCRAPPED, "memory failure")
    (told,) = jobs.of_card(console, card)
    assert (told.state, told.reason, told.done) == ("scrapped", "memory failure", 1)
    assert [(entry.act, entry.word) for entry in told.entries] == [
        ("create DDF1", "9000"),
        ("write a record", "6581"),
        ("erase DF01", ""),
    ]
    assert "memory" in told.entries[1].meaning.lower()
