"""What is corrected of somebody on file (第十二条第六项, 个人信息保护法第四十六条): the form's fields, spelling, photo.

Each change tells its road: what the chip can rewrite is written at the desk, what it cannot needs a new card.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from healthcard.domain import form_row, roads, roster
from healthcard.domain.cells import Cells
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident as Form
from healthcard.domain.roster import Row
from healthcard.services.acting import Act, act, clock
from healthcard.services.actor import Actor
from healthcard.services.desk.applications import Delegate
from healthcard.services.desk.applications.judging import judge_asking, judge_documents
from healthcard.services.desk.applications.reach import reached, require_doing
from healthcard.services.errors import Conflict, Invalid
from healthcard.services.people import record_changes, residents
from healthcard.services.people.collection_form import refuse_findings, warnings, warnings_en
from healthcard.services.people.record_changes import Changed
from healthcard.services.people.registering import photo_of
from healthcard.services.wording import written
from healthcard.storage.models import Card

PHOTO_BYTES = 3072  # item 385


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What shall stand in which of the form's cells ('' empties one), who came, what he showed, why."""

    cells: Mapping[str, str] = field(repr=False)
    reason: str
    by: str = "holder"
    delegate: Delegate | None = None
    presented: tuple[str, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What was changed; `road` of all of it together, for `card` (None: no card is out, so nothing is to be done)."""

    changed: tuple[Changed, ...]
    road: str
    card: int | None
    warnings: tuple[str, ...]
    warnings_en: tuple[str, ...] = ()


def correct(actor: Actor, resident_id: int, wanted: Correction) -> Corrected:
    """Correct a record at its person's wish, judged by the collection form's own rules.

    Raises NotFound, Conflict, TransitionRefused, Refused, Invalid, FormRefused.
    """
    reason = written("reason", wanted.reason)
    with _asked(actor, "resident.correct", resident_id, wanted) as (now, before):
        _, today = clock()
        judged = roster.judge(0, form_row.changed(before, dict(wanted.cells)), today=today)
        after = refuse_findings("correction", judged)
        told = record_changes.change(now, resident_id, lambda person: _merged(person, after), reason=reason)
        return _answer(resident_id, told, judged)


def foreseen(actor: Actor, resident_id: int, wanted: Correction) -> Corrected:
    """What `correct` would do, by doing it and taking it all back: told before anything is saved. Raises as it."""
    with transaction.atomic():
        told = correct(actor, resident_id, wanted)
        transaction.set_rollback(True)
    return told


def take_photo(actor: Actor, resident_id: int, picture: bytes, **came: Any) -> None:
    """Keep a photo made of a picture as it came; `came` as in Correction. Raises as `correct`."""
    actor.require(Permission.RESIDENT_CORRECT)
    made = photo_of(picture)
    if not made:
        raise Invalid("photo", "须有照片", "a photo is needed")
    with _asked(actor, "resident.photo", resident_id, Correction(cells={}, reason="", **came)) as (now, _):
        record_changes.change(now, resident_id, lambda person: replace(person, photo=made), reason="采集照片")


@contextmanager
def _asked(actor: Actor, action: str, resident_id: int, wanted: Correction) -> Iterator[tuple[Act, Form]]:
    """An act that whoever came may ask for, and the record as it is."""
    with (
        act(actor, Permission.RESIDENT_CORRECT, action, resident=resident_id) as now,
        reached(actor, "update", resident_id) as found,
    ):
        require_doing(found)
        before = residents.opened(resident_id)
        dead, (_, today) = found.person.died_on is not None, clock()
        judge_asking("correction", wanted.by, wanted.delegate, before, found.parameters, today, dead=dead)
        judge_documents("rights", wanted.by, wanted.presented, wanted.identity)
        now.note(by=wanted.by, presented=sorted(set(wanted.presented)), identity=wanted.identity)
        yield now, before


def review_chip_name(actor: Actor, resident_id: int, spelling: str) -> str:
    """Keep `spelling` as the one the chip shall carry (芯片用名), with who reviewed it and when; as it is kept.

    Judged by the rules of the collection form's column. Raises NotFound, Conflict.
    """
    actor.require(Permission.RESIDENT_CORRECT)
    cells = Cells({"chip_name": spelling}, today=date.min)
    if cells.findings:
        found = cells.findings[0]
        raise Conflict(
            f"{found.sentence('zh')}；{found.advice('zh')}。",
            f"{found.column}: {found.sentence('en')}; {found.advice('en')}.",
        )
    if "chip_name" not in cells.texts:
        raise Conflict("请填写芯片用名。", "Give the spelling that the chip shall carry.")
    kept = cells.texts["chip_name"]
    review = {"chip_name_reviewed_by": actor.account, "chip_name_reviewed_at": Now()}
    with act(actor, Permission.RESIDENT_CORRECT, "resident.spell", resident=resident_id) as now:
        record_changes.change(
            now, resident_id, lambda person: replace(person, chip_name=kept), reason="审定芯片用名", **review
        )
    return kept


def set_photo(actor: Actor, resident_id: int, photo: bytes) -> None:
    """Keep a photo (JPEG, at most 3072 bytes) for the cards of somebody on file; raises NotFound, Conflict."""
    actor.require(Permission.RESIDENT_CORRECT)
    if not (photo.startswith(b"\xff\xd8\xff") and photo.endswith(b"\xff\xd9") and len(photo) <= PHOTO_BYTES):
        raise Conflict(
            f"照片不能用于卡片：须为不超过 {PHOTO_BYTES} 字节的 JPEG（数据项 385）。",
            f"This is no photo for a card: a JPEG of at most {PHOTO_BYTES} bytes is (item 385).",
        )
    with act(actor, Permission.RESIDENT_CORRECT, "resident.photo", resident=resident_id) as now:
        record_changes.change(now, resident_id, lambda person: replace(person, photo=photo), reason="采集照片")


def _merged(person: Form, given: Form) -> Form:
    """What the form says, with what no form holds."""
    return replace(given, photo=person.photo, other_documents=person.other_documents)


def _answer(resident_id: int, told: tuple[Changed, ...], judged: Row) -> Corrected:
    cards = Card.objects.filter(resident=resident_id, life="issued").order_by("kind", "pk")
    road = roads.road(each.field for each in told)
    return Corrected(
        changed=told,
        road=road.value,
        card=cards.values_list("pk", flat=True).first(),
        warnings=warnings(judged),
        warnings_en=warnings_en(judged),
    )
