"""The children of a guardian who has entered: whose pages he sees from his own (监护人).

A minor is a guardian's where his telephone stands on the child's record, and he came to a desk as the child's guardian,
with proof. Another telephone on the record ends it; so does the child's age. Each page is read as that child alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction

from healthcard.domain import identity, people, traces
from healthcard.domain.evidence import Presenter
from healthcard.domain.resident import Document
from healthcard.domain.resident import Resident as Form
from healthcard.services import audit, scope
from healthcard.services.acting import clock
from healthcard.services.authority import parameters
from healthcard.services.desk.applications import content
from healthcard.services.errors import NotFound
from healthcard.services.own.entering import visitor
from healthcard.services.people import registering, residents
from healthcard.services.sealing import sealer
from healthcard.storage.models import Application, Collection, Resident, ResidentKey
from healthcard.storage.models import FindingKind as Kind

MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child as the guardian's page names it."""

    id: int
    name_masked: str


def of(guardian: int) -> tuple[Child, ...]:
    """The children of whoever has entered; none for most."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        person = residents.opened(guardian)
        found = tuple(Child(id=row.pk, name_masked=row.name_masked) for row in _known(guardian, person))
        scope.limit(scope.NOBODY)
    return found


def turn_to(guardian: int, child: int, *, address: str = "") -> None:
    """Look at a child's page from now on; it is in the audit of the child. Raises NotFound for one that is not his."""
    require(guardian, child)
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        facts = {"guardian": guardian}
        audit.write(actor=visitor(address), action="own.child", operation=uuid4(), resident=child, facts=facts)
        scope.limit(scope.NOBODY)


def require(guardian: int, child: int) -> None:
    """Raise NotFound unless this child is that guardian's, now."""
    if child not in {each.id for each in of(guardian)}:
        raise NotFound("There is no such child.")


def _known(guardian: int, person: Form) -> Iterator[Resident]:
    """Minors with his telephone for whom he acted at a desk."""
    phones = [trace for number in person.phones if (trace := traces.phone(number)) is not None]
    digests = [sealer().trace(each) for each in phones]
    keys = ResidentKey.objects.filter(kind=Kind.PHONE, digest__in=digests).exclude(resident=guardian)
    rows = Resident.objects.filter(pk__in=keys.values("resident"), died_on=None, merged_into=None, erased_at=None)
    own = {person.document, *person.other_documents}
    return (row for row in rows.order_by("pk")[:MOST] if _is_minor(row) and not own.isdisjoint(_guardians(row)))


def _is_minor(row: Resident) -> bool:
    _, today = clock()
    rules = parameters.at(row.home_path, today).values
    return people.minority(residents.opened(row.pk).birth_date, today, rules).guardian_acts


def _guardians(row: Resident) -> Iterator[Document]:
    """The documents of everybody who came to a desk as this child's guardian."""
    for asked in Application.objects.filter(resident=row, by=Presenter.GUARDIAN):
        delegate = content.opened(asked).delegate
        if delegate is not None:
            yield from _document(delegate.document_kind, delegate.document_number)
    for taken in Collection.objects.filter(resident=row, by=Presenter.GUARDIAN):
        told = registering.opened(taken).get("delegate")
        if isinstance(told, dict):
            yield from _document(str(told["document_kind"]), str(told["document_number"]))


def _document(kind: str, number: str) -> Iterator[Document]:
    try:
        yield identity.document(kind, number)
    except identity.NumberRefused:
        return
