"""Rosters put on file: good rows come in, bad ones do not, and who came before is not added twice (第六条第四项)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import transaction
from django.db.models.functions import Now

from healthcard.documents.report import Report, report_to
from healthcard.documents.roster import Batch, read_roster
from healthcard.domain.permissions import Permission
from healthcard.services import residents
from healthcard.services.actor import Actor
from healthcard.storage.models import RosterImport

Progress = Callable[[int, int], None]
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What came of a roster's rows; rows = stored + known + refused. `warnings` counts findings, not rows."""

    rows: int
    stored: int
    known: int
    refused: int
    warnings: int


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
    try:
        with report_to(report) as findings:
            for batch in chain([first], batches):
                counts.update(_take(batch, actor.organisation, findings))
        RosterImport.objects.filter(pk=record.pk).update(finished_at=Now())
    finally:
        RosterImport.objects.filter(pk=record.pk).update(**asdict(_result(counts)))
    return _result(counts)


def _take(batch: Batch, home: int, findings: Report) -> dict[str, int]:
    """Store one batch in one transaction; its counts."""
    people = [row.resident for row in batch.rows if row.resident is not None]
    with transaction.atomic():
        stored = residents.stored(people, home)
    for row in batch.rows:
        if row.findings:
            findings.write(row.number, row.findings)
    return {
        "rows": len(batch.rows),
        "stored": stored,
        "known": len(people) - stored,
        "refused": len(batch.rows) - len(people),
        "warnings": sum(not finding.is_error for row in batch.rows for finding in row.findings),
    }


def _result(counts: Counter[str]) -> ImportResult:
    return ImportResult(**{name: counts[name] for name in ImportResult.__slots__})


def _digest(path: Path) -> bytes:
    """SM3 (32 bytes) of a file."""
    machine = Hash(SM3())
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            machine.update(chunk)
    return machine.finalize()
