"""What is changed of somebody on file: the spelling of the name for the chip, reviewed by a clerk, and the photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from django.db import transaction
from django.db.models.functions import Now

from healthcard.domain.cells import Cells
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident
from healthcard.services import resident_record
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.sealing import sealer
from healthcard.storage import models
from healthcard.storage.models.perso import OPEN

PHOTO_BYTES = 3072  # item 385


def review_chip_name(actor: Actor, resident_id: int, spelling: str) -> str:
    """Keep `spelling` as the one the chip shall carry (芯片用名), with who reviewed it and when; as it is kept.

    Judged by the rules of the collection form's column. Raises NotFound, Conflict.
    """
    actor.require(Permission.RESIDENT_CORRECT)
    cells = Cells({"chip_name": spelling}, today=date.min)
    if cells.findings:
        found = cells.findings[0]
        raise Conflict(f"{found.column}: {found.sentence('en')}; {found.advice('en')}.")
    if "chip_name" not in cells.texts:
        raise Conflict("Give the spelling that the chip shall carry.")
    kept = cells.texts["chip_name"]
    review = {"chip_name_reviewed_by": actor.account, "chip_name_reviewed_at": Now()}
    _change(resident_id, lambda person: replace(person, chip_name=kept), **review)
    return kept


def set_photo(actor: Actor, resident_id: int, photo: bytes) -> None:
    """Keep a photo (JPEG, at most 3072 bytes) for the cards of somebody on file; raises NotFound, Conflict."""
    actor.require(Permission.RESIDENT_CORRECT)
    if not (photo.startswith(b"\xff\xd8\xff") and photo.endswith(b"\xff\xd9") and len(photo) <= PHOTO_BYTES):
        raise Conflict(f"This is no photo for a card: a JPEG of at most {PHOTO_BYTES} bytes is (item 385).")
    _change(resident_id, lambda person: replace(person, photo=photo))


def _change(resident_id: int, change: Callable[[Resident], Resident], **columns: object) -> None:
    """Seal the record anew. Not while a card of it is begun: that could not be settled any more."""
    with transaction.atomic():
        row = models.Resident.objects.select_for_update().filter(pk=resident_id).first()
        if row is None:
            raise NotFound("There is no such person on file.")
        if models.PersoJob.objects.filter(card__resident=row, state__in=OPEN).exists():
            raise Conflict("A card of this person is being made: settle or scrap it first.")
        seals, owner = sealer(), bytes(row.identity_digest)
        person = resident_record.from_bytes(seals.open(bytes(row.sealed), owner))
        sealed = seals.seal(resident_record.to_bytes(change(person)), owner)
        models.Resident.objects.filter(pk=row.pk).update(sealed=sealed, updated_at=Now(), **columns)
