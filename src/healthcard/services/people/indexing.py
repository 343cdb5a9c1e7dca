"""The blind index made whole: for people who were put on file before there was one, and are found by nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from healthcard.domain.permissions import Permission
from healthcard.services.acting import act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.people import resident_keys, resident_record
from healthcard.services.sealing import sealer
from healthcard.storage.models import Resident

AT_ONCE = 500  # people of one act: each is held until it ends
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """How many people are found now who were not; `refused`: ids of those with a document that is somebody else's."""

    people: int
    refused: tuple[int, ...] = ()


def fill(actor: Actor, *, on_progress: Progress = lambda done, total: None) -> Indexed:
    """Index everybody at home below the actor who lacks it; `on_progress` hears people done and people in all.

    Some at a time, each time committed: begun again it goes on where it was stopped. Raises NotAllowed, SealBroken.
    """
    actor.require(Permission.RESIDENT_IMPORT)
    total, done, refused, last = _lacking(), 0, [], 0
    while ids := _next(last):
        with act(actor, Permission.RESIDENT_IMPORT, "resident.index") as now:
            left = _index(ids)
            now.note(people=len(ids) - len(left), refused=left)
        refused += left
        done, last = done + len(ids), ids[-1]
        on_progress(done, total)
    return Indexed(people=done - len(refused), refused=tuple(refused))


def _index(ids: Sequence[int]) -> list[int]:
    """Those of them who could not be indexed."""
    refused = []
    for each in ids:
        alone_with_person(each)
        row = Resident.objects.get(pk=each)
        if row.merged_into_id is not None or row.erased_at is not None:
            continue  # closed meanwhile
        person = resident_record.from_bytes(sealer().open(bytes(row.sealed), bytes(row.identity_digest)))
        try:
            with transaction.atomic():
                resident_keys.indexed(row, person)
        except IntegrityError:
            refused.append(each)
    return refused


_WHO = """
    FROM resident WHERE id > %s AND merged_into_id IS NULL AND erased_at IS NULL AND (
        SELECT count(DISTINCT kind) FROM resident_key
        WHERE resident_id = resident.id AND kind IN ('document', 'name', 'name_birth')) < 3"""


def _lacking() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_WHO}", [0])
        (count,) = cursor.fetchone()
    return int(count)


def _next(after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id {_WHO} ORDER BY id LIMIT %s", [after, AT_ONCE])
        return [each for (each,) in cursor.fetchall()]
