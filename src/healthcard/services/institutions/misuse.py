"""Reports that a card was lent, sold or used by somebody else (不得转让、转借, 第十二条第二项).

Whoever sees it reports it; the holder is told at once, for it may be the first sign of a theft; his home organisation
looks into it and closes the report with what it found. Nothing happens to the card by the report itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet
from django.db.models.functions import Now

from healthcard.domain.lifecycle import require
from healthcard.domain.messages import identifies
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.desk.applications.reach import require_another
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.institutions import institution
from healthcard.services.institutions.status import Key
from healthcard.services.sealing import sealer_for_institutions
from healthcard.storage.models import Access, Misuse, Organisation

PAGE = 50


class MisuseKind(StrEnum):
    """What was seen."""

    LENT = "lent"  # 转借
    SOLD = "sold"  # 转让
    FOUND = "found"  # in the hands of nobody, or of somebody who does not say why
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What whoever reports gets back."""

    id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MisuseRow:
    """A report as lists show it."""

    id: int
    card: int
    holder: int
    holder_masked: str
    kind: str
    organisation: str
    at: datetime
    closed_at: datetime | None
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MisuseSeen:
    """A report with what was seen, in the words of whoever saw it."""

    row: MisuseRow
    seen: str


def report(actor: Actor, key: Key, *, kind: MisuseKind, seen: str) -> Reported:
    """Report misuse of a card; what was `seen` is sealed for its card. Raises NotAllowed, NotFound."""
    with institution.acting(actor, Permission.MISUSE_REPORT, "misuse.report") as now:
        card = institution.found(key)
        now.about(card=card.pk, resident=card.resident_id)
        row = Misuse.objects.create(
            card_id=card.pk,
            organisation_id=actor.organisation,
            credential_id=actor.credential,
            kind=kind.value,
            sealed=sealer_for_institutions().seal(seen.encode(), _owner(card.pk)),
        )
        now.note(misuse=row.pk, kind=kind.value)
        now.tell(card.resident_id, "misuse.reported", place=_name(actor))
        return Reported(id=row.pk, at=row.at)


def listed(actor: Actor, *, closed: bool, after: int | None = None, limit: int = PAGE) -> tuple[MisuseRow, ...]:
    """Reports about cards of the actor's part of the tree, the newest first; raises NotAllowed."""
    actor.require(Permission.CARD_SUPERVISE)
    rows = _rows().filter(closed_at__isnull=not closed).order_by("-pk")
    return tuple(map(_row, (rows.filter(pk__lt=after) if after else rows)[:limit]))


def shown(actor: Actor, misuse_id: int) -> MisuseSeen:
    """One report whole; that somebody read it is in the holder's list of accesses. Raises NotFound."""
    with act(actor, Permission.CARD_SUPERVISE, "misuse.read") as now:
        row = _found(misuse_id)
        now.about(card=row.card_id, resident=row.card.resident_id)
        Access.objects.create(
            resident_id=row.card.resident_id,
            account_id=actor.account,
            organisation_id=actor.organisation,
            purpose="misuse",
            what="report of misuse",
            operation=now.operation,
        )
        seen = sealer_for_institutions().open(bytes(row.sealed or b""), _owner(row.card_id)).decode()
        return MisuseSeen(row=_row(row), seen=seen)


def close(actor: Actor, misuse_id: int, *, finding: str) -> MisuseRow:
    """Say what was found; the holder is told in these words.

    Raises NotFound, Invalid for a number that identifies somebody, TransitionRefused when it was closed before.
    """
    if identifies(finding):
        raise Invalid("finding", "不得写入证件号码或电话号码", "write no number of a document or telephone here")
    with act(actor, Permission.CARD_SUPERVISE, "misuse.close") as now:
        row = _found(misuse_id)
        require_another(actor, row.card.resident)
        require("not_decided", row.closed_at is None)
        now.about(card=row.card_id, resident=row.card.resident_id)
        now.note(misuse=row.pk)
        changed = Misuse.objects.filter(pk=row.pk, closed_at=None)
        require("not_decided", changed.update(closed_at=Now(), closed_by=actor.account, finding=finding) == 1)
        now.tell(row.card.resident_id, "misuse.closed", place=_name(actor), reason=finding)
        return _row(_found(misuse_id))


def _owner(card_id: int) -> bytes:
    return f"misuse:{card_id}".encode()


def _name(actor: Actor) -> str:
    return Organisation.objects.values_list("name", flat=True).get(pk=actor.organisation)


def _rows() -> QuerySet[Misuse]:
    return Misuse.objects.select_related("card__resident", "organisation").defer("card__resident__sealed")


def _found(misuse_id: int) -> Misuse:
    row = _rows().filter(pk=misuse_id).first()
    if row is None:
        raise NotFound("There is no such report.")
    return row


def _row(row: Misuse) -> MisuseRow:
    return MisuseRow(
        id=row.pk,
        card=row.card_id,
        holder=row.card.resident_id,
        holder_masked=row.card.resident.name_masked,
        kind=row.kind,
        organisation=row.organisation.name,
        at=row.at,
        closed_at=row.closed_at,
        finding=row.finding,
    )
