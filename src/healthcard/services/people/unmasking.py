"""What lists mask, seen whole: a recorded act with its reason, which the person is told and may look up (I-48).

Parts are shown, never more than was asked for; where processing is restricted nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from healthcard.domain import codes
from healthcard.domain.entries import Entry
from healthcard.domain.identity import title
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident as Form
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.desk.applications import content
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.people import residents
from healthcard.services.wording import written
from healthcard.storage.models import Access, Application, Organisation, Resident

PURPOSE = "unmask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """What was asked for, in clear; `access` is the number of its row in the person's access log."""

    access: int
    parts: Mapping[str, Entry] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a record that can be asked for, and what of the record says it."""

    zh: str
    en: str
    told: Callable[[Form], Entry]


def _contacts(person: Form) -> list[dict[str, str]]:
    return [
        {"name": each.name, "relation": codes.label("relation", each.relation), "phone": each.phone}
        for each in person.contacts
    ]


def _documents(person: Form) -> list[dict[str, str]]:
    return [{"kind": title(each), "number": each.number} for each in (person.document, *person.other_documents)]


PARTS: Mapping[str, Part] = {
    "name": Part(zh="姓名", en="name", told=lambda person: person.name),
    "documents": Part(zh="证件号码", en="documents", told=_documents),
    "birth_date": Part(zh="出生日期", en="birth date", told=lambda person: person.birth_date.isoformat()),
    "phones": Part(zh="电话", en="telephone", told=lambda person: "、".join(person.phones)),
    "contacts": Part(zh="联系人", en="contacts", told=_contacts),
    "registered_address": Part(zh="户籍地址", en="registered address", told=lambda person: person.registered_address),
    "residence_address": Part(zh="居住地址", en="residence", told=lambda person: person.residence_address),
}


def unmask(actor: Actor, resident_id: int, parts: tuple[str, ...], *, reason: str) -> Unmasked:
    """Parts of a person's record in clear; the row in the access log is written first.

    Raises NotAllowed, NotFound, Invalid, TransitionRefused where the person had processing restricted.
    """
    if not parts or (unknown := [each for each in parts if each not in PARTS]):
        raise Invalid("parts", f"没有 {unknown[0]} 这一项" if parts else "须选择内容", "parts of the record, by name")
    why = written("reason", reason)
    with act(actor, Permission.RESIDENT_UNMASK, "resident.unmask", resident=resident_id) as now:
        alone_with_person(resident_id)
        _require_open(resident_id)
        person = residents.opened(resident_id)
        wanted = dict.fromkeys(parts)
        number = recorded(now, resident_id, PURPOSE, "、".join(PARTS[each].zh for each in wanted), why)
        return Unmasked(access=number, parts={each: PARTS[each].told(person) for each in wanted})


def unmask_application(actor: Actor, application_id: int, *, reason: str) -> Unmasked:
    """The form of an application in clear, with who came in the holder's stead; raises as `unmask`."""
    why = written("reason", reason)
    with act(actor, Permission.RESIDENT_UNMASK, "application.unmask", application=application_id) as now:
        row = Application.objects.filter(pk=application_id).first()
        if row is None:
            raise NotFound("There is no such application.")
        now.about(resident=row.resident_id)
        _require_open(row.resident_id)
        whole = content.opened(row)
        number = recorded(now, row.resident_id, PURPOSE, f"申请单 {row.number}", why)
        return Unmasked(access=number, parts={**whole.fields, **_delegate(whole)})


def recorded(now: Act, resident_id: int, purpose: str, what: str, reason: str, *, tell: bool = True) -> int:
    """Within an act: put into the person's access log that his data were seen, and tell him; the row's number."""
    row = Access.objects.create(
        resident_id=resident_id,
        account_id=now.actor.account,
        credential_id=now.actor.credential,
        organisation_id=now.actor.organisation,
        purpose=purpose,
        what=what,
        reason=reason,
        operation=now.operation,
    )
    now.note(access=row.pk, what=what, reason=reason)
    if tell:
        place = Organisation.objects.values_list("name", flat=True).get(pk=now.actor.organisation)
        shown = what.split()[0]  # an application's number says nothing to anybody else, and is no fact of the message
        now.tell(resident_id, "access.unmasked", place=place, what=shown, reason=reason)
    return row.pk


def _require_open(resident_id: int) -> None:
    row = Resident.objects.filter(pk=resident_id).first()
    if row is None:
        raise NotFound("There is no such person on file.")
    require("not_restricted", not row.restricted)


def _delegate(whole: content.Content) -> dict[str, Entry]:
    if whole.delegate is None:
        return {}
    came = whole.delegate
    told = {"name": came.name, "document_kind": came.document_kind, "document_number": came.document_number}
    return {"delegate": [{**told, "phone": came.phone, "relation": came.relation}]}
