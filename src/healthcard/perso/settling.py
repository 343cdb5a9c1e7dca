"""Settling a card that was interrupted: what the journal does not know, the card is asked.

The plan is walked in its order. What the card has is left alone, what it lacks is written, and the whole is compared
before it is closed. What cannot be put right is scrapped, with the reason; another chip is refused before the first
write. No authentication is tried twice in one session, and none when its tries run low.
"""

from __future__ import annotations

from healthcard.card.host.errors import KeyHolderFailed, WrongKey
from healthcard.card.host.ports import CardKeys, Transport
from healthcard.card.host.session import CardSession
from healthcard.card.wire import status
from healthcard.card.wire.errors import CardError, Refused
from healthcard.keys.errors import KeysError
from healthcard.perso import verification
from healthcard.perso.dialogue import NOT_ALLOWED, Dialogue, Life
from healthcard.perso.execution import SETTLE, finish, open_door
from healthcard.perso.journal import JobState, Journal
from healthcard.perso.ledger import Ledger
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished, Held, RefusedChip, Result, Scrapped
from healthcard.perso.walk import Broken, Unmendable, Walk

FLOOR = 3  # tries that are never spent: who comes after us may need them


def settle(rehearsed: RehearsedPlan, transport: Transport, journal: Journal, keys: CardKeys) -> Result:
    """Decide the card: Finished, Scrapped, or Held when it went silent again; RefusedChip for another chip.

    Takes a plan rehearsed anew or the one carried out: either way the same plan, else ValueError.
    """
    plan = rehearsed.plan
    dialogue, ledger = Dialogue(transport, plan, keys), Ledger(journal, plan)
    try:
        if reason := dialogue.stranger():
            return RefusedChip(reason=reason)
        ledger.open()
        return _decide(dialogue, ledger, transport, keys)
    except Refused as refused:
        if refused.sw == NOT_ALLOWED:
            return _held(ledger, f"{refused}: its rights were lost")
        return _scrapped(ledger, str(refused))
    except (KeysError, KeyHolderFailed) as error:
        ledger.unused()
        return _held(ledger, str(error).rstrip("."))
    except CardError as error:
        return _held(ledger, str(error))


def _decide(dialogue: Dialogue, ledger: Ledger, transport: Transport, keys: CardKeys) -> Result:
    life = dialogue.life()
    if life is Life.BLOCKED:
        return _scrapped(ledger, "the chip is blocked for ever")
    left, attempts = _tries(dialogue, ledger)
    if left <= FLOOR:
        return _scrapped(ledger, f"its keys may have only {left} tries left after so many interruptions")
    ledger.attempt(attempts + 1)
    if life is Life.ENDED:
        return _judge(dialogue, ledger, transport, keys)
    return _gain_rights(dialogue, ledger) or _complete(dialogue, ledger)


def _judge(dialogue: Dialogue, ledger: Ledger, transport: Transport, keys: CardKeys) -> Result:
    """A chip whose personalisation has ended: right or wrong, nothing can be written any more."""
    plan = dialogue.plan
    session = CardSession(transport, plan.image.layout, keys, plan.address)
    session.reset()
    if fault := next(verification.after_end(session, plan.image), None):
        return _scrapped(ledger, f"personalisation has ended, but {fault.what}")
    if fault_of_closing := open_door(dialogue):
        return _scrapped(ledger, fault_of_closing)
    for index, step in enumerate(plan.steps):
        if step.writing:
            ledger.found(index, step)
    ledger.close(JobState.FINISHED)
    return Finished(written=0, resumed=True)


def _gain_rights(dialogue: Dialogue, ledger: Ledger) -> Result | None:
    """One try with the transport key; None when it was accepted."""
    try:
        dialogue.gain_rights()
    except WrongKey as wrong:
        ledger.answered(wrong.sw)
        reason = f"the chip refuses its transport key, {wrong.tries} tries left"
        return _scrapped(ledger, reason) if wrong.tries <= FLOOR else _held(ledger, f"{reason}: check the key service")
    ledger.answered(status.OK)
    return None


def _tries(dialogue: Dialogue, ledger: Ledger) -> tuple[int, int]:
    """Tries surely left to any key we use, and attempts to use one since the last that was answered."""
    full = dialogue.plan.product.transport.tries
    attempts, told = ledger.attempts, ledger.tries_left
    return (full if told is None else told) - attempts, attempts


def _complete(dialogue: Dialogue, ledger: Ledger) -> Result:
    """Walk the plan; a directory that cannot be mended is erased and built anew, once, where the chip can erase."""
    anew: frozenset[str] = frozenset()
    while True:
        try:
            Walk(dialogue, ledger, anew).run()
            _compare(dialogue)
            return finish(dialogue, ledger, resumed=True)
        except Broken as broken:
            directory = _to_erase(dialogue, broken, anew)
            if directory is None:
                return _scrapped(ledger, broken.what)
            anew |= {directory}
            dialogue.back_to_root()
        except Unmendable as reason:
            return _scrapped(ledger, str(reason))


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


def _scrapped(ledger: Ledger, reason: str) -> Scrapped:
    ledger.close(JobState.SCRAPPED, reason)
    return Scrapped(reason=reason)


def _held(ledger: Ledger, reason: str) -> Held:
    ledger.flush()
    return Held(reason=f"{reason}. {SETTLE}")
