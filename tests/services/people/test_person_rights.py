"""What a person asks about his own data: taken with a day for the answer, answered once, carried out, logged."""

from __future__ import annotations

import json

import pytest

from healthcard.domain.synthetic import resident

CAME = {"presented": ("identity",), "identity": "document_and_face"}


@pytest.fixture
def person(adult):
    return adult


@pytest.fixture
def ask(person, clerk):
    from healthcard.services.people import person_requests, rights

    def make(right, **more):
        return rights.ask(clerk, person, right, person_requests.Asking(**(CAME | more)))

    return make


@pytest.fixture
def granted(ask, as_role):
    from healthcard.services.people import rights

    head = as_role("supervisor")

    def make(right, **more):
        taken = ask(right, **more)
        rights.answer(head, taken.id, granted=True, text="符合规定")
        return taken

    return make


def _rule(act, *given, **how):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.errors import Refused

    with pytest.raises((TransitionRefused, Refused)) as refusal:
        act(*given, **how)
    return refusal.value.rule


def test_a_request_has_a_receipt_and_a_day_and_he_is_told_both(ask, person, clerk):
    from healthcard.services.acting import clock
    from healthcard.services.authority import holidays
    from healthcard.services.people import person_requests
    from healthcard.storage.models import Message

    taken = ask("copy", wish="打印一份")
    assert taken.due_on == holidays.due(clock()[1], 15)
    told = Message.objects.get(resident=person, kind="rights.received")
    assert told.facts["receipt"] == taken.number
    row = person_requests.listed(clerk, person)[0]
    assert (row.kind, row.granted, row.by) == ("copy", None, "holder")
    assert _rule(ask, "copy") == "none_open"


def test_the_copy_holds_everything_and_making_it_is_logged(granted, person, clerk, issuer, console, today):
    from healthcard.services.people import residents, rights, unmasking
    from healthcard.services.workshop import cards

    cards.plan(console, person, today=today)
    unmasking.unmask(clerk, person, ("phones",), reason="回访")
    of, taken = residents.opened(person), granted("copy", wish="打印一份")
    whole = rights.copy(clerk, taken.id)
    assert whole["record"]["姓名"] == of.name
    assert whole["cards"][0]["history"][0]["event"] == "ordered"
    assert {each["purpose"] for each in whole["accesses"]} == {"unmask", "copy"}
    assert whole["requests"][0]["said"]["wish"] == "打印一份"
    assert whole["messages"]
    json.dumps(whole)
    assert rights.accesses(clerk, person)[0].purpose == "copy"


def test_the_copy_tells_which_institution_asked_about_a_card_and_for_what(
    granted, in_use, people, person, clerk, institution
):
    from healthcard.domain.purposes import Purpose
    from healthcard.services.institutions import verification
    from healthcard.services.institutions.status import Key
    from healthcard.services.people import rights

    card = in_use(people.index(person))
    verification.verify(institution(), Key(card.issuer_code, card.issue_serial), Purpose.TREATMENT, "registration")
    (asked,) = rights.copy(clerk, granted("copy").id)["verifications"]
    assert (asked["where"], asked["purpose"], asked["step"]) == ("测试医院1", "treatment", "registration")


def test_without_a_granted_request_there_is_no_copy(ask, clerk):
    from healthcard.services.errors import NotFound
    from healthcard.services.people import rights

    assert _rule(rights.copy, clerk, ask("copy").id) == "approved_first"
    with pytest.raises(NotFound):
        rights.copy(clerk, ask("restriction").id)


def test_the_access_log_tells_who_saw_what_and_why(person, clerk):
    from healthcard.services.people import rights, unmasking

    unmasking.unmask(clerk, person, ("name",), reason="核实身份")
    (row,) = rights.accesses(clerk, person)
    assert (row.by, row.what, row.reason) == ("clerk", "姓名", "核实身份")


def test_a_restriction_stops_what_the_card_does_not_need_and_is_lifted_again(granted, person, clerk):
    from healthcard.services.people import unmasking

    granted("restriction")
    assert _rule(unmasking.unmask, clerk, person, ("name",), reason="回访") == "not_restricted"
    granted("restriction", lift=True)
    assert unmasking.unmask(clerk, person, ("name",), reason="回访").parts


def test_an_answer_is_given_once_and_told(ask, clerk, person):
    from healthcard.services.people import rights
    from healthcard.storage.models import Message

    taken = ask("explanation")
    rights.answer(clerk, taken.id, granted=True, text="已说明")
    assert Message.objects.get(resident=person, kind="rights.answered").facts["reason"] == "已说明"
    assert _rule(rights.answer, clerk, taken.id, granted=False, text="改口") == "not_decided"


