"""Seeing somebody's data in clear: with a reason, noted for him, told to him, never more than was asked for."""

from __future__ import annotations

import pytest

from healthcard.domain.synthetic import resident


@pytest.fixture
def unmask(people, as_role):
    from healthcard.services.people import unmasking

    clerk = as_role("clerk")

    def see(*parts, actor=clerk, reason="核实来电人身份"):
        return unmasking.unmask(actor, people[1], parts, reason=reason)

    return see


def test_what_was_asked_for_is_shown_and_nothing_else(unmask):
    seen = unmask("name", "phones")
    assert dict(seen.parts) == {"name": resident(1).name, "phones": "、".join(resident(1).phones)}
    assert resident(1).name not in repr(seen)
    assert unmask("documents").parts["documents"][0]["number"] == resident(1).document.number


def test_each_sight_is_in_the_log_the_audit_and_a_message(unmask, people):
    from healthcard.storage.models import Access, AuditEntry, Message

    seen = unmask("name")
    row = Access.objects.get(pk=seen.access)
    assert (row.resident_id, row.purpose, row.what, row.reason) == (people[1], "unmask", "姓名", "核实来电人身份")
    entry = AuditEntry.objects.get(operation=row.operation)
    assert (entry.action, entry.resident, entry.account) == ("resident.unmask", people[1], row.account_id)
    assert resident(1).name.encode() not in bytes(entry.body)
    told = Message.objects.get(operation=row.operation)
    assert (told.kind, told.facts["what"], told.facts["reason"]) == ("access.unmasked", "姓名", "核实来电人身份")


@pytest.mark.parametrize(
    ("parts", "reason"), [((), "x"), (("photo",), "x"), (("name",), " "), (("name",), "13900000000")]
)
def test_without_reason_or_parts_nothing_is_shown(unmask, parts, reason):
    from healthcard.services.errors import Invalid
    from healthcard.storage.models import Access

    with pytest.raises(Invalid):
        unmask(*parts, reason=reason)
    assert not Access.objects.exists()


def test_where_processing_is_restricted_nothing_is_shown(unmask, people):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.storage.models import Resident

    Resident.objects.filter(pk=people[1]).update(restricted=True)
    with pytest.raises(TransitionRefused) as refusal:
        unmask("name")
    assert refusal.value.rule == "not_restricted"


@pytest.mark.parametrize("role", ["reviewer", "maker", "admin"])
def test_only_roles_with_the_right_see_anything_in_clear(unmask, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    with pytest.raises(NotAllowed):
        unmask("name", actor=as_role(role))


def test_an_application_opened_in_clear_counts_too(people, as_role, issuer):
    from healthcard.services.desk import applications
    from healthcard.services.desk.applications import Request
    from healthcard.services.errors import NotFound
    from healthcard.services.people import unmasking
    from healthcard.storage.models import Access

    clerk = as_role("clerk")
    taken = applications.accept(
        clerk,
        Request(
            kind="first_issue",
            resident=people[1],
            fields={"phone": "15400000001", "entitlement": "1", "consent": True},
            presented=("identity",),
            identity="document_and_face",
        ),
    )
    seen = unmasking.unmask_application(clerk, taken.id, reason="复核申请内容")
    assert seen.parts["phone"] == "15400000001"
    assert Access.objects.get(pk=seen.access).what == f"申请单 {taken.number}"
    with pytest.raises(NotFound):
        unmasking.unmask_application(clerk, 0, reason="复核申请内容")
