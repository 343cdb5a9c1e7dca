"""Settling a card that was interrupted: what the journal does not know, the card is asked.

The plan is walked in its order. What the card has is left alone, what it lacks is written, and the whole is compared
before it is closed. What cannot be put right is scrapped, with the reason; another chip is refused before the first
write. No key the card refused is tried again in the session, and none when its tries run low.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.card.host.channel import LOST
from healthcard.card.host.errors import KeyHolderFailed, WrongKey
from healthcard.card.host.ports import CardKeys, Transport
from healthcard.card.host.session import CardSession
from healthcard.card.wire import status
from healthcard.card.wire.errors import CardError, Refused
from healthcard.keys.errors import KeysError
from healthcard.perso import verification
from healthcard.perso.dialogue import Dialogue, Life
from healthcard.perso.execution import SETTLE, finish, open_door
from healthcard.perso.journal import JobState, Journal
from healthcard.perso.ledger import FLOOR, Ledger
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished, Held, RefusedChip, Result, Scrapped
from healthcard.perso.walk import Broken, Hopeless, Walk


def settle(rehearsed: RehearsedPlan, transport: Transport, journal: Journal, keys: CardKeys) -> Result:
    """Decide the card: Finished, Scrapped, or Held when it went silent again; RefusedChip for another chip.

    Takes a plan rehearsed anew or the one carried out: either way the same plan, else ValueError.
    """
    plan = rehearsed.plan
    ledger = Ledger(journal, plan)
    settling = Settling(Dialogue(transport, plan, keys), ledger, transport, keys)
    try:
        return settling.look_twice()
    except Hopeless as reason:
        ledger.close(JobState.SCRAPPED, str(reason))
        return Scrapped(reason=str(reason))
    except (KeysError, KeyHolderFailed) as error:
        ledger.unused()
        return _held(ledger, str(error).rstrip("."))
    except CardError as error:
        return _held(ledger, str(error))


@dataclass(frozen=True, slots=True)
class Settling:
    """One session with the chip. Its methods return what became of the job, or raise Hopeless, CardError, KeysError."""

    dialogue: Dialogue
    ledger: Ledger
    transport: Transport
    keys: CardKeys

    def look_twice(self) -> Result:
        """Decide; scrapping is for ever, so what seems hopeless is looked at again after a reset."""
        if reason := self.dialogue.stranger():
            return RefusedChip(reason=reason)
        self.ledger.open()
        try:
            return self._decide()
        except (Refused, Hopeless) as first:
            if isinstance(first, Hopeless) and first.sure:
                raise
        if reason := self.dialogue.stranger():
            return RefusedChip(reason=reason)
        try:
            return self._decide()
        except Refused as refused:
            if refused.sw in LOST:
                raise
            raise Hopeless(str(refused)) from refused

    def _decide(self) -> Result:
        life = self.dialogue.life()
        if life is Life.BLOCKED:
            raise Hopeless("the chip is blocked for ever")
        left = self.ledger.surely_left
        if left <= FLOOR:
            raise Hopeless(f"its keys may have only {left} tries left after so many interruptions", sure=True)
        self.ledger.attempt(self.ledger.attempts + 1)
        if life is Life.ENDED:
            return self._judge()
        return self._gain_rights() or self._complete()

    def _judge(self) -> Result:
        """A chip whose personalisation has ended: right or wrong, nothing can be written any more."""
        plan = self.dialogue.plan
        session = CardSession(self.transport, plan.image.layout, self.keys, plan.address)
        session.reset()
        if fault := next(verification.after_end(session, plan.image), None):
            raise Hopeless(f"personalisation has ended, but {fault.what}", sure=fault.sure)
        if fault_of_closing := open_door(self.dialogue):
            raise Hopeless(fault_of_closing)
        for index, step in enumerate(plan.steps):
            if step.writing:
                self.ledger.found(index, step)
        self.ledger.close(JobState.FINISHED)
        return Finished(written=self.ledger.written, resumed=True)

    def _gain_rights(self) -> Result | None:
        """One try with the transport key; None when it was accepted."""
        try:
            self.dialogue.gain_rights()
        except WrongKey as wrong:
            self.ledger.answered(wrong.sw)
            reason = f"the chip refuses its transport key, {wrong.tries} tries left"
            if wrong.tries <= FLOOR:
                raise Hopeless(reason, sure=True) from wrong
            return _held(self.ledger, f"{reason}: check the key service")
        self.ledger.answered(status.OK)
        return None

    def _complete(self) -> Result:
        """Walk the plan; a directory that cannot be mended is erased and built anew, once, where the chip can erase."""
        anew: frozenset[str] = frozenset()
        while True:
            try:
                Walk(self.dialogue, self.ledger, anew).run()
                _compare(self.dialogue)
                return finish(self.dialogue, self.ledger, resumed=True)
            except Broken as broken:
                directory = _to_erase(self.dialogue, broken, anew)
                if directory is None:
                    raise Hopeless(broken.what) from broken
                anew |= {directory}
                self.dialogue.back_to_root()


def _compare(dialogue: Dialogue) -> None:
    fault = next(verification.before_end(dialogue), None)
    if fault is not None:
        raise Broken(fault.path, fault.what)


def _to_erase(dialogue: Dialogue, broken: Broken, anew: frozenset[str]) -> str | None:
    """The directory to build anew for what is broken in it: its own, or its parent's; None when there is none."""
    erasable = {step.path for step in dialogue.plan.erasures}
    directory = broken.path.split("/")[0]
    if not broken.inside:
        directory = dialogue.plan.image.layout.directory(directory).parent or ""
    return directory if directory in erasable and directory not in anew else None


def _held(ledger: Ledger, reason: str) -> Held:
    ledger.flush()
    return Held(reason=f"{reason}. {SETTLE}")
