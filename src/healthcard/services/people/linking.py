"""One person under two documents (一人一卡, 第三条): linked by two people, so that one record and one card remain.

Where the second document has a record of its own, that record ends and leads to the other one; it may have no card and
no application that lives, for nothing of them could be moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Q

from healthcard.domain.identity import mask, title
from healthcard.domain.lifecycle import require
from healthcard.domain.people import Likeness, Traits, compare, leading
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Document
from healthcard.domain.resident import Resident as Form
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.desk.applications.reach import reached, require_doing
from healthcard.services.people import finding, person_requests, record_changes, residents
from healthcard.services.people.person_requests import LINK, Asking, Taken
from healthcard.services.people.record_changes import Changed
from healthcard.services.sealing import sealer
from healthcard.storage.models import Application, Card, FindingKind, Resident, ResidentKey

_GONE = ("ended", "scrapped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """A further document as it lies before the clerk, with what it says of its holder."""

    document: Document = field(repr=False)
    name: str = field(repr=False)
    sex: str
    birth_date: date = field(repr=False)


def ask(actor: Actor, resident_id: int, second: Second, asking: Asking) -> Taken:
    """Propose that a document is of somebody on file; another person decides.

    Raises NotFound, TransitionRefused where the data contradict each other or the other record still lives.
    """
    with (
        act(actor, Permission.RESIDENT_CORRECT, "identity.propose", resident=resident_id) as now,
        reached(actor, "update", resident_id) as found,
    ):
        require_doing(found)
        _compare(residents.opened(resident_id), second)
        _other(resident_id, second)
        told = {
            "document": [second.document.kind, second.document.number],
            "traits": [second.name, second.sex, second.birth_date.isoformat()],
        }
        return person_requests.take(now, LINK, "correction", found, asking, told)


def decide(actor: Actor, request_id: int, *, granted: bool, answer: str) -> tuple[Changed, ...]:
    """Link, or not, as another person than proposed it; what changed of the record, with its road.

    Raises NotFound, TransitionRefused, Invalid, Conflict.
    """
    with act(actor, Permission.APPLICATION_REVIEW, "identity.link") as now:
        row = person_requests.held(request_id)
        require("may_ask", row.kind == LINK, kind=row.kind)
        second = _said(person_requests.opened(row))
        person_requests.decide(now, row, granted=granted, answer=answer)
        if not granted:
            return ()
        _compare(residents.opened(row.resident_id), second)
        other = _other(row.resident_id, second)
        if other is not None:
            _absorb(now, row.resident_id, other)
        told = record_changes.change(
            now, row.resident_id, lambda person: _with(person, second.document), reason=f"关联证件 {row.number}"
        )
        shown = f"{title(second.document)} {mask(second.document.number)}"
        now.tell(row.resident_id, "identity.linked", document=shown)
        return told


def _compare(person: Form, second: Second) -> None:
    """Everything but the number has to agree; two citizen numbers are two people, whatever else agrees."""
    one = Traits(document=person.document, name=person.name, sex=person.sex, birth_date=person.birth_date)
    other = Traits(document=second.document, name=second.name, sex=second.sex, birth_date=second.birth_date)
    found = compare(one, other)
    require("same_person", found.likeness is Likeness.LIKELY, likeness=found.likeness.value, differs=found.differs)


def _other(resident_id: int, second: Second) -> Resident | None:
    """The record the second document has, if any, which must be free to end; whoever cannot see it cannot link it."""
    holder = finding.holder(second.document)
    require("something_changed", holder != resident_id)
    if holder is None:
        return None
    alone_with_person(holder)
    row = Resident.objects.filter(pk=holder).first()
    require("one_person", row is not None)
    _compare(residents.opened(holder), replace(second, document=_unlike(second.document)))
    living = Card.objects.filter(~Q(life__in=_GONE), resident=holder).exists()
    living = living or Application.objects.filter(resident=holder, closed_at=None).exists()
    require("record_free", not living, record=holder)
    return row


def _unlike(document: Document) -> Document:
    """A document of the same kind that nobody has: traits alone are compared then."""
    return Document(kind="99" if document.is_citizen_number else document.kind, number="")


def _absorb(now: Act, resident_id: int, other: Resident) -> None:
    """The other record ends: its documents are the person's, its names and telephones find nobody any more."""
    seals = sealer()
    record, known_by = seals.open(bytes(other.sealed), bytes(other.identity_digest)), seals.absorbed(other.pk)
    Resident.objects.filter(pk=other.pk).update(
        merged_into_id=resident_id, identity_digest=known_by, sealed=seals.seal(record, known_by)
    )
    keys = ResidentKey.objects.filter(resident=other.pk)
    keys.exclude(kind=FindingKind.DOCUMENT).delete()
    keys.filter(kind=FindingKind.DOCUMENT).update(resident_id=resident_id)
    now.note(absorbed=other.pk)


def _with(person: Form, document: Document) -> Form:
    lead = leading(person.document, document)
    rest = (person.document, *person.other_documents, document)
    return replace(person, document=lead, other_documents=tuple(each for each in dict.fromkeys(rest) if each != lead))


def _said(told: object) -> Second:
    if not isinstance(told, dict):
        raise TypeError("what was proposed is a table")
    (kind, number), (name, sex, born) = told["document"], told["traits"]
    return Second(document=Document(kind=kind, number=number), name=name, sex=sex, birth_date=date.fromisoformat(born))
