"""Rosters put on file: good rows come in, bad ones do not, and who came before is not added twice (第六条第四项)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import transaction
from django.db.models.functions import Now

from healthcard.documents.report import Report, report_to
from healthcard.documents.roster import Batch, read_roster
from healthcard.domain import form
from healthcard.domain.findings import Finding, veil
from healthcard.domain.identity import mask
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident
from healthcard.services.actor import Actor
from healthcard.services.people import resident_record, residents
from healthcard.services.people.ahead import ahead
from healthcard.services.people.residents import Sealed
from healthcard.services.sealing import Sealer, sealer
from healthcard.storage import models
from healthcard.storage.models import RosterImport

Progress = Callable[[int, int], None]
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What came of a roster's rows; rows = stored + known + refused. `warnings` counts findings, not rows.

    `unread` names headings and sheets that are not on the form, each shortened and its digits starred.
    """

    rows: int
    stored: int
    known: int
    refused: int
    warnings: int
    unread: tuple[str, ...] = ()


_COUNTS = ("rows", "stored", "known", "refused", "warnings")


def import_roster(
    actor: Actor, path: Path, *, report: Path | None = None, on_progress: Progress | None = None
) -> ImportResult:
    """Put the people of the roster at `path` on file, at home in the actor's organisation; batch by batch, each one
    committed when it is done. `report` is the file for the findings; `on_progress` hears bytes read and bytes in all.

    Raises DocumentRefused when the file is not read to its end: the rows before that are on file all the same.
    """
    actor.require(Permission.RESIDENT_IMPORT)
    batches = read_roster(path, on_progress=on_progress)
    first = next(batches, Batch(rows=()))  # refuses what is no roster before anything is noted
    record = RosterImport.objects.create(
        file_digest=_digest(path),
        file_kind=path.suffix.lower().removeprefix("."),
        operator_id=actor.account,
        organisation_id=actor.organisation,
    )
    counts: Counter[str] = Counter()
    unread: list[str] = []
    try:
        with report_to(report) as findings:
            for batch, sealed in ahead(_sealed(chain([first], batches), sealer())):
                unread += map(veil, batch.unread)
                counts.update(_take(batch, sealed, actor.organisation, findings))
        RosterImport.objects.filter(pk=record.pk).update(finished_at=Now())
    finally:
        RosterImport.objects.filter(pk=record.pk).update(**{name: counts[name] for name in _COUNTS})
    return ImportResult(**{name: counts[name] for name in _COUNTS}, unread=tuple(unread))


def _sealed(batches: Iterable[Batch], seals: Sealer) -> Iterator[tuple[Batch, Sequence[Sealed]]]:
    for batch in batches:
        yield batch, residents.sealed((row.resident for row in batch.rows if row.resident is not None), seals)


def _take(batch: Batch, sealed: Sequence[Sealed], home: int, findings: Report) -> dict[str, int]:
    """Store one batch in one transaction; its counts."""
    good = [(row.number, row.resident) for row in batch.rows if row.resident is not None]
    people = [person for _, person in good]
    with transaction.atomic():
        stored = residents.put(sealed, home)
    others = _differing(people) if stored < len(people) else frozenset()
    ignored = {number: _known(person) for place, (number, person) in enumerate(good) if place in others}
    for row in batch.rows:
        if found := (*row.findings, *ignored.get(row.number, ())):
            findings.write(row.number, found)
    return {
        "rows": len(batch.rows),
        "stored": stored,
        "known": len(people) - stored,
        "refused": len(batch.rows) - len(people),
        "warnings": len(ignored) + sum(not finding.is_error for row in batch.rows for finding in row.findings),
    }


def _differing(people: Sequence[Resident]) -> frozenset[int]:
    """Which of `people` are on file otherwise than given here, by their place; photos and second documents are on none.

    A spelling for the chip that is not given differs from none: it may have been reviewed since.
    """
    seals = sealer()
    digests = [seals.digest(person.document) for person in people]
    rows = models.Resident.objects.filter(identity_digest__in=digests).values_list("identity_digest", "sealed")
    sealed = {bytes(digest): bytes(record) for digest, record in rows}
    return frozenset(
        place
        for place, (person, digest) in enumerate(zip(people, digests, strict=True))
        if digest in sealed and not _says(resident_record.from_bytes(seals.open(sealed[digest], digest)), person)
    )


def _says(on_file: Resident, given: Resident) -> bool:
    chip_name = on_file.chip_name if given.chip_name else ""
    return replace(on_file, photo=b"", other_documents=(), chip_name=chip_name) == given


def _known(person: Resident) -> tuple[Finding]:
    """What a row gets whose person is on file with another content: it must not be dropped in silence."""
    key = "citizen_number" if person.document.is_citizen_number else "document_number"
    return (Finding(column=form.COLUMNS[key].heading, value=mask(person.document.number), rule="known"),)


def _digest(path: Path) -> bytes:
    """SM3 (32 bytes) of a file."""
    machine = Hash(SM3())
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            machine.update(chunk)
    return machine.finalize()
