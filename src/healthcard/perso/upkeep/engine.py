"""Carrying out an upkeep plan on the card in a reader, and settling one that was interrupted: the same walk.

The card is recognised and proves itself first. Each goal is asked before it is written, and again at the end; intents
are committed before the first write, so whatever happens in between, presenting the card again settles it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from healthcard.card.host.authentication import WRONG_MAC
from healthcard.card.host.errors import KeyHolderFailed, WrongKey
from healthcard.card.host.ports import CardKeys, Transport
from healthcard.card.host.session import BLOCKED
from healthcard.card.wire import errors as wire
from healthcard.card.wire.errors import CardError
from healthcard.keys.errors import KeysError
from healthcard.perso.journal import JobState, Journal
from healthcard.perso.products import CARD_BLOCKED
from healthcard.perso.upkeep.conversation import BLOCKED_FOR_EVER, Conversation
from healthcard.perso.upkeep.errors import CannotBe, PadFailed
from healthcard.perso.upkeep.ledger import Ledger
from healthcard.perso.upkeep.plan import Act, Goal, Placed, UpkeepPlan
from healthcard.perso.upkeep.results import Finished, Held, Refused, RefusedChip, Result
from healthcard.perso.upkeep.tries import SparingKeys

AGAIN = "Present the same card again to settle it."
NEVER = {  # status words no repetition changes
    BLOCKED: "the application is locked on the card: unlock it first",
    BLOCKED_FOR_EVER: "the application is locked on the card for ever (第十三条)",
    CARD_BLOCKED: "the card is locked for ever (第十三条)",
}


def execute(plan: UpkeepPlan, transport: Transport, journal: Journal, keys: CardKeys) -> Result:
    """Reach the plan's goals. Another chip closes the job. Raises ValueError when the job has another plan."""
    sparing = SparingKeys(keys, plan.layout)
    return _Walk.of(plan, transport, journal, sparing, resumed=False).go()


def settle(plan: UpkeepPlan, transport: Transport, journal: Journal, keys: CardKeys) -> Result:
    """Ask the card what was done and do the rest. Another chip leaves the job open. Raises as `execute`."""
    sparing = SparingKeys(keys, plan.layout)
    return _Walk.of(plan, transport, journal, sparing, resumed=True).go()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """One session with the card."""

    plan: UpkeepPlan
    card: Conversation
    ledger: Ledger
    keys: SparingKeys
    resumed: bool

    @classmethod
    def of(cls, plan: UpkeepPlan, transport: Transport, journal: Journal, keys: SparingKeys, *, resumed: bool) -> _Walk:
        card = Conversation(transport, plan.product, plan.layout, plan.address, keys)
        return cls(plan=plan, card=card, ledger=Ledger(journal, plan, keys), keys=keys, resumed=resumed)

    def go(self) -> Result:
        """What became of the job; nothing that a card, a key service or a PIN pad does escapes."""
        try:
            return self._go()
        except CannotBe as reason:
            self.keys.went_well()
            return self._refused(str(reason))
        except (KeysError, KeyHolderFailed) as error:
            self.keys.ended(unused=True)
            return self._held(str(error))
        except WrongKey as error:
            self.keys.ended(tries=error.tries)
            return self._held(f"{error}: check the key service")
        except PadFailed as error:
            self.keys.went_well()
            return self._held(str(error))
        except wire.Refused as error:
            self.keys.ended() if error.sw in WRONG_MAC else self.keys.went_well()
            never = NEVER.get(error.sw)
            return self._refused(never) if never else self._held(str(error))
        except CardError as error:
            self.keys.ended()
            return self._held(str(error))

    def _go(self) -> Result:
        if reason := self.card.stranger():
            if not self.resumed:
                self.ledger.close(JobState.REFUSED, reason)
            return RefusedChip(reason=reason)
        self.ledger.open()
        if self.card.dead:
            return self._judge_dead()
        for placed in self.plan.placed():
            self._reach(placed)
        self.card.forget()
        if goal := self._unreached():
            self.keys.went_well()
            return self._held(f"{goal.name}: the card does not show it")
        self.keys.went_well()
        return self._finished()

    def _judge_dead(self) -> Result:
        if not self.plan.ends_card:
            raise CannotBe(NEVER[CARD_BLOCKED])
        for placed in self.plan.placed():
            self._found(placed)
        return self._finished()

    def _reach(self, placed: Placed) -> None:
        acts = placed.goal.acts
        missing = frozenset(placed.goal.missing(self.card))
        for place, (index, act) in enumerate(placed.acts()):
            if place not in missing:
                self.ledger.found(index, act)
        for stretch in _stretches(acts, sorted(missing)):
            placed.goal.send(self.card, stretch)
            for place in stretch:
                self.card.written(acts[place].path)
                self.ledger.sent(placed.first + place, acts[place])

    def _found(self, placed: Placed) -> None:
        for index, act in placed.acts():
            self.ledger.found(index, act)

    def _unreached(self) -> Goal | None:
        """The first goal the card does not show; a card that was ended can be asked for that alone."""
        asked = [goal for goal in self.plan.goals if goal.ends_card or not self.plan.ends_card]
        return next((goal for goal in asked if frozenset(goal.missing(self.card))), None)

    def _finished(self) -> Finished:
        self.ledger.close(JobState.FINISHED)
        return Finished(
            written=self.ledger.written, resumed=self.resumed, proved=not self.card.dead or self.ledger.written > 0
        )

    def _refused(self, reason: str) -> Refused:
        self.ledger.close(JobState.REFUSED, reason)
        return Refused(reason=reason)

    def _held(self, reason: str) -> Held:
        self.ledger.flush()
        return Held(reason=f"{reason.rstrip('.')}. {AGAIN}")


def _stretches(acts: Sequence[Act], missing: Sequence[int]) -> Iterator[list[int]]:
    """The acts to send, those in clear together that follow each other."""
    stretch: list[int] = []
    for place in missing:
        if stretch and not (acts[place].plain and acts[stretch[-1]].plain and place == stretch[-1] + 1):
            yield stretch
            stretch = []
        stretch.append(place)
    if stretch:
        yield stretch
