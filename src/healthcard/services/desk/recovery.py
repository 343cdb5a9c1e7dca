"""Chips of ended cards (第十三条): received with a receipt, locked on the chip or listed, destroyed by two people.

A card that ended stays ended; what is told here is what became of its chip.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from healthcard.card.host.ports import Transport
from healthcard.domain.lifecycle import refusal, require
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.perso.upkeep import locks
from healthcard.perso.upkeep.results import Result
from healthcard.services import scope
from healthcard.services.acting import Act, act, alone_with_person, clock, facts_of, locked
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.exclusion import alone_with
from healthcard.services.second_person import is_another
from healthcard.services.wording import written
from healthcard.services.workshop import upkeep
from healthcard.storage.models import Card, CardKind, Recovery, Transfer

LOCK_APPLICATIONS, LOCK_CARD = "lock", "lock_card"  # kinds of upkeep jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What somebody gets for a card he brought back."""

    card: int
    number: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Chips destroyed together (销毁证明): which ones, where, when, before which two people (account ids)."""

    organisation: int
    day: date
    chips: tuple[tuple[str, str, str], ...]  # issuer code, issue serial, receipt
    witnesses: tuple[int, int]

    def encode(self) -> bytes:
        """The certificate's text; the same for the same certificate."""
        body = {
            "organisation": self.organisation,
            "day": self.day.isoformat(),
            "chips": sorted(self.chips),
            "witnesses": self.witnesses,
        }
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> bytes:
        """SM3 (32 bytes) of its text, kept with every chip in it."""
        return hashlib.new("sm3", self.encode()).digest()


def anywhere(actor: Actor) -> Actor:
    """The same actor, seeing every person: a returned card is taken at any desk, whoever issued it (第十三条)."""
    return replace(actor, path=scope.EVERYBODY)


def kept_at(organisation: int) -> QuerySet[Recovery]:
    """The chips an organisation took in, and those that lie there since another one was merged into it."""
    rows = Recovery.objects.select_related("card")
    return rows.filter(Q(organisation=organisation) | Q(card__place_org=organisation))


def found(actor: Actor, issuer_code: str, issue_serial: str) -> int:
    """The card with the serial that is printed on it, wherever it was issued; raises NotAllowed, NotFound."""
    anywhere(actor).require(Permission.DESK_ACT)
    card = Card.objects.filter(issuer_code=issuer_code, issue_serial=issue_serial).values_list("pk", flat=True).first()
    actor.require(Permission.DESK_ACT)
    if card is None:
        raise NotFound("There is no such card.")
    return card


def receive(actor: Actor, card_id: int) -> Receipt:
    """Take in the chip of an ended card that somebody brings or that was found; asked again, the same receipt.

    Any desk takes it (第十三条). Raises NotAllowed, NotFound, TransitionRefused for a card that has not ended.
    """
    with act(anywhere(actor), Permission.DESK_ACT, "chip.receive", card=card_id) as now:
        card = locked(card_id)
        now.about(resident=card.resident_id)
        receipt = keep(now, card_id)
        now.tell(card.resident_id, "chip.received", receipt=receipt.number)
    return receipt


def keep(now: Act, card_id: int, *, desk: int | None = None, by: int | None = None) -> Receipt:
    """Within an act: enter an ended card whose chip is at this desk into the register of returned cards.

    `desk` (organisation id) and `by` (account id) where it was handed in before, at another one, to somebody else.
    """
    card = locked(card_id)
    here, receiver = (now.actor.organisation, now.actor.account) if desk is None else (desk, by)
    _, today = clock()
    kept = Recovery.objects.filter(card=card).first()
    if card.place != "recovered":
        now.event(card_id, "recovered", place_org=here)
    if kept is None:
        kept = Recovery.objects.create(
            card=card,
            organisation_id=here,
            received_by_id=receiver,
            receipt=f"HS{today:%Y%m%d}{card.pk:010d}",
        )
    now.note(receipt=kept.receipt)
    return Receipt(card=card_id, number=kept.receipt, day=today)


def lock_chip(actor: Actor, card_id: int, reader: Transport, keys: KeyClient, *, whole: bool = False) -> Result:
    """Lock all applications of an ended card for ever, or the `whole` card; then its record says so.

    Goes on where an interrupted lock stopped. Other work that was left open on this chip is abandoned: the card ended.
    Raises NotAllowed, NotFound, Conflict, TransitionRefused for a card that has not ended or is locked already.
    """
    actor = anywhere(actor)
    actor.require(Permission.DESK_ACT)
    with alone_with(f"card:{card_id}", "card"):  # what is asked here still holds when the record is changed
        return _lock_chip(actor, card_id, reader, keys, whole=whole)


def _lock_chip(actor: Actor, card_id: int, reader: Transport, keys: KeyClient, *, whole: bool) -> Result:
    _refuse_unended(card_id)
    _refuse_unmoved(card_id)
    kind, goals = (LOCK_CARD, (locks.EndCard(),)) if whole else (LOCK_APPLICATIONS, locks.termination())
    job = upkeep.open_job(card_id)
    if job is not None and job.kind != kind:
        upkeep.abandon(actor, card_id, "the card has ended", permission=Permission.DESK_ACT)
        job = None

    def means(now: Act) -> None:
        now.event(card_id, "locked_on_chip")
        now.tell(locked(card_id).resident_id, "card.locked")

    if job is not None:
        return upkeep.settle(actor, card_id, goals, reader, keys, means=means)
    return upkeep.run(actor, card_id, kind, goals, reader, keys, means=means)


