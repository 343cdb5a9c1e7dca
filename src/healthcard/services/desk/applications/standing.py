"""How far an application has come, by whom, and what may be done with it now: told before anybody begins to type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from healthcard.domain import form_row
from healthcard.domain.lifecycle import Guard, TransitionRefused
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk.applications import content, covering, steps
from healthcard.services.errors import NotFound
from healthcard.services.people import residents
from healthcard.storage.models import Account, Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act this actor's role has: verify, approve, reject, pay or withdraw; `against` is the rule that stands in its
    way, None when it may be done now."""

    act: str
    against: Guard | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who did what with an application and when ('' and None: not yet), and what comes next."""

    accepted_by: str
    verified_by: str
    verified_at: datetime | None
    reviewed_by: str
    reviewed_at: datetime | None
    closed_at: datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One item that shall say something else, names and numbers covered; `recorded` stands in the record today.

    `recorded` is '' for what the record's form does not hold, and once the application is closed.
    """

    item: str
    recorded: str = field(repr=False)
    old: str = field(repr=False)
    new: str = field(repr=False)
    reason: str = field(repr=False)


def standing(actor: Actor, application_id: int) -> Standing:
    """How far it has come; raises NotFound."""
    row = _row(actor, application_id)
    return Standing(
        accepted_by=_name(row.accepted_by),
        verified_by=_name(row.verified_by),
        verified_at=row.verified_at,
        reviewed_by=_name(row.reviewed_by),
        reviewed_at=row.reviewed_at,
        closed_at=row.closed_at,
        steps=tuple(_steps(actor, row)),
    )


def changes(actor: Actor, application_id: int) -> tuple[Change, ...]:
    """What an application wants changed, beside what is on record; empty for kinds that change nothing. NotFound."""
    row = _row(actor, application_id)
    wanted = content.opened(row).fields.get("changes", [])
    if not isinstance(wanted, list) or not wanted:
        return ()
    known = {} if row.closed_at else form_row.cells(residents.opened(row.resident_id))
    return tuple(_change(each, known) for each in wanted)


def _row(actor: Actor, application_id: int) -> Application:
    actor.require(Permission.APPLICATION_VIEW)
    people = ("resident", "accepted_by", "verified_by", "reviewed_by")
    found = Application.objects.select_related(*people).filter(pk=application_id).first()
    if found is None:
        raise NotFound("There is no such application.")
    return found


def _steps(actor: Actor, row: Application) -> Iterator[Step]:
    accept, review = actor.may(Permission.APPLICATION_ACCEPT), actor.may(Permission.APPLICATION_REVIEW)
    if accept:
        yield _step("verify", lambda: steps.require_verifiable(actor, row))
    if review:
        yield _step("approve", lambda: steps.require_reviewable(actor, row, approved=True))
        yield _step("reject", lambda: steps.require_reviewable(actor, row, approved=False))
    if accept and row.fee_fen and not row.fee_waiver:
        yield _step("pay", lambda: steps.require_payable(actor, row))
    if accept:
        yield _step("withdraw", lambda: steps.require_withdrawable(actor, row))


def _step(act: str, rules: Callable[[], None]) -> Step:
    try:
        rules()
    except TransitionRefused as refused:
        return Step(act=act, against=refused.guard)
    return Step(act=act, against=None)


def _name(account: Account | None) -> str:
    return account.full_name if account else ""


def _change(row: dict[str, str], known: dict[str, str]) -> Change:
    column = covering.column_of(row["item"])
    return Change(
        item=column.heading if column else row["item"],
        recorded=covering.cell(column, known.get(column.key, "")) if column else "",
        old=covering.cell(column, row["old"]),
        new=covering.cell(column, row["new"]),
        reason=covering.numberless(row["reason"]),
    )
