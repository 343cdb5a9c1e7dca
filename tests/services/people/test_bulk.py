"""Cards made in bulk keep every rule that cards made one by one keep."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("helpers", "issuer")


def test_every_card_of_a_bulk_has_its_person_its_serial_its_chip_and_a_finished_job(console, today):
    from healthcard.services.people import bulk
    from healthcard.storage.models import Card, CardLife, PersoJob, Resident

    seen = []
    assert bulk.load(console, 40, today, lambda done, size: seen.append((done, size))) == 40
    cards = Card.objects.filter(life=CardLife.MADE)
    assert cards.count() == Resident.objects.count() == PersoJob.objects.filter(state="finished").count() == 40
    assert {card.issue_serial for card in cards} == {f"{number:010d}" for number in range(1, 41)}
    assert len({(card.product, bytes(card.chip8)) for card in cards}) == 40
    assert seen[-1] == (40, 40)


def test_a_second_bulk_goes_on_where_the_first_one_ended(console, today):
    from healthcard.services.people import bulk
    from healthcard.storage.models import Card, IssueSerial

    for _ in range(2):
        bulk.load(console, 7, today, lambda done, size: None)
    assert Card.objects.count() == 14
    assert IssueSerial.objects.get().last == 14


def test_the_journal_of_a_bulk_card_says_what_it_is(console, today):
    from healthcard.services.people import bulk
    from healthcard.services.workshop import jobs
    from healthcard.storage.models import Card

    bulk.load(console, 1, today, lambda done, size: None)
    (job,) = jobs.of_card(console, Card.objects.get().pk)
    assert [entry.act for entry in job.entries] == [bulk.ACT]
    assert job.done == job.needed == 1
