"""One person under two documents is one person with one card: linked by two people, kept by the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healthcard.domain.resident import Document
from healthcard.domain.synthetic import resident

PASSPORT = Document(kind="03", number="SYN900001")
CAME = {"presented": ("identity",), "identity": "document_and_face"}


def _citizen():
    return next(p for p in map(resident, range(60, 200)) if p.document.is_citizen_number and p.birth_date.year < 2000)


@pytest.fixture
def person(helpers, province):
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    residents.stored([_citizen()], province.pk)
    return Resident.objects.get().pk


@pytest.fixture
def roles(as_role):
    return as_role("clerk"), as_role("reviewer")


@pytest.fixture
def ask(person, roles):
    from healthcard.services.people import linking, person_requests

    def make(document=PASSPORT, whom=person, **other):
        of = _citizen()
        said = {"name": of.name, "sex": of.sex, "birth_date": of.birth_date} | other
        second = linking.Second(document=document, **said)
        return linking.ask(roles[0], whom, second, person_requests.Asking(**CAME))

    return make


@pytest.fixture
def linked(ask, roles):
    from healthcard.services.people import linking

    def make(**how):
        return linking.decide(roles[1], ask(**how).id, granted=True, answer="两证核对一致")

    return make


def _rule(act, *given, **how):
    from healthcard.domain.lifecycle import TransitionRefused

    with pytest.raises(TransitionRefused) as refusal:
        act(*given, **how)
    return refusal.value.rule


def test_a_second_document_finds_the_same_person(linked, person, console):
    from healthcard.services.people import finding, residents
    from healthcard.storage.models import Message, ResidentKey

    told = linked()
    assert [(each.field, each.road) for each in told] == [("other_documents", "record")]
    assert finding.found(console, PASSPORT) == finding.found(console, _citizen().document) == person
    assert residents.opened(person).other_documents == (PASSPORT,)
    assert residents.opened(person).document == _citizen().document
    assert "*" in ResidentKey.objects.exclude(masked="").get().masked
    message = Message.objects.get(kind="identity.linked")
    assert PASSPORT.number not in message.facts["document"]


def test_two_people_link_and_never_the_one_who_proposed(ask, person, roles, as_role):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services.people import linking, person_requests

    taken = ask()
    with pytest.raises(NotAllowed):
        linking.decide(roles[0], taken.id, granted=True, answer="自己")
    head, of = as_role("supervisor"), _citizen()
    linking.decide(head, taken.id, granted=False, answer="未核对")
    second = linking.Second(document=PASSPORT, name=of.name, sex=of.sex, birth_date=of.birth_date)
    own = linking.ask(head, person, second, person_requests.Asking(**CAME))
    assert _rule(linking.decide, head, own.id, granted=True, answer="自己") == "another_person"


def test_the_database_refuses_one_person_for_both_too(ask):
    from django.db import Error, transaction
    from django.db.models.functions import Now

    from healthcard.storage.models import PersonRequest

    row = PersonRequest.objects.get(pk=ask().id)
    with pytest.raises(Error, match=r"two people decide|person_request_two"), transaction.atomic():
        PersonRequest.objects.filter(pk=row.pk).update(
            decided_by=row.accepted_by_id, decided_at=Now(), granted=True, answer="x"
        )
    with pytest.raises(Error, match="does not change"), transaction.atomic():
        PersonRequest.objects.filter(pk=row.pk).update(kind="copy")


def test_what_is_not_granted_changes_nothing(ask, roles, person, console):
    from healthcard.services.people import finding, linking

    taken = ask()
    assert linking.decide(roles[1], taken.id, granted=False, answer="照片不符") == ()
    assert finding.found(console, PASSPORT) is None
    assert _rule(linking.decide, roles[1], taken.id, granted=True, answer="再试") == "not_decided"


@pytest.mark.parametrize("other", [{"name": "别人"}, {"sex": "x"}])
def test_data_that_contradict_are_not_linked(ask, other):
    if "sex" in other:
        other = {"sex": "2" if _citizen().sex == "1" else "1"}
    assert _rule(ask, **other) == "same_person"


def test_two_citizen_numbers_are_two_people(ask):
    number = next(p for p in map(resident, range(300, 400)) if p.document.is_citizen_number).document
    assert _rule(ask, document=number) == "same_person"


def _second_record(province, **more):
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    residents.stored([replace(_citizen(), document=PASSPORT, **more)], province.pk)
    return Resident.objects.order_by("-pk").first().pk


def test_a_record_of_the_second_document_ends_in_the_first(linked, person, province, console):
    from healthcard.services.people import finding, residents
    from healthcard.storage.models import Resident

    other = _second_record(province)
    linked()
    assert finding.found(console, PASSPORT) == person
    assert Resident.objects.get(pk=other).merged_into_id == person
    assert [each.id for each in residents.listed(console).people] == [person]
    assert [each.id for each in finding.searched(console, finding.Wanted(name=_citizen().name)).people] == [person]
    assert residents.opened(other).document == PASSPORT


def test_the_citizen_number_leads_whichever_record_stays(linked, person, province, console):
    from healthcard.services.people import finding, residents

    other = _second_record(province)
    told = linked(document=_citizen().document, whom=other)
    assert {each.field for each in told} == {"document", "other_documents"}
    assert residents.opened(other).document == _citizen().document
    assert residents.opened(other).other_documents == (PASSPORT,)
    assert finding.found(console, _citizen().document) == finding.found(console, PASSPORT) == other


def test_nothing_begins_on_a_record_that_ended(linked, province, issuer, console, today):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Resident

    other = _second_record(province)
    linked()
    with pytest.raises(Conflict, match="was closed"):
        cards.plan(console, other, today=today)
    from django.db import Error, transaction

    with pytest.raises(Error, match="stays closed"), transaction.atomic():
        Resident.objects.filter(pk=other).update(merged_into=None)


def test_a_record_with_a_card_is_not_ended(ask, province, issuer, console, today):
    from django.db import Error, transaction

    from healthcard.services.workshop import cards
    from healthcard.storage.models import Resident

    other = _second_record(province)
    cards.plan(console, other, today=today)
    assert _rule(ask) == "record_free"
    with pytest.raises(Error, match="still lives"), transaction.atomic():
        Resident.objects.filter(pk=other).update(merged_into=Resident.objects.exclude(pk=other).first())
