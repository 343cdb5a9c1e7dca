"""A desk's day: what was done, which fees were taken, which cards moved; closed once a day and never changed (I-32).

Everything is counted from the audit. A close covers the time since the one before, up to a moment before which no act
is under way: what is committed later belongs to the next one, so that counting again gives the same sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from healthcard.domain.permissions import Permission
from healthcard.services import scope
from healthcard.services.acting import act, clock
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound, Refused
from healthcard.services.settled import settled
from healthcard.storage import statements
from healthcard.storage.models import Account, DayClose

SHOWN = 60  # closed days of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What was taken for one kind of application: how often, and how much in all."""

    kind: str
    count: int
    fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a desk's people did in a time: acts by name, events of cards by name, fees by kind of application.

    `accounts`: whose acts were counted.
    """

    since: datetime | None
    until: datetime
    accounts: tuple[int, ...]
    acts: Mapping[str, int]
    cards: Mapping[str, int]
    fees: tuple[Fee, ...]

    @property
    def fen(self) -> int:
        """All fees together."""
        return sum(each.fen for each in self.fees)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One fee taken, by whom, with the number of its receipt."""

    at: datetime
    application: int
    kind: str
    number: str
    receipt: str
    fen: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A day that was closed: by whom, when, with which sums."""

    id: int
    day: date
    by: str
    at: datetime
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What has come together since the last close, and whether the day is closed already."""

    day: date
    closed: bool
    sums: Sums
    payments: tuple[Payment, ...]


def today(actor: Actor) -> Today:
    """The sums of the actor's desk since its last close."""
    actor.require(Permission.DESK_ACT)
    last = _last(actor.organisation)
    _, day = clock()
    with _everything():
        sums = _counted(actor.organisation, last.until if last else None, settled())
        taken = _payments(actor.organisation, sums)
    return Today(day=day, closed=last is not None and last.day >= day, sums=sums, payments=taken)


def close(actor: Actor) -> int:
    """Close today at the actor's desk, once; the number of the record. Raises Refused where that was done before."""
    with act(actor, Permission.DESK_ACT, "day.close") as now:
        if actor.account is None:
            raise NotFound("A day is closed by somebody with an account.")
        last = _last(actor.organisation)
        _, day = clock()
        if last is not None and last.day >= day:
            raise _closed_before(last.day)
        with scope.widened(scope.EVERYBODY):
            sums = _counted(actor.organisation, last.until if last else None, settled())
        row = DayClose.objects.create(
            organisation_id=actor.organisation,
            day=day,
            since=sums.since,
            until=sums.until,
            sums=_kept(sums),
            account_id=actor.account,
            operation=now.operation,
        )
        now.note(close=row.pk, day=day.isoformat(), fees=sums.fen, acts=sum(sums.acts.values()))
    return row.pk


def closes(actor: Actor) -> tuple[Closed, ...]:
    """The closed days of the actor's desk, the newest first."""
    actor.require(Permission.DESK_ACT)
    rows = DayClose.objects.filter(organisation=actor.organisation).select_related("account").order_by("-day")
    return tuple(map(_closed, rows[:SHOWN]))


def closed(actor: Actor, number: int) -> tuple[Closed, Sums]:
    """One closed day, and the same time counted anew: they are equal unless somebody changed records."""
    actor.require(Permission.DESK_ACT)
    row = DayClose.objects.filter(pk=number, organisation=actor.organisation).select_related("account").first()
    if row is None:
        raise NotFound("This desk has closed no such day.")
    told = _closed(row)
    with _everything():
        return told, _counted(row.organisation_id, row.since, row.until, told.sums.accounts)


def _closed_before(day: date) -> Refused:
    return Refused(
        "day_open",
        "9",
        f"本窗口 {day} 已日结",
        f"This desk has closed {day} already",
        advice_zh="此后办理的业务计入下一次日结",
        advice_en="What is done from now on belongs to the next close",
    )


@contextmanager
def _everything() -> Iterator[None]:
    """Counts see every card, also of people from elsewhere: what is told of them is numbers."""
    with transaction.atomic(), scope.widened(scope.EVERYBODY):
        yield


def _last(desk: int) -> DayClose | None:
    return DayClose.objects.filter(organisation=desk).order_by("-day").first()


def _counted(desk: int, since: datetime | None, until: datetime, accounts: Sequence[int] = ()) -> Sums:
    here = Account.objects.filter(organisation=desk).values_list("pk", flat=True)
    people = sorted({*accounts, *here})
    asked = {"desk": desk, "since": since, "until": until, "accounts": people}
    return Sums(
        since=since,
        until=until,
        accounts=tuple(people),
        acts=dict(statements.fetch(_ACTS, asked)),
        cards=dict(statements.fetch(_CARDS, asked)),
        fees=tuple(Fee(kind=kind, count=count, fen=fen) for kind, count, fen in statements.fetch(_FEES, asked)),
    )


def _payments(desk: int, sums: Sums) -> tuple[Payment, ...]:
    asked = {"desk": desk, "since": sums.since, "until": sums.until, "accounts": list(sums.accounts)}
    names = ("at", "application", "kind", "number", "receipt", "fen", "by")
    return tuple(Payment(**dict(zip(names, row, strict=True))) for row in statements.fetch(_PAYMENTS, asked))


def _kept(sums: Sums) -> dict[str, object]:
    fees = [[each.kind, each.count, each.fen] for each in sums.fees]
    return {"acts": dict(sums.acts), "cards": dict(sums.cards), "fees": fees, "accounts": list(sums.accounts)}


def _closed(row: DayClose) -> Closed:
    kept = row.sums
    sums = Sums(
        since=row.since,
        until=row.until,
        accounts=tuple(kept["accounts"]),
        acts=kept["acts"],
        cards=kept["cards"],
        fees=tuple(Fee(kind=kind, count=count, fen=fen) for kind, count, fen in kept["fees"]),
    )
    return Closed(id=row.pk, day=row.day, by=row.account.full_name, at=row.at, sums=sums)


# The close itself is no act of the day it closes.
_WHOSE = """
    entry.account = ANY(%(accounts)s) AND entry.organisation = %(desk)s AND entry.action <> 'day.close'
    AND entry.at > coalesce(%(since)s::timestamptz, '-infinity') AND entry.at <= %(until)s"""
_ACTS = f"SELECT action, count(*) FROM audit_entry entry WHERE {_WHOSE} GROUP BY 1 ORDER BY 1"  # noqa: S608
_CARDS = f"""
    SELECT event, count(*) FROM audit_entry entry JOIN card_event ON card_event.operation = entry.operation
    WHERE {_WHOSE} GROUP BY 1 ORDER BY 1"""  # noqa: S608
_FACTS = "(convert_from(entry.body, 'UTF8')::jsonb -> 'facts')"
_PAID = f"""
    FROM audit_entry entry JOIN application ON application.id = entry.application
        JOIN account ON account.id = entry.account
    WHERE {_WHOSE} AND entry.action = 'application.pay'"""
_FEES = f"SELECT kind, count(*), sum(({_FACTS} ->> 'fee_fen')::int) {_PAID} GROUP BY 1 ORDER BY 1"
_PAYMENTS = f"""
    SELECT entry.at, application.id, kind, number, {_FACTS} ->> 'receipt', ({_FACTS} ->> 'fee_fen')::int, full_name
    {_PAID} ORDER BY entry.at DESC, application.id DESC"""
