"""The blind index of people: keyed digests of documents, telephones, names, so that they are found and never shown."""

from __future__ import annotations

from collections.abc import Iterator

from healthcard.domain import traces
from healthcard.domain.identity import mask, title
from healthcard.domain.resident import Resident
from healthcard.services.sealing import Sealer, sealer
from healthcard.storage import models
from healthcard.storage.models import FindingKind

Key = tuple[bytes, str, bytes]  # digest of the person's document, kind, digest


def of(person: Resident, digest: bytes, seals: Sealer) -> Iterator[Key]:
    """What somebody new is found by; `digest` is that of his document."""
    yield digest, FindingKind.DOCUMENT.value, digest
    for trace in traces.of(person):
        yield digest, trace.kind.value, seals.trace(trace)


def indexed(row: models.Resident, person: Resident) -> None:
    """Let somebody on file be found by what his record says now, and by nothing it no longer says."""
    seals = sealer()
    keys = {(kind, digest) for _, kind, digest in of(person, bytes(row.identity_digest), seals)}
    keys |= {(FindingKind.DOCUMENT, seals.digest(each)) for each in person.other_documents}
    kept = models.ResidentKey.objects.filter(resident=row.pk)
    before = {(kind, bytes(digest)) for kind, digest in kept.values_list("kind", "digest")}
    for kind, digest in before - keys:  # a document only where it was misread: the database sees to it
        kept.filter(kind=kind, digest=digest).delete()
    masked = {seals.digest(each): f"{title(each)} {mask(each.number)}" for each in person.other_documents}
    models.ResidentKey.objects.bulk_create(
        models.ResidentKey(resident_id=row.pk, kind=kind, digest=digest, masked=masked.get(digest, ""))
        for kind, digest in sorted(keys - before)
    )


def add_document(resident_id: int, digest: bytes) -> None:
    """Make a document somebody's own; raises IntegrityError where it is somebody else's."""
    models.ResidentKey.objects.get_or_create(resident_id=resident_id, kind=FindingKind.DOCUMENT, digest=digest)


def taken(digests: list[bytes]) -> list[bytes]:
    """Which of these documents are on file, as first or as further ones, wherever their people are at home."""
    rows = models.ResidentKey.objects.filter(kind=FindingKind.DOCUMENT, digest__in=digests)
    return [bytes(digest) for digest in rows.values_list("digest", flat=True)]
