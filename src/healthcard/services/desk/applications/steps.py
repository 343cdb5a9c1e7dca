"""The way of an application after it was taken: verified, reviewed, withdrawn, lapsed, completed."""

from __future__ import annotations

import re

from django.db.models.functions import Now

from healthcard.domain.lifecycle import require, require_step
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.desk import temporary_cards
from healthcard.services.desk.applications import content
from healthcard.services.desk.applications.acceptance import NEW_CARD
from healthcard.services.desk.applications.reach import require_another
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.second_person import is_another
from healthcard.services.wording import written
from healthcard.storage.models import Application, ApplicationKind, ApplicationState, UpkeepJob, UpkeepState

VERIFIED_FIRST = frozenset({"loss", "unloss", "unlock"})  # 及时核实情况 (第十二条第三、四、五项)
CLOSED = frozenset({"completed", "rejected", "withdrawn", "lapsed"})
TEXT = 200  # characters
_RECEIPT = re.compile(r"[0-9A-Za-z-]{1,24}")


def held(application_id: int) -> Application:
    """The application, its person and its row held until the transaction ends; raises NotFound."""
    person = Application.objects.filter(pk=application_id).values_list("resident_id", flat=True).first()
    if person is None:
        raise NotFound("There is no such application.")
    alone_with_person(person)
    return Application.objects.select_for_update(of=("self",)).get(pk=application_id)


def require_verifiable(actor: Actor, row: Application) -> None:
    """Raise TransitionRefused unless this actor may record now how the facts were verified."""
    require_another(actor, row.resident)
    require("not_decided", row.state == ApplicationState.ACCEPTED, state=row.state)


def require_reviewable(actor: Actor, row: Application, *, approved: bool) -> None:
    """Raise TransitionRefused unless this actor may decide it so now; whether he looked at it is another matter."""
    require_another(actor, row.resident)
    require_step(row.state, ApplicationState.APPROVED if approved else ApplicationState.REJECTED)
    require("not_decided", row.state == ApplicationState.ACCEPTED, state=row.state)  # making may go back to approved
    require("another_person", is_another(actor, row.accepted_by_id))
    if not approved:
        _require_settled(row)
    require("verified", not approved or row.kind not in VERIFIED_FIRST or row.verified_at is not None, kind=row.kind)


def require_withdrawable(actor: Actor, row: Application) -> None:
    """Raise TransitionRefused unless this actor may take it back now."""
    require_another(actor, row.resident)
    require("freeze_stands", row.kind != ApplicationKind.LOSS)
    require("temporary_returned", row.kind not in NEW_CARD or temporary_cards.out(row.resident_id) is None)
    require_step(row.state, ApplicationState.WITHDRAWN)
    _require_settled(row)


def _require_settled(row: Application) -> None:
    """What is being written on a card for an application keeps it open: record and chip would part otherwise."""
    writing = UpkeepJob.objects.filter(application=row, state=UpkeepState.WRITING)
    require("journal_finished", not writing.exists())


def require_payable(actor: Actor, row: Application) -> None:
    """Raise TransitionRefused unless this actor may record a receipt now."""
    require_another(actor, row.resident)
    require("not_decided", row.state not in CLOSED and not row.receipt, state=row.state)


def verify(actor: Actor, application_id: int, finding: str) -> None:
    """Record how the facts were verified and what was found (核实). Raises NotFound, TransitionRefused, Invalid."""
    text = written("finding", finding)
    with act(actor, Permission.APPLICATION_ACCEPT, "application.verify", application=application_id) as now:
        row = held(application_id)
        require_verifiable(actor, row)
        now.about(resident=row.resident_id, card=row.card_id)
        Application.objects.filter(pk=row.pk).update(verified_by_id=actor.account, verified_at=Now(), verification=text)


def review(now: Act, application_id: int, *, approved: bool, opinion: str, digest: bytes) -> Application:
    """Within an act: judge an application (审核) as another person than took it; `digest` says what was looked at.

    Raises NotFound, TransitionRefused, Invalid without an opinion.
    """
    text = written("opinion", opinion)
    row = held(application_id)
    after = ApplicationState.APPROVED if approved else ApplicationState.REJECTED
    require_reviewable(now.actor, row, approved=approved)
    require("same_content", content.digest(row) == digest)
    now.about(resident=row.resident_id, card=row.card_id, application=row.pk)
    now.note(content=digest, approved=approved)
    fields = {"reviewed_by_id": now.actor.account, "reviewed_at": Now(), "opinion": text, "content_digest": digest}
    return move(row, after, **fields)


