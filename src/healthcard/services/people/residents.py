"""People on file: listed masked, opened only by services that need the whole form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from healthcard.domain.identity import mask, mask_name, title
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Document, Resident
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.people import resident_keys, resident_record
from healthcard.services.sealing import Sealer, sealer
from healthcard.storage import bulk, models

PAGE = 50
LAST = 2**63 - 1  # beyond every id
NEAR = 500  # ids among which a page is looked for first


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Somebody made ready to be put on file: his row, and the keys he is found by."""

    digest: bytes
    columns: tuple[bytes, bytes, str, str, str, int]
    keys: tuple[resident_keys.Key, ...]


def listed(actor: Actor, *, after: int | None = None, limit: int = PAGE) -> Page:
    """People, the newest first; `after` is the id at which the page before ended."""
    actor.require(Permission.RESIDENT_VIEW)
    return page(_newest(actor.path, after or LAST, limit + 1), limit)


def page(ids: Sequence[int], limit: int) -> Page:
    """The page of these people, masked, in this order; `ids` holds one more than `limit` where the list goes on."""
    rows = models.Resident.objects.select_related("home").defer("sealed").in_bulk(ids[:limit])
    people = tuple(_person(rows[each]) for each in ids[:limit] if each in rows)
    return Page(people=people, after=ids[limit - 1] if len(ids) > limit else None)


def _newest(path: str, before: int, count: int) -> list[int]:
    """Ids below `path` of the tree: most often they are among the last ones given at all, else each home is asked by
    its index, so that the list of a small desk costs what it shows.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, [before, NEAR, before, path, count])
        near = [number for (number,) in cursor.fetchall()]
        if len(near) == count:
            return near
        cursor.execute(_NEWEST, [before, count, path, count])
        return [number for (number,) in cursor.fetchall()]


_NEAR = """
    SELECT id FROM resident
    WHERE id >= (SELECT LEAST(%s, COALESCE(pg_sequence_last_value('resident_id_seq'), 0) + 1)) - %s AND id < %s
        AND starts_with(home_path, %s) AND merged_into_id IS NULL AND erased_at IS NULL
    ORDER BY id DESC LIMIT %s"""
_NEWEST = """
    SELECT person.id FROM organisation, LATERAL (
        SELECT id FROM resident WHERE home_id = organisation.id AND id < %s AND merged_into_id IS NULL
            AND erased_at IS NULL ORDER BY id DESC LIMIT %s) AS person
    WHERE starts_with(organisation.path, %s) ORDER BY person.id DESC LIMIT %s"""


def shown(actor: Actor, resident_id: int) -> Person:
    """One person, masked; raises NotFound."""
    actor.require(Permission.RESIDENT_VIEW)
    return _person(_row(resident_id))


def opened(resident_id: int) -> Resident:
    """The whole form, for services that make a card of it; raises NotFound, SealBroken."""
    row = _row(resident_id)
    return resident_record.from_bytes(sealer().open(bytes(row.sealed), bytes(row.identity_digest)))


def waiting(actor: Actor, *, limit: int) -> list[int]:
    """People who have no card and none on order, the first on file first; their ids."""
    actor.require(Permission.RESIDENT_VIEW)
    held = models.Card.objects.filter(resident=OuterRef("pk"), kind=models.CardKind.FORMAL)
    gone = [models.CardLife.SCRAPPED, models.CardLife.ENDED]
    rows = models.Resident.objects.filter(~Exists(held.exclude(life__in=gone)), merged_into=None, erased_at=None)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def stored(people: Sequence[Resident], home: int) -> int:
    """Put people on file; those that are there already, or twice in `people`, are left as they are. How many are new.

    The caller has the permission and the transaction.
    """
    return put(sealed(people, sealer()), home)


def sealed(people: Iterable[Resident], seals: Sealer) -> tuple[Sealed, ...]:
    """People made ready to be put on file; asks nobody, so that a thread can do it."""
    return tuple(_sealed(person, seals.digest(person.document), seals) for person in people)


def put(people: Sequence[Sealed], home: int) -> int:
    """As `stored`, for people made ready before."""
    new = {person.digest: person for person in reversed(people)}
    for known in resident_keys.taken(list(new)):
        del new[known]
    if not new:
        return 0
    given = list(reversed(new.values()))  # ids go by the order given
    rows = [person.columns for person in given]
    keys = [key for person in given for key in person.keys]
    return bulk.execute(_INSERT, [*bulk.columns(rows), home, *bulk.columns(keys)])


# Ids in the order given, rows in the order of their digests: of two imports of the same people one waits for the other,
# and neither for what the other waits for.
_INSERT = """
    WITH new AS (
        INSERT INTO resident
            (id, identity_digest, sealed, name_masked, document_kind, document_masked, birth_year, home_id)
        SELECT numbered.*, home.* FROM (
            SELECT nextval('resident_id_seq'), person.*
            FROM unnest(%b::bytea[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::smallint[])
                AS person (digest, sealed, name, kind, document, year)) AS numbered, (SELECT %b::bigint) AS home
        ORDER BY digest
        ON CONFLICT (identity_digest) DO NOTHING RETURNING id, identity_digest),
    keyed AS (
        INSERT INTO resident_key (resident_id, kind, digest)
        SELECT new.id, key.kind, key.digest
        FROM unnest(%b::bytea[], %b::text[], %b::bytea[]) AS key (owner, kind, digest)
            JOIN new ON identity_digest = owner)
    SELECT id FROM new"""


def _sealed(person: Resident, digest: bytes, seals: Sealer) -> Sealed:
    record = seals.seal(resident_record.to_bytes(person), digest)
    number = mask(person.document.number)
    columns = (digest, record, mask_name(person.name), person.document.kind, number, person.birth_date.year)
    return Sealed(digest=digest, columns=columns, keys=tuple(resident_keys.of(person, digest, seals)))


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
