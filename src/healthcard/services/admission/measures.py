"""Measures against what a dossier stands for: one person orders, another confirms the very content that was ordered.

Suspending, resuming and withdrawing a certificate is the registration centre's; blocking production or issue, freezing
cards and recalling them a province decides for itself, the centre for all. A measure counts until two people lift it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Final

from django.db.models import Q
from django.db.models.functions import Now

from healthcard.domain.admission.procedure import ACTS, require, require_act
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act
from healthcard.services.actor import Actor
from healthcard.services.admission import dossiers, graph
from healthcard.services.admission.centre import require_centre, require_decider
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.second_person import is_another
from healthcard.services.wording import written
from healthcard.storage.models import Dossier, SupplyOrder

STANDING: Final = frozenset(name for name, rule in ACTS.items() if rule.ordered)
LASTING: Final = frozenset({"block_production", "block_issue", "freeze", "recall"})
LIFT: Final = "lift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure. `state`: ordered, in_force, done, lifted, retracted. `digest`: what another confirms (hex)."""

    id: int
    act: str
    dossier: int
    dossier_name: str
    organisation: str
    reason: str
    content: Mapping[str, object]
    digest: str
    state: str
    ordered_by: str
    ordered_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    lifts: int | None


def order(actor: Actor, dossier_id: int, measure: str, reason: str) -> int:
    """Order a measure; its id. What it touches today is counted into what another person confirms.

    Raises NotAllowed, NotFound, Invalid, TransitionRefused.
    """
    if measure not in STANDING | LASTING:
        raise Invalid("act", "没有这一措施", "there is no such measure")
    with act(actor, _permission(measure), "supply.order") as now:
        row = dossiers.found(dossier_id)
        _require_place(actor, measure)
        if measure in STANDING:
            require_act(measure, row.step, row.standing)
        return _ordered(now, row, measure, reason, None)


def lift(actor: Actor, measure_id: int, reason: str) -> int:
    """Order that a lasting measure of the actor's organisation be lifted; the order's id. Raises as `order`."""
    with act(actor, Permission.SUPPLY_DECIDE, "supply.order") as now:
        row = _own(actor, measure_id)
        stands = row.act in LASTING and row.confirmed_at is not None and not _lifting(row)
        require("order_stands", stands, measure=row.pk)
        return _ordered(now, row.dossier, LIFT, reason, row)


def confirm(actor: Actor, measure_id: int, digest: str) -> None:
    """Put a measure in force, as another person; `digest` (hex) is that of the content this person looked at.

    Raises NotAllowed, NotFound, TransitionRefused, Invalid.
    """
    with act(actor, _permission(_act_of(actor, measure_id)), "supply.confirm") as now:
        row = _own(actor, measure_id)
        require("not_decided", row.confirmed_at is None and row.retracted_at is None, measure=row.pk)
        require("two_people", is_another(actor, row.ordered_by_id), measure=row.pk)
        require("same_content", compare_digest(bytes(row.digest).hex(), digest), measure=row.pk)
        SupplyOrder.objects.filter(pk=row.pk).update(confirmed_at=Now(), confirmed_by=actor.account)
        now.note(measure=row.pk, act=row.act, dossier=row.dossier_id, digest=digest)
        if row.act in STANDING:
            dossiers.happen(now, row.dossier, row.act, text=row.reason)


def retract(actor: Actor, measure_id: int) -> None:
    """Take back a measure that nobody has confirmed. Raises NotAllowed, NotFound, TransitionRefused."""
    with act(actor, _permission(_act_of(actor, measure_id)), "supply.retract") as now:
        row = _own(actor, measure_id)
        require("not_decided", row.confirmed_at is None and row.retracted_at is None, measure=row.pk)
        SupplyOrder.objects.filter(pk=row.pk).update(retracted_at=Now(), retracted_by=actor.account)
        now.note(measure=row.pk, act=row.act, dossier=row.dossier_id)


def listed(actor: Actor, dossier_id: int | None = None) -> tuple[Measure, ...]:
    """The measures the actor may see, of one dossier or of all, the newest first."""
    actor.require(Permission.ADMISSION_VIEW)
    people = ("ordered_by", "confirmed_by", "organisation", "dossier__producer")
    rows = SupplyOrder.objects.select_related(*people).order_by("-pk")
    found = rows if dossier_id is None else rows.filter(dossier=dossier_id)
    lifted = {row.lifts_id for row in found if row.lifts_id and row.confirmed_at}
    return tuple(_measure(row, row.pk in lifted) for row in found[:200])


def _ordered(now: Act, row: Dossier, measure: str, reason: str, lifts: SupplyOrder | None) -> int:
    said = written("reason", reason)
    undecided = SupplyOrder.objects.filter(
        dossier=row, act=measure, organisation=now.actor.organisation, confirmed_at=None, retracted_at=None
    )
    require("not_decided", not undecided.exists(), dossier=row.pk, measure=measure)
    content = {"act": measure, "dossier": row.pk, "reason": said, **graph.counts(now.actor, row.pk)}
    made = SupplyOrder.objects.create(
        act=measure,
        dossier=row,
        organisation_id=now.actor.organisation,
        lifts=lifts,
        reason=said,
        content=content,
        digest=digest_of(content),
        ordered_by_id=now.actor.account,
    )
    now.note(measure=made.pk, act=measure, dossier=row.pk, why=said)
    return made.pk


def digest_of(content: Mapping[str, object]) -> bytes:
    """SM3 of what a measure is about (32 bytes)."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.new("sm3", text).digest()


def _permission(measure: str) -> Permission:
    return Permission.ADMISSION_CERTIFY if measure in STANDING else Permission.SUPPLY_DECIDE


def _require_place(actor: Actor, measure: str) -> None:
    (require_centre if measure in STANDING else require_decider)(actor)


def _act_of(actor: Actor, measure_id: int) -> str:
    actor.require(Permission.ADMISSION_VIEW)
    return _own(actor, measure_id, locked=False).act


def _own(actor: Actor, measure_id: int, *, locked: bool = True) -> SupplyOrder:
    """A measure of the organisation where the actor works; raises NotFound."""
    rows = SupplyOrder.objects.select_for_update(of=("self",)) if locked else SupplyOrder.objects.all()
    row = rows.select_related("dossier").filter(pk=measure_id, organisation=actor.organisation).first()
    if row is None:
        raise NotFound("There is no such measure.")
    return row


def _lifting(row: SupplyOrder) -> bool:
    return SupplyOrder.objects.filter(Q(retracted_at=None), lifts=row).exists()


def _measure(row: SupplyOrder, lifted: bool) -> Measure:
    return Measure(
        id=row.pk,
        act=row.act,
        dossier=row.dossier_id,
        dossier_name=row.dossier.name or row.dossier.producer.name,
        organisation=row.organisation.name,
        reason=row.reason,
        content=row.content,
        digest=bytes(row.digest).hex(),
        state=_state(row, lifted),
        ordered_by=row.ordered_by.full_name if row.ordered_by else "",
        ordered_at=row.ordered_at,
        confirmed_by=row.confirmed_by.full_name if row.confirmed_by else "",
        confirmed_at=row.confirmed_at,
        lifts=row.lifts_id,
    )


def _state(row: SupplyOrder, lifted: bool) -> str:
    if row.retracted_at is not None:
        return "retracted"
    if row.confirmed_at is None:
        return "ordered"
    if row.act in LASTING:
        return "lifted" if lifted else "in_force"
    return "done"