def withdraw(actor: Actor, application_id: int, why: str = "") -> None:
    """Take an application back before anything came of it; a written loss report stands (第十二条第四项).

    Raises NotFound, TransitionRefused, Invalid for somebody's number in `why`.
    """
    said = written("why", why) if why.strip() else ""
    with act(actor, Permission.APPLICATION_ACCEPT, "application.withdraw", application=application_id) as now:
        row = held(application_id)
        require_withdrawable(actor, row)
        close_dependents(now, row, said)
        now.about(resident=row.resident_id, card=row.card_id, application=row.pk)
        move(row, ApplicationState.WITHDRAWN, outcome=said)
        now.tell(row.resident_id, "application.withdrawn")


def close_dependents(now: Act, row: Application, why: str) -> None:
    """Within the act that ends an application without its card: what hangs on it ends too, temporary cards included."""
    for wish in Application.objects.filter(parent=row).exclude(state__in=CLOSED).order_by("pk"):
        lapse(now, wish.pk, why)
    if row.kind == ApplicationKind.TEMPORARY:
        temporary_cards.give_up(now, row.pk)
    elif row.kind in NEW_CARD:
        temporary_cards.cut_short(now, row)


def lapse(now: Act, application_id: int, why: str) -> Application:
    """Within an act: an application nobody finishes any more."""
    row = held(application_id)
    close_dependents(now, row, why)
    now.about(resident=row.resident_id, card=row.card_id, application=row.pk)
    row = move(row, ApplicationState.LAPSED, outcome=why.strip()[:TEXT])
    now.tell(row.resident_id, "application.lapsed")
    return row


def ready(application_id: int, kind: str) -> Application:
    """Within an act: an application of `kind` that may be carried out now, held; what was reviewed is what it says.

    Raises NotFound, TransitionRefused.
    """
    row = held(application_id)
    if row.kind != kind:
        raise NotFound("There is no such application.")
    require("application_approved", is_ready(row), state=row.state)
    if row.content_digest is not None:
        require("same_content", content.digest(row) == bytes(row.content_digest))
    return row


def is_ready(row: Application) -> bool:
    """Whether it was reviewed, or is of a kind that the issuer has nobody review."""
    alone = parameters.recorded(row.parameters_id).code(f"review.{row.kind}") == "none"
    return row.reviewed_at is not None or alone


def complete(now: Act, row: Application, outcome: str = "") -> Application:
    """Within an act: the application is done (办结). Raises TransitionRefused, also when its fee is still open."""
    require("fee_paid", row.fee_fen == 0 or bool(row.receipt or row.fee_waiver), fee_fen=row.fee_fen)
    now.about(resident=row.resident_id, card=row.card_id, application=row.pk)
    return move(row, ApplicationState.COMPLETED, outcome=outcome[:TEXT])


def pay(actor: Actor, application_id: int, receipt: str) -> None:
    """Record the receipt (收据号) of a fee that was paid. Raises NotFound, Invalid."""
    number = receipt.strip()
    if not _RECEIPT.fullmatch(number):
        raise Invalid(
            "receipt", "收据号须为 1 至 24 位字母、数字或连字符", "a receipt has 1 to 24 letters, digits, hyphens"
        )
    with act(actor, Permission.APPLICATION_ACCEPT, "application.pay", application=application_id) as now:
        row = held(application_id)
        now.about(resident=row.resident_id)
        require_payable(actor, row)
        Application.objects.filter(pk=row.pk).update(receipt=number)
        now.note(receipt=number, fee_fen=row.fee_fen)


def move(row: Application, after: str, **fields: object) -> Application:
    """Within an act: the next state of an application that is held; raises TransitionRefused."""
    require_step(row.state, after)
    if after in CLOSED:
        fields["closed_at"] = Now()
    Application.objects.filter(pk=row.pk).update(state=after, **fields)
    row.refresh_from_db()
    return row


__all__ = [
    "close_dependents",
    "complete",
    "held",
    "is_ready",
    "lapse",
    "move",
    "pay",
    "ready",
    "require_payable",
    "require_reviewable",
    "require_verifiable",
    "require_withdrawable",
    "review",
    "verify",
    "withdraw",
    "written",
]
