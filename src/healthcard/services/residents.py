"""People on file: found by their document, listed masked, opened only by services that need the whole form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from healthcard.domain.identity import mask, mask_name, title
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Document, Resident
from healthcard.services import resident_record
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.sealing import Sealer, sealer
from healthcard.storage import bulk, models

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a list may show of somebody."""

    id: int
    name_masked: str
    document_title: str
    document_masked: str
    birth_year: int
    home: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list; `after` is what to ask for next (None = the end)."""

    people: tuple[Person, ...]
    after: int | None


def listed(actor: Actor, *, after: int | None = None, limit: int = PAGE) -> Page:
    """People, the newest first; `after` is the id at which the page before ended."""
    actor.require(Permission.RESIDENT_VIEW)
    rows = models.Resident.objects.select_related("home").order_by("-id")
    found = list((rows.filter(pk__lt=after) if after else rows).defer("sealed")[: limit + 1])
    more = len(found) > limit
    return Page(people=tuple(map(_person, found[:limit])), after=found[limit - 1].pk if more else None)


def shown(actor: Actor, resident_id: int) -> Person:
    """One person, masked; raises NotFound."""
    actor.require(Permission.RESIDENT_VIEW)
    return _person(_row(resident_id))


def found(actor: Actor, document: Document) -> int | None:
    """The id of the person with this document, if on file."""
    actor.require(Permission.RESIDENT_VIEW)
    digest = sealer().digest(document)
    return models.Resident.objects.filter(identity_digest=digest).values_list("pk", flat=True).first()


def opened(resident_id: int) -> Resident:
    """The whole form, for services that make a card of it; raises NotFound, SealBroken."""
    row = _row(resident_id)
    return resident_record.from_bytes(sealer().open(bytes(row.sealed), bytes(row.identity_digest)))


def waiting(actor: Actor, *, limit: int) -> list[int]:
    """People who have no card and none on order, the first on file first; their ids."""
    actor.require(Permission.RESIDENT_VIEW)
    held = models.Card.objects.filter(resident=OuterRef("pk"), kind=models.CardKind.FORMAL)
    gone = [models.CardLife.SCRAPPED, models.CardLife.ENDED]
    rows = models.Resident.objects.filter(~Exists(held.exclude(life__in=gone)))
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def stored(people: Sequence[Resident], home: int) -> int:
    """Put people on file; those that are there already, or twice in `people`, are left as they are. How many are new.

    The caller has the permission and the transaction.
    """
    if not people:
        return 0
    seals = sealer()
    return bulk.execute(_INSERT, [home, *bulk.columns([_columns(each, seals) for each in people])])


# Ids in the order given, rows in the order of their digests: of two imports of the same people one waits for the other,
# and neither for what the other waits for.
_INSERT = """
    INSERT INTO resident
        (home_id, id, identity_digest, sealed, name_masked, document_kind, document_masked, birth_year)
    SELECT %b::bigint, * FROM (
        SELECT nextval(pg_get_serial_sequence('resident', 'id')), person.*
        FROM unnest(%b::bytea[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::smallint[])
            AS person (digest, sealed, name, kind, document, year)) AS numbered
    ORDER BY digest
    ON CONFLICT (identity_digest) DO NOTHING"""


def _columns(person: Resident, seals: Sealer) -> tuple[bytes, bytes, str, str, str, int]:
    digest = seals.digest(person.document)
    return (
        digest,
        seals.seal(resident_record.to_bytes(person), digest),
        mask_name(person.name),
        person.document.kind,
        mask(person.document.number),
        person.birth_date.year,
    )


def _row(resident_id: int) -> models.Resident:
    row = models.Resident.objects.select_related("home").filter(pk=resident_id).first()
    if row is None:
        raise NotFound("There is no such person on file.")
    return row


def _person(row: models.Resident) -> Person:
    return Person(
        id=row.pk,
        name_masked=row.name_masked,
        document_title=title(Document(kind=row.document_kind, number="")),
        document_masked=row.document_masked,
        birth_year=row.birth_year,
        home=row.home.name,
        created_at=row.created_at,
    )
