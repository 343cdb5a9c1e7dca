"""What the database itself refuses of people, cards and applications, asked as the application role."""

from __future__ import annotations

from datetime import date

import pytest
from tables_bench import CHIP, changed, finish, made, sql


def test_a_person_has_one_formal_card_in_the_making(new_card, new_person, refused, happen):
    person = new_person(1)
    first = new_card(1, person)
    refused(lambda: new_card(2, person), "card_one_formal_in_making")
    changed(first, ended_because="torn")()
    happen(first, "scrapped")
    new_card(4, person)


def test_a_temporary_card_belongs_to_an_application(new_card, refused):
    refused(lambda: new_card(3, kind="temporary"), "card_temporary_application")


def test_a_person_is_registered_once(new_person, refused):
    new_person(1)
    refused(lambda: new_person(1), "identity_digest")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"identity_digest": b"short"}, "resident_digest"),
        ({"sealed": b"plain text"}, "resident_sealed"),
        ({"document_masked": "99010119900101001X"}, "resident_masked"),
        ({"birth_year": 1066}, "resident_birth_year"),
        ({"document_kind": "ID"}, "resident_document_kind"),
    ],
)
def test_a_resident_that_breaks_a_rule_is_refused(new_person, refused, fields, constraint):
    refused(lambda: new_person(7, **fields), constraint)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"issue_serial": "12345"}, "card_issue_serial"),
        ({"issuer_code": "8" * 21}, "card_issuer_code"),
        ({"city": "99"}, "card_city"),
        ({"key_version": 0}, "card_key_version"),
        ({"kind": "other"}, "card_kind"),
        ({"life": "reborn"}, "a card begins planned"),
        ({"loss": "written"}, "a card begins planned"),
        ({"version": 3}, "a card begins planned"),
        ({"valid_until": date(2026, 1, 1)}, "card_validity"),
        ({"chip8": b"8" * 8}, "card_chip_whole"),
        ({**CHIP, "chip8": b"7"}, "card_chip_whole"),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused(new_card, refused, fields, constraint):
    refused(lambda: new_card(7, **fields), constraint)


def test_a_serial_and_a_chip_are_used_once(new_card, new_person, refused):
    new_card(1, **CHIP)
    refused(lambda: new_card(1, new_person(2)), "card_serial")
    refused(lambda: new_card(3, **CHIP), "card_chip")
    refused(lambda: new_card(3, **{**CHIP, "answer_to_reset": b"b" * 13}), "card_chip")
    new_card(4, **{**CHIP, "product": "yi"})


def test_serial_holder_kind_and_chip_of_a_card_never_change(new_card, new_person, refused):
    card, other = new_card(1), new_person(9)
    for change in ({"issue_serial": "0000000099"}, {"resident": other}, {"kind": "temporary"}):
        refused(changed(card, **change), "permission denied")
    changed(card, **CHIP)()
    refused(changed(card, chip8=b"9" * 8), "chip of a card never changes")


LET_GO = {"product": "", "chip8": None, "answer_to_reset": None}


def test_a_card_that_was_never_begun_lets_its_chip_go(new_card, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoJob, PersoOutcome

    now = timezone.now()
    card = new_card(1, **CHIP)
    changed(card, **LET_GO)()
    changed(card, **CHIP)()
    job = PersoJob.objects.create(card=card, state="writing", plan_digest=bytes(32), opened_at=now)
    refused(changed(card, **LET_GO), "chip of a card never changes")
    PersoIntent.objects.create(job=job, index=0, act="create DF", path="MF", digest=bytes(32))
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    changed(job, state="refused", reason="written to all the same", closed_at=now)()
    refused(changed(card, **LET_GO), "chip of a card never changes")


@pytest.mark.parametrize(
    "change",
    [
        {"city": "990200"},
        {"key_version": 2},
        {"issued_on": date(2026, 1, 2)},
        {"application_plan": "another 2"},
        {"layout": "small"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_a_bound_chip_was_made_from_never_changes(new_card, refused, change):
    card = new_card(1)
    changed(card, **change)()
    bound = new_card(2, **CHIP)
    refused(changed(bound, **change), "what is on the chip of a card never changes")
    changed(bound, **LET_GO, **change)()


@pytest.mark.parametrize("column", ["life", "loss", "place", "app_lock", "chip_end", "end_reason", "version"])
def test_the_application_changes_no_fact_of_a_card(new_card, refused, column):
    new_card(1)
    refused(sql(f"UPDATE card SET {column} = {column}"), "permission denied")


def test_a_scrapped_card_never_comes_back(new_card, refused, happen):
    card = new_card(1)
    refused(lambda: happen(card, "scrapped"), "card_scrapped")
    changed(card, ended_because="torn")()
    happen(card, "scrapped")
    for event in ("ordered", "made", "scrapped"):
        refused(lambda event=event: happen(card, event), "does not follow life = scrapped")


def test_a_made_card_never_returns_to_be_planned(new_card, refused, happen):
    card = new_card(1)
    made(card, happen)
    refused(lambda: happen(card, "ordered"), "does not follow life = made")


def test_card_and_job_move_together_or_not_at_all(new_card, refused, happen):
    card = new_card(1, **CHIP)
    happen(card, "ordered")
    refused(lambda: happen(card, "made"), "its job says otherwise")
    refused(lambda: finish(card), "its job says otherwise")


def test_nothing_happens_to_a_card_without_an_entry_in_the_audit(new_card, refused, happen):
    card = new_card(1)
    refused(lambda: happen(card, "ordered", audited=False), "an act without its audit entry")


def test_an_event_sets_what_its_rule_sets_and_nothing_else(new_card, refused, happen):
    card = new_card(1)
    refused(lambda: happen(card, "ordered", loss="written"), "does not set loss")
    refused(lambda: happen(card, "ordered", place="holder"), "has to set place")
    refused(lambda: happen(card, "reborn"), "there is no event reborn")


def test_issue_serials_only_go_up(db, refused):
    from healthcard.storage.models import IssueSerial

    row = IssueSerial.objects.create(issuer_code="9" * 22, last=5)
    changed(row, last=6)()
    refused(changed(row, last=5), "only go up")


def test_a_card_is_not_handed_over_without_a_completed_application(new_card, refused, happen):
    card = new_card(1)
    made(card, happen)
    happen(card, "arrived")
    refused(lambda: happen(card, "handed_over"), "an application that is completed by it")


@pytest.fixture
def application(new_person, province):
    from healthcard.storage.models import Application

    return Application.objects.create(
        number="1", kind="loss", resident=new_person(5), desk=province, sealed=bytes(60), presented=["01"]
    )


def test_what_was_asked_for_does_not_change(application, refused):
    for change in ({"sealed": bytes(61)}, {"presented": []}, {"by": "agent"}, {"reason": "other"}):
        refused(changed(application, **change), "what was asked for does not change")


def test_a_closed_application_does_not_change(application, refused):
    from django.utils import timezone

    changed(application, state="withdrawn", closed_at=timezone.now())()
    for change in ({"outcome": "otherwise"}, {"receipt": "9"}, {"closed_at": None, "state": "accepted"}):
        refused(changed(application, **change), "does not (change|go)")


def test_a_version_of_the_parameters_does_not_change(province, refused):
    from healthcard.storage.models import ParameterSet

    row = ParameterSet.objects.create(issuer=province, version=1, values={}, valid_from=date(2026, 1, 1))
    for change in ({"values": {"loss.oral_days": 1}}, {"valid_from": date(2025, 1, 1)}, {"version": 2}):
        refused(changed(row, **change), "a version of the parameters does not change")
