"""Verification by institutions: what they are told is what the card is at that moment, and every question is kept."""

from __future__ import annotations

import pytest

from healthcard.domain.permissions import NotAllowed
from healthcard.domain.purposes import Purpose
from healthcard.services.errors import Invalid, NotFound


def key(card):
    from healthcard.services.institutions.status import Key

    return Key(card.issuer_code, card.issue_serial)


def happen(console, card, event, **changes):
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act

    with act(console, Permission.DESK_ACT, "test.life") as now:
        now.event(card.pk, event, **changes)


def verified(actor, card, shown=None, purpose=Purpose.TREATMENT, step="registration"):
    from healthcard.services.institutions import verification

    return verification.verify(actor, key(card), purpose, step, shown)


def log():
    from healthcard.storage.models import Verification

    return Verification.objects.order_by("id")


def test_an_answer_says_usable_or_why_not_and_at_which_version(hospital, in_use, console):
    card = in_use()
    told = verified(hospital, card)
    assert (told.usable, told.reason, told.version, told.present) == (True, "usable", card.version, False)
    happen(console, card, "written_loss")
    told = verified(hospital, card)
    assert (told.usable, told.reason, told.version) == (False, "lost", card.version + 1)


def test_every_question_is_kept_with_its_purpose_and_what_was_told(hospital, in_use):
    card = in_use()
    told = verified(hospital, card, purpose=Purpose.PREVENTION, step="vaccination")
    row = log().get()
    assert (row.card_id, row.card_version, row.organisation_id) == (card.pk, told.version, hospital.organisation)
    assert (row.credential_id, row.purpose, row.step) == (hospital.credential, "prevention", "vaccination")
    assert (row.usable, row.reason, row.present, row.nonce) == (True, "usable", False, None)
    assert row.started == row.at == told.as_of


def test_verifying_and_asking_for_the_status_say_the_same(hospital, in_use, console, clerk):
    from healthcard.services.desk import locks
    from healthcard.services.institutions import status

    card = in_use()
    order = locks.order(console, card.pk, "lock", "疑似转借")
    for event in ("written_loss", "unlossed", "app_locked"):
        if event == "app_locked":
            locks.carry_out(clerk, order)
        else:
            happen(console, card, event)
        said, told = status.of(hospital, key(card)), verified(hospital, card)
        assert (said.usable, said.reason, said.version) == (told.usable, told.reason, told.version), event


def test_a_card_there_is_not_is_not_found_and_nothing_is_kept(hospital, in_use):
    from healthcard.services.institutions import verification
    from healthcard.services.institutions.status import Key

    card = in_use()
    with pytest.raises(NotFound):
        verification.verify(hospital, Key(card.issuer_code, "0000009999"), Purpose.CARE, "child")
    assert not log().exists()


def test_a_purpose_has_its_own_steps(hospital, in_use):
    with pytest.raises(Invalid, match="vaccination"):
        verified(hospital, in_use(), purpose=Purpose.PREVENTION, step="discharge")
    assert not log().exists()


@pytest.mark.parametrize("role", ["clerk", "supervisor", "auditor", "maker", "admin"])
def test_only_institutions_verify(as_role, in_use, role):
    with pytest.raises(NotAllowed):
        verified(as_role(role), in_use())


def test_the_log_is_written_once(hospital, in_use):
    from django.db import ProgrammingError, transaction

    verified(hospital, in_use())
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        log().update(usable=False)


def test_the_holder_may_have_the_list_of_who_asked(hospital, institution, in_use, console):
    from healthcard.services.institutions import verification

    card, other = in_use(0), in_use(1)
    verified(hospital, card)
    verified(institution(2), card, step="pharmacy")
    verified(hospital, other)
    rows = verification.of_resident(console, card.resident_id)
    assert [(row.organisation, row.step) for row in rows] == [
        ("测试医院2", "pharmacy"),
        ("测试医院1", "registration"),
    ]
    assert verification.of_resident(console, card.resident_id, after=rows[0].id) == rows[1:]


def test_the_list_of_another_desks_resident_is_not_there(hospital, in_use, province):
    from dataclasses import replace

    from healthcard.domain.permissions import GRANTS, Role
    from healthcard.services.institutions import verification

    card = in_use()
    stranger = replace(hospital, permissions=GRANTS[Role.CLERK], path=province.path + "999/")
    with pytest.raises(NotFound):
        verification.of_resident(stranger, card.resident_id)
