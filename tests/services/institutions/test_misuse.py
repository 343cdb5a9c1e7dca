"""Reports of misuse: the holder hears of it at once, his home organisation looks into it and says what it found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import NotAllowed
from healthcard.services.errors import NotFound

SEEN = "就诊人与持卡人年龄明显不符"


@pytest.fixture
def reported(hospital, in_use):
    """A report about a card: (its id, the card)."""
    from healthcard.services.institutions import misuse
    from healthcard.services.institutions.misuse import MisuseKind
    from healthcard.services.institutions.status import Key

    card = in_use()
    key = Key(card.issuer_code, card.issue_serial)
    return misuse.report(hospital, key, kind=MisuseKind.LENT, seen=SEEN).id, card


def test_the_holder_is_told_at_once_by_whom(reported, console):
    from healthcard.services.people import messages

    (told,) = [each for each in messages.of_resident(console, reported[1].resident_id) if "misuse" in each.kind]
    assert told.urgent
    assert "测试医院1" in told.zh


def test_the_card_stays_as_it_was(reported):
    from healthcard.services import scope
    from healthcard.storage.models import Card

    scope.limit(scope.EVERYBODY)
    assert Card.objects.get(pk=reported[1].pk).version == reported[1].version


def test_what_was_seen_is_sealed_and_reading_it_is_an_access_the_holder_can_see(reported, supervisor):
    from healthcard.services.institutions import misuse
    from healthcard.storage.models import Access, Misuse

    (row,) = misuse.listed(supervisor, closed=False)
    assert (row.id, row.kind, row.organisation) == (reported[0], "lent", "测试医院1")
    assert SEEN.encode() not in bytes(Misuse.objects.get().sealed)
    assert not Access.objects.exists()
    assert misuse.shown(supervisor, row.id).seen == SEEN
    assert Access.objects.get().resident_id == reported[1].resident_id


def test_a_report_is_closed_once_with_what_was_found(reported, supervisor, console):
    from healthcard.services.institutions import misuse
    from healthcard.services.people import messages

    closed = misuse.close(supervisor, reported[0], finding="家属代为取药，已告知")
    assert closed.closed_at is not None
    assert misuse.listed(supervisor, closed=False) == ()
    assert [row.finding for row in misuse.listed(supervisor, closed=True)] == ["家属代为取药，已告知"]
    assert "misuse.closed" in {told.kind for told in messages.of_resident(console, reported[1].resident_id)}
    with pytest.raises(TransitionRefused) as refused:
        misuse.close(supervisor, reported[0], finding="不同的结论")
    assert refused.value.rule == "not_decided"


def test_a_finding_that_would_tell_somebodys_number_is_refused(reported, supervisor):
    from healthcard.services.errors import Invalid
    from healthcard.services.institutions import misuse

    with pytest.raises(Invalid):
        misuse.close(supervisor, reported[0], finding="致电 15412345678 核实")
    assert misuse.listed(supervisor, closed=True) == ()


def test_another_organisation_sees_no_report_about_our_cards(reported, supervisor, province):
    from healthcard.services.institutions import misuse

    stranger = replace(supervisor, path=province.path + "999/")
    assert misuse.listed(stranger, closed=False) == ()
    for act in (misuse.shown, lambda actor, row: misuse.close(actor, row, finding="x")):
        with pytest.raises(NotFound):
            act(stranger, reported[0])


def test_the_institution_that_reports_reads_and_closes_nothing(reported, hospital):
    from healthcard.services.institutions import misuse

    for act in (
        lambda: misuse.listed(hospital, closed=False),
        lambda: misuse.shown(hospital, reported[0]),
        lambda: misuse.close(hospital, reported[0], finding="x"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_report_does_not_change(reported):
    from django.db import IntegrityError, transaction

    from healthcard.services import scope
    from healthcard.storage.models import Misuse

    scope.limit(scope.EVERYBODY)
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        Misuse.objects.filter(pk=reported[0]).update(kind="other")
