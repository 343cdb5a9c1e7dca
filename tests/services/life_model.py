"""The life of one person's cards, read from the measures (生命周期管理办法) and the promises of one person one card.

A second reading, made to be compared with the record: it imports nothing of the system and shares no table with it.
Every act either happens, or raises `No` and leaves everything as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

OPEN = ("accepted", "approved", "making", "arrived")
NEW = ("first_issue", "replacement")  # what a new card is asked for by
REVIEWED = (*NEW, "loss", "unloss", "termination")  # by a second person, as the defaults have it
VERIFIED = ("loss", "unloss", "unlock")  # 应及时核实情况
UNLOCKS = 10


class No(Exception):
    """The law, or what was promised, stands against it."""


def need(holds: object, why: str) -> None:
    if not holds:
        raise No(why)


@dataclass(slots=True)
class Card:
    kind: str = "formal"
    life: str = "planned"
    place: str = "maker"
    loss: str = "none"
    over: bool = False  # the oral report's time has passed
    pin_locked: bool = False
    chip_end: str = "none"
    end_reason: str = ""
    app_lock: str = "none"
    suspended: bool = False
    application: int = 0  # the index of the one it was ordered for
    unlocks: int = 0
    events: int = 1
    kept_long: bool = False
    receipt: bool = False
    witness: bool = False
    frozen_by: int = -1  # the report that froze it
    told_of: frozenset[int] = frozenset()  # cards of which it was said that they give nothing
    was_out: bool = False

    def happens(self, **facts: object) -> None:
        """One event: it changes these facts."""
        self.events += 1
        for name, value in facts.items():
            setattr(self, name, value)

    @property
    def usable(self) -> str:
        if self.life in ("planned", "made"):
            return "not_issued"
        if self.life != "issued":
            return "ended"
        if self.loss == "written" or (self.loss == "oral" and not self.over):
            return "lost"
        return "suspended" if self.suspended else "usable"

    @property
    def shown(self) -> tuple[object, ...]:
        """What the record has to say of it."""
        return (
            self.kind, self.life, self.place, self.loss, self.pin_locked, self.app_lock, self.suspended, self.chip_end,
            self.end_reason, self.events, self.usable,
        )  # fmt: skip


@dataclass(slots=True)
class Application:
    kind: str
    card: int | None = None
    state: str = "accepted"
    verified: bool = False
    reviewed: bool = False
    with_card: bool = False
    parent: int | None = None
    reason: str = ""


@dataclass(slots=True)
class Life:
    """A person: his cards and applications in the order they came."""

    cards: list[Card] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)

    def tried(self, act: str, *what: object) -> str:
        """Let an act happen, whole or not at all; why not ('' = it happened)."""
        before = self.copied()
        try:
            getattr(self, act)(*what)
        except No as no:
            self.cards, self.applications = before.cards, before.applications
            return str(no)
        return ""

    def copied(self) -> Life:
        """The same life, to try things on."""
        return type(self)([replace(card) for card in self.cards], [replace(each) for each in self.applications])

    # --- what there is

    def _in(self, *lives: str, kind: str = "") -> list[int]:
        return [n for n, card in enumerate(self.cards) if card.life in lives and kind in ("", card.kind)]

    def _issued(self) -> list[Card]:
        """The cards that are out, the formal one first."""
        return sorted((self.cards[n] for n in self._in("issued")), key=lambda card: card.kind)

    def _formal(self) -> Card | None:
        return next((card for card in self._issued() if card.kind == "formal"), None)

    def _temporary(self) -> Card | None:
        return next((card for card in self._issued() if card.kind == "temporary"), None)

    def _asked(self, *kinds: str, card: int | None = None) -> None:
        """No second application for the same thing while one is open."""
        same = [each for each in self.applications if each.kind in kinds and each.state in OPEN]
        need(not [each for each in same if card in (None, each.card)], "one is open")

    def _take(self, kind: str, card: int | None = None, **rest: object) -> int:
        self.applications.append(Application(kind, card, **rest))
        return len(self.applications) - 1

    def _of(self, application: int, *kinds: str) -> Application:
        asked = self.applications[application]
        need(asked.kind in kinds, "another kind")
        return asked

    def _done(self, asked: Application) -> None:
        """办结: what was reviewed, and is still wanted."""
        need(asked.reviewed or asked.kind not in REVIEWED, "not reviewed")
        need(asked.state in ("accepted", "approved", "arrived"), "closed, or at the maker")
        asked.state = "completed"

    def _wish(self) -> int | None:
        """The open application for a new card."""
        return next((n for n, each in enumerate(self.applications) if each.kind in NEW and each.state in OPEN), None)

    def _too_late_to_release(self) -> bool:
        wish = self._wish()
        asked = None if wish is None else self.applications[wish]
        return asked is not None and asked.kind == "replacement" and asked.state in ("making", "arrived")

    # --- 申请、核实、审核、撤回

    def verify(self, application: int) -> None:
        asked = self.applications[application]
        need(asked.state == "accepted", "decided")
        asked.verified = True

    def review(self, application: int, approved: bool) -> None:
        asked = self.applications[application]
        need(asked.state == "accepted", "decided")
        need(not approved or asked.verified or asked.kind not in VERIFIED, "not verified")
        asked.reviewed, asked.state = True, "approved" if approved else "rejected"
        if asked.kind == "loss":
            if approved:
                asked.state = "completed"
            else:
                self._thaw(application)
        elif not approved:
            self._drop_dependents(application)
        elif asked.kind in ("termination", "return"):
            self._end_all(asked)

    def withdraw(self, application: int) -> None:
        asked = self.applications[application]
        need(asked.kind != "loss", "a freeze stands")
        need(asked.kind not in NEW or self._temporary() is None, "the temporary card is out")
        self._close(application, "withdrawn")

    def _close(self, application: int, state: str) -> None:
        """An application ends without what was asked for, and all that hangs on it."""
        asked = self.applications[application]
        need(asked.state in ("accepted", "approved") or (state == "lapsed" and asked.state in OPEN), "too late")
        self._drop_dependents(application)
        asked.state = state

    def _drop_dependents(self, application: int) -> None:
        """What was asked for until then, and the temporary card that stands in for the new one."""
        for number, each in enumerate(self.applications):
            if each.parent == application and each.state in OPEN:
                self._close(number, "lapsed")
        for number in self._in("planned", "made", "issued", kind="temporary"):
            card = self.cards[number]
            if card.life == "planned" and card.application == application:
                card.happens(life="scrapped")
            elif card.life == "made" and card.application == application:
                card.happens(life="ended", end_reason="withdrawn", place="recovered", receipt=True)
            elif card.life == "issued" and self.applications[card.application].parent == application:
                self._end_temporary(card, "withdrawn", "lost" if card.place == "lost" else "holder")
                self._resume()

    def _end_temporary(self, card: Card, reason: str, place: str) -> None:
        card.happens(life="ended", end_reason=reason, place=place)
        if place == "recovered":
            card.receipt = True
        else:
            card.happens(chip_end="listed")

    def _resume(self) -> None:
        formal = self._formal()
        if formal and formal.suspended:
            formal.happens(suspended=False)

    # --- 第三、四项

    def report(self) -> None:
        """A card that can be frozen is frozen, whatever else is going on."""
        cards = [card for card in self._issued() if card.loss in ("none", "oral")]
        need(cards, "nothing to freeze")
        number = self._take("loss", self.cards.index(cards[0]))
        for card in cards:
            card.happens(loss="written", place="lost", over=False, frozen_by=number)

    def _thaw(self, application: int) -> None:
        for card in self._issued():
            if card.loss == "written" and card.frozen_by == application:
                need(not self._too_late_to_release(), "the new card is being made")
                card.happens(loss="none", place="holder")  # one that rests goes on resting

    def report_oral(self) -> None:
        cards = [card for card in self._issued() if card.loss == "none"]
        need(cards, "nothing to freeze")
        for card in cards:
            card.happens(loss="oral", over=False)

    def withdraw_oral(self) -> None:
        cards = [card for card in self._issued() if card.loss == "oral"]
        need(cards, "nothing to withdraw")
        for card in cards:
            card.happens(loss="none", over=False)

    def ten_days(self) -> None:
        """Time passes: an oral report is over, whether or not anybody has written that down."""
        for card in self._issued():
            card.over = card.loss == "oral"

    def lapse(self) -> None:
        """Whoever looks for oral reports that are over writes it down."""
        for card in self._issued():
            if card.loss == "oral" and card.over:
                card.happens(loss="none", over=False)

    def ask_release(self, card: int) -> None:
        need(not self._too_late_to_release(), "the new card is being made")
        need(self.cards[card].life == "issued" and self.cards[card].loss == "written", "not frozen by a report")
        self._asked("unloss", card=card)
        self._take("unloss", card)

    def release(self, application: int) -> None:
        asked = self._of(application, "unloss")
        card = self.cards[asked.card]
        need(not self._too_late_to_release(), "the new card is being made")
        need(card.life == "issued" and card.loss == "written", "not frozen by a report")
        need(not card.suspended, "a temporary card is in force instead")
        self._done(asked)
        card.happens(loss="none", place="holder")
        wish = self._wish()
        if wish is not None and self.applications[wish].reason == "lost":
            self._close(wish, "withdrawn")
        if not [each for each in self._issued() if each.loss == "written"]:
            for number, each in enumerate(self.applications):  # the report is at its end with the freeze
                if each.kind == "loss" and each.state == "accepted":
                    self._close(number, "lapsed")

    # --- 第五项

    def _free(self, card: Card) -> bool:
        return card.loss == "none" or (card.loss == "oral" and card.over)

    def _lapsed(self, card: Card) -> None:
        """What is over is noted by the first act that it matters to."""
        if card.loss == "oral" and card.over:
            card.happens(loss="none", over=False)

    def ask_unlock(self, card: int) -> None:
        locked = self.cards[card]
        self._asked("unlock", card=card)
        need(locked.life == "issued" and self._free(locked), "a frozen card is not unlocked")
        need(locked.unlocks < UNLOCKS, "unlocked often enough")
        self._lapsed(locked)
        if not locked.pin_locked:
            locked.happens(pin_locked=True)
        self._take("unlock", card)

    def unlock(self, application: int) -> None:
        asked = self._of(application, "unlock")
        card = self.cards[asked.card]
        self._done(asked)
        need(card.life == "issued" and self._free(card) and card.pin_locked, "not to be unlocked")
        need(card.unlocks < UNLOCKS, "unlocked often enough")
        self._lapsed(card)
        card.happens(pin_locked=False, unlocks=card.unlocks + 1)

    def _end_all(self, asked: Application) -> None:
        raise NotImplementedError