def list_unreadable(actor: Actor, card_id: int, why: str) -> None:
    """Black-list a returned card that no reader can read and so cannot be locked, until it is destroyed.

    Raises NotAllowed, NotFound, Invalid without a reason or with somebody's number in it, TransitionRefused.
    """
    said = written("why", why)
    with act(anywhere(actor), Permission.DESK_ACT, "chip.list", card=card_id) as now:
        now.event(card_id, "listed")
        _register(actor, [card_id])  # who has the chip in his hands, nobody else
        now.tell(locked(card_id).resident_id, "card.listed")
        now.note(why=said)


def propose_destruction(actor: Actor, card_ids: Sequence[int]) -> None:
    """Set returned chips of this desk aside for destruction, as its first witness. Raises NotFound, Conflict."""
    with act(anywhere(actor), Permission.CARD_DESTROY, "chip.propose_destruction") as now:
        _require_account(actor)
        for row in _register(actor, card_ids):
            _refuse_destroyed(row)
            _refuse_unmoved(row.card_id)
            Recovery.objects.filter(pk=row.pk).update(witness_id=actor.account)
        now.note(cards=sorted(card_ids))


def destroy(actor: Actor, card_ids: Sequence[int]) -> Certificate:
    """Destroy chips that another person set aside, as the second witness; their certificate.

    Raises NotAllowed, NotFound, Conflict, TransitionRefused where one person would be both witnesses.
    """
    actor.require(Permission.CARD_DESTROY)
    with _nobody_at(card_ids), act(anywhere(actor), Permission.CARD_DESTROY, "chip.destroy") as now:
        _require_account(actor)
        rows = _register(actor, card_ids)
        for row in rows:
            _refuse_destroyed(row)
            require("two_people", row.witness_id is not None and is_another(actor, row.witness_id), receipt=row.receipt)
        certificate = _certificate(actor, rows)
        for row in rows:
            _abandon(actor, row.card_id)
            Recovery.objects.filter(pk=row.pk).update(
                destroyed_at=Now(), second_witness_id=actor.account, certificate=certificate.digest
            )
            now.event(row.card_id, "destroyed", place_org=None)
            now.tell(row.card.resident_id, "chip.destroyed", receipt=row.receipt)
        now.note(certificate=certificate.digest.hex())
    return certificate


def _abandon(actor: Actor, card_id: int) -> None:
    """A write to the chip that is undecided stays so for ever: its job ends with the chip."""
    if upkeep.open_job(card_id) is not None:
        why = "the chip was destroyed"
        upkeep.abandon(anywhere(actor), card_id, why, permission=Permission.CARD_DESTROY)


@contextmanager
def _nobody_at(card_ids: Sequence[int]) -> Iterator[None]:
    """Nobody works with these chips inside this block; raises Conflict while somebody does."""
    with ExitStack() as held:
        for card_id in sorted(set(card_ids)):
            held.enter_context(alone_with(f"card:{card_id}", "card"))
        yield


def _certificate(actor: Actor, rows: Sequence[Recovery]) -> Certificate:
    first = {row.witness_id for row in rows}
    if len(first) != 1 or actor.account is None:
        raise Conflict(
            "所选芯片由不同的人封存：请分别与各自的封存人一起销毁。",
            "These chips were set aside by different people: destroy those of each with him.",
        )
    (witness,) = first
    _, today = clock()
    return Certificate(
        organisation=actor.organisation,
        day=today,
        chips=tuple((row.card.issuer_code, row.card.issue_serial, row.receipt) for row in rows),
        witnesses=(witness or 0, actor.account),
    )


def _register(actor: Actor, card_ids: Sequence[int]) -> list[Recovery]:
    """The desk's rows of these cards, held until the transaction ends; their persons first, one after the other."""
    wanted = set(card_ids)
    for holder in Card.objects.filter(pk__in=wanted).order_by("resident").values_list("resident", flat=True):
        alone_with_person(holder)
    rows = kept_at(actor.organisation).select_for_update(of=("self",))
    found = list(rows.filter(card__in=wanted).order_by("card__resident", "pk"))
    if not wanted or len(found) != len(wanted):
        raise NotFound("This desk keeps no such returned card.")
    return found


def _refuse_destroyed(row: Recovery) -> None:
    if row.destroyed_at is not None:
        raise Conflict(f"芯片 {row.receipt} 已销毁。", f"Chip {row.receipt} is destroyed already.")


def _refuse_unended(card_id: int) -> None:
    card = Card.objects.filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    if refused := refusal(facts_of(card), "locked_on_chip"):
        raise refused


def _refuse_unmoved(card_id: int) -> None:
    """A temporary card's chip is the only place of what was written on it, until that is on the new card (12(7))."""
    used = Card.objects.filter(pk=card_id, kind=CardKind.TEMPORARY, events__event="handed_over")
    waiting = used.filter(application__parent__closed_at__isnull=True)
    moved = Transfer.objects.filter(old_card=card_id, closed_at__isnull=False, new_card__life="made").exists()
    require("data_to_move", moved or not waiting.exists())


def _require_account(actor: Actor) -> None:
    if actor.account is None:
        raise Conflict(
            "销毁须由两名有账号的人见证：请登录后办理。",
            "Destruction is witnessed by two people with accounts: log in.",
        )
