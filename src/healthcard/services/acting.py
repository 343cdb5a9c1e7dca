"""An act: one transaction in which card, record, message and audit move together or not at all.

    with act(actor, Permission.LOSS_REPORT, "loss.accept", resident=person) as now:
        now.event(card, "written_loss")
        now.tell(person, "loss.accepted")

Outside of it nothing changes the state of a card. The audit entry is written last: its chain is held for the shortest
time, and where it cannot be written nothing has happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import DatabaseError, transaction

from healthcard.domain import lifecycle, messages
from healthcard.domain.lifecycle import Facts, TransitionRefused
from healthcard.domain.permissions import Permission
from healthcard.services import audit
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, NotFound
from healthcard.storage import statements
from healthcard.storage.models import Card

_REFUSED_BY_GUARD = "23001"  # restrict_violation: what every guard of the database raises


@dataclass(slots=True, kw_only=True)
class Act:
    """What is going on inside `act`: its operation, and what its audit entry will hold."""

    actor: Actor
    action: str
    operation: UUID
    subjects: dict[str, int | None]
    facts: dict[str, object] = field(default_factory=dict)
    personal: dict[str, object] = field(default_factory=dict)
    rule: str = ""
    article: str = ""

    def about(self, *, resident: int | None = None, card: int | None = None, application: int | None = None) -> None:
        """Say later on whom or what the act is about."""
        given = {"resident": resident, "card": card, "application": application}
        self.subjects.update({name: value for name, value in given.items() if value is not None})

    def note(self, **facts: object) -> None:
        """Put `facts` into the audit entry: ids, codes, counts; nothing that identifies anybody."""
        self.facts.update(facts)

    def sealed(self, **facts: object) -> None:
        """Put personal data into the audit entry, sealed for the person the act is about."""
        self.personal.update(facts)

    def event(self, card_id: int, event: str, **changes: object) -> Facts:
        """Let `event` happen to a card; its facts afterwards. `changes` as in `domain.lifecycle.apply`.

        Raises TransitionRefused with the rule, NotFound, Conflict when somebody else was faster.
        """
        holder, version, facts = _locked_facts(card_id)
        after = lifecycle.apply(facts, event, changes)
        rule = lifecycle.RULES[event]
        self.rule, self.article = self.rule or rule.name, self.article or rule.article
        self.about(card=self.subjects.get("card") or card_id, resident=holder)
        written = {**{fact: after.get(fact) for fact in rule.sets}, **_carried(rule, after, changes)}
        self.facts.setdefault("events", [])
        actor, application = self.actor, self.subjects.get("application")
        by = [application, actor.account, actor.credential, actor.organisation]
        told = json.dumps(written, default=_plain)
        statements.run(_HAPPEN, [card_id, version + 1, event, told, self.operation, *by])
        events = self.facts["events"]
        if isinstance(events, list):
            events.append([card_id, version + 1, event])
        return after

    def tell(self, resident_id: int, kind: str, **facts: object) -> None:
        """Send the holder a message of `kind` (domain/tables/messages.toml); `facts` fill its places, masked."""
        messages.require(kind, facts)
        subjects = [self.subjects.get("card"), self.subjects.get("application")]
        told = json.dumps(facts, default=_plain)
        statements.run(_TELL, [resident_id, kind, told, *subjects, self.operation])


_HAPPEN = """
    INSERT INTO card_event (card_id, version, event, changes, operation, application_id, account_id, credential_id,
        organisation_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_TELL = """
    INSERT INTO message (resident_id, kind, facts, card_id, application_id, operation)
    VALUES (%s, %s, %s, %s, %s, %s)"""


@contextmanager
def act(
    actor: Actor,
    permission: Permission,
    action: str,
    *,
    resident: int | None = None,
    card: int | None = None,
    application: int | None = None,
) -> Iterator[Act]:
    """One act of `actor`, called `action` in the audit ("loss.accept"); see the module.

    Raises NotAllowed before anything, and Conflict where the database's own guards stood against it.
    """
    actor.require(permission)
    with _guarded(), transaction.atomic():
        actor.require(permission)  # inside the transaction: the scope counts until its end
        subjects = {"resident": resident, "card": card, "application": application}
        now = Act(actor=actor, action=action, operation=uuid4(), subjects=subjects)
        yield now
        audit.write(
            actor=actor,
            action=action,
            operation=now.operation,
            resident=now.subjects.get("resident"),
            card=now.subjects.get("card"),
            application=now.subjects.get("application"),
            rule=now.rule,
            article=now.article,
            facts=now.facts,
            sealed=now.personal,
        )


def locked(card_id: int) -> Card:
    """The card, its person's and its own row held until the transaction ends; raises NotFound.

    The person comes first: two acts on different cards of one person wait for each other and never in a circle.
    """
    holder = Card.objects.filter(pk=card_id).values_list("resident_id", flat=True).first()
    if holder is None:
        raise NotFound("There is no such card.")
    alone_with_person(holder)
    return Card.objects.select_for_update(of=("self",)).get(pk=card_id)


def _locked_facts(card_id: int) -> tuple[int, int, Facts]:
    """As `locked`, in one statement: holder, version and facts of the card."""
    rows = statements.fetch(_FACTS, [card_id, card_id])
    if not rows:
        raise NotFound("There is no such card.")
    ((holder, version, life, loss, pin_locked, app_lock, suspended, place, chip_end, end_reason, *days),) = rows
    loss_until, valid_until = days
    facts = Facts(
        life=life,
        loss=loss,
        pin_locked=pin_locked,
        app_lock=app_lock,
        suspended=suspended,
        place=place,
        chip_end=chip_end,
        end_reason=end_reason,
        loss_until=loss_until,
        valid_until=valid_until,
    )
    return holder, version, facts


# The person is waited for before the card's row is; what that row holds is read when both are ours (READ COMMITTED).
_FACTS = """
    WITH person AS MATERIALIZED (
        SELECT pg_advisory_xact_lock(7001, mod(resident_id, 2147483648)::int) FROM card WHERE id = %s)
    SELECT resident_id, version, life, loss, pin_locked, app_lock, suspended, place, chip_end, end_reason, loss_until,
        valid_until
    FROM person, card WHERE id = %s FOR UPDATE OF card"""


def alone_with_person(resident_id: int) -> None:
    """Wait until nobody else acts on this person or his cards, and hold him until the transaction ends."""
    statements.fetch("SELECT pg_advisory_xact_lock(7001, %s)", [resident_id % 2**31])


def facts_of(card: Card) -> Facts:
    """The facts of a card's row."""
    return Facts(
        life=card.life,
        loss=card.loss,
        pin_locked=card.pin_locked,
        app_lock=card.app_lock,
        suspended=card.suspended,
        place=card.place,
        chip_end=card.chip_end,
        end_reason=card.end_reason,
        loss_until=card.loss_until,
        valid_until=card.valid_until,
    )


def clock() -> tuple[datetime, date]:
    """The database's time of this transaction, and the day it is in China: no other clock decides."""
    ((now, today),) = statements.fetch("SELECT now(), (now() AT TIME ZONE 'Asia/Shanghai')::date", [])
    return now, today


def _carried(rule: lifecycle.Rule, after: Facts, changes: Mapping[str, object]) -> dict[str, object]:
    carried = {name: changes[name] for name in rule.carries if name in changes}
    if "loss_until" in rule.carries:
        carried["loss_until"] = after.loss_until
    return carried


def _plain(value: object) -> str:
    if isinstance(value, date | datetime | UUID):
        return value.isoformat() if isinstance(value, date) else str(value)
    raise TypeError(f"{type(value).__name__} has no place in a record")


GUARDED: Final = "数据库的约束不允许：请重新查看，再办还能办的。"


@contextmanager
def _guarded() -> Iterator[None]:
    """The database's own guards, in the words of the services: they hold what a service should have refused before."""
    try:
        yield
    except DatabaseError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        if state == _REFUSED_BY_GUARD:
            raise Conflict(GUARDED, _sentence(error)) from error
        if state in ("40001", "40P01", "23505"):
            raise Conflict(
                "别人先办了：请重新查看，再办剩下的。",
                "Somebody else was faster: look again, then repeat what is still to do.",
            ) from error
        raise


def _sentence(error: DatabaseError) -> str:
    """The guard's sentence without its context; guards name ids, never people."""
    return str(error).splitlines()[0]


__all__ = ["Act", "TransitionRefused", "act", "alone_with_person", "clock", "facts_of", "locked"]