def test_a_deletion_is_granted_by_a_second_person(ask, clerk):
    from healthcard.services.people import rights

    assert _rule(rights.answer, clerk, ask("deletion").id, granted=True, text="同意") == "another_person"


def test_nothing_is_deleted_while_a_card_lives(granted, person, issuer, console, today):
    from healthcard.services.workshop import cards

    cards.plan(console, person, today=today)
    assert _rule(granted, "deletion") == "no_card_lives"


def test_nothing_is_deleted_before_its_time_is_over(granted, person, issuer, console, today):
    from healthcard.services.people import residents, rights
    from healthcard.services.workshop import cards

    _scrap(console, cards.plan(console, person, today=today))
    assert _rule(granted, "deletion") == "time_over"
    until = rights.keep_until(person)
    assert until.year >= today.year + 15
    assert residents.opened(person)


def _scrap(actor, card):
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.storage.models import Card

    with act(actor, Permission.CARD_PERSONALISE, "card.scrap") as now:
        Card.objects.filter(pk=card).update(ended_because="试")
        now.event(card, "scrapped")


def test_what_was_deleted_is_gone_and_what_must_stay_stays(granted, person, clerk, console, province):
    from healthcard.services.errors import NotFound
    from healthcard.services.people import finding, record_changes, resident_record, residents
    from healthcard.storage.models import Resident, ResidentChange, ResidentKey

    of = residents.opened(person)
    granted("deletion")
    with pytest.raises(resident_record.Erased):
        residents.opened(person)
    row = Resident.objects.get(pk=person)
    assert (row.name_masked, row.document_masked, row.birth_year) == ("", "", 1900)
    assert row.erased_at is not None
    assert not ResidentKey.objects.filter(resident=person).exclude(kind="document").exists()
    assert not [each for each in ResidentChange.objects.filter(resident=person) if bytes(each.sealed_before)]
    assert finding.searched(console, finding.Wanted(name=of.name, birth_date=of.birth_date)).people == ()
    assert residents.stored([of], province.pk) == 0  # the number stays taken: no second record, no second card
    with pytest.raises(NotFound):
        record_changes.history(clerk, 0)


def test_an_application_of_somebody_whose_data_were_deleted_is_empty(granted, person, clerk, monkeypatch, today):
    from healthcard.services.desk import applications
    from healthcard.services.desk.applications import Request
    from healthcard.services.people import rights
    from healthcard.storage.models import Application

    form = {"phone": "15400000001", "entitlement": "1", "consent": True}
    taken = applications.accept(clerk, Request(kind="first_issue", resident=person, fields=form, **CAME))
    applications.withdraw(clerk, taken.id)
    assert _rule(granted, "deletion") == "time_over"
    monkeypatch.setattr(rights, "keep_until", lambda _: today.replace(year=2000))
    rights.answer(_another(clerk), _open_deletion(person), granted=True, text="期满")
    assert applications.shown(clerk, taken.id).fields == {}
    assert bytes(Application.objects.get(pk=taken.id).sealed) == b""


def _another(clerk):
    from healthcard.services import actor
    from healthcard.storage.models import Account

    row = Account.objects.create(
        username="another", full_name="another", organisation_id=clerk.organisation, role="clerk", password="!"
    )
    return actor.of_account(row.pk)


def _open_deletion(person):
    from healthcard.storage.models import PersonRequest

    return PersonRequest.objects.get(resident=person, kind="deletion", decided_at=None).pk


def test_the_database_deletes_for_nobody_who_was_not_granted_it(person):
    from django.db import Error, connection, transaction

    from healthcard.storage.models import Resident

    with pytest.raises(Error, match="nobody granted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT forget(%s, %s)", [person, bytes(40)])
    assert Resident.objects.get(pk=person).erased_at is None


def test_nothing_begins_for_somebody_whose_data_were_deleted(granted, person, issuer, console, today):
    from healthcard.services.errors import ServiceError
    from healthcard.services.workshop import cards

    granted("deletion")
    with pytest.raises(ServiceError):
        cards.plan(console, person, today=today)


@pytest.mark.parametrize("right", ["shoes", "link"])
def test_what_is_no_right_is_not_taken(ask, right):
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid):
        ask(right)


def test_a_relative_asks_for_the_dead_alone(ask):
    from healthcard.services.desk.applications import Delegate

    wife = Delegate(name="王妻", document_kind="01", document_number="62990119900101002X", relation="1")
    assert _rule(ask, "withdrawal", by="relative", delegate=wife) == "may_ask"


def test_synthetic_people_are_the_ones_on_file(person, people):
    assert resident(people.index(person)).birth_date.year < 2000
