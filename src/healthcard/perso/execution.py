"""Making a card: a rehearsed plan on a chip in a reader, journalled so that any interruption can be settled.

`execute` starts a card, `settle` (see `healthcard.perso.settling`) decides one that was interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthcard.card.host.errors import KeyHolderFailed, WrongKey
from healthcard.card.host.place import ROOT
from healthcard.card.host.ports import CardKeys, Transport
from healthcard.card.wire import status
from healthcard.card.wire.apdu import LE_MAX, Command
from healthcard.card.wire.errors import CardError
from healthcard.card.wire.layout import FREE, NEVER
from healthcard.keys.errors import KeysError
from healthcard.perso import verification
from healthcard.perso.dialogue import Dialogue, Life, There
from healthcard.perso.journal import JobState, Journal
from healthcard.perso.ledger import FLOOR, Ledger
from healthcard.perso.plan import Kind, Step
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished, Held, RefusedChip, Result

SETTLE = "Present the same card again to settle it."
KEPT = f"the last {FLOOR} are never spent. Set the chip aside"
UNTOUCHED = "nothing was written. Set the chip aside and find out whose key its lot has"


def execute(rehearsed: RehearsedPlan, transport: Transport, journal: Journal, keys: CardKeys) -> Result:
    """Make the card. Uses the rehearsed plan up; raises AlreadyUsed, and ValueError when the job has another plan.

    A chip that goes silent or refuses a step leaves the job Held, never half-made and forgotten.
    """
    plan = rehearsed.redeem()
    dialogue, ledger = Dialogue(transport, plan, keys), Ledger(journal, plan)
    try:
        return _execute(dialogue, ledger)
    except (CardError, KeysError) as error:
        if isinstance(error, KeysError | KeyHolderFailed):
            ledger.unused()
        ledger.flush()
        return Held(reason=f"{str(error).rstrip('.')}. {SETTLE}")


def _execute(dialogue: Dialogue, ledger: Ledger) -> Result:
    if reason := not_for_us(dialogue):
        return _refused(ledger, reason)
    ledger.open()
    left = ledger.surely_left
    if left <= FLOOR:
        return _refused(ledger, f"the chip has refused its transport key before and has {left} tries left; {KEPT}")
    ledger.attempt(ledger.attempts + 1)
    try:
        dialogue.gain_rights()
    except WrongKey as wrong:
        ledger.answered(wrong.sw)
        return _refused(ledger, f"the chip refuses the transport key of its lot, {wrong.tries} tries left; {UNTOUCHED}")
    ledger.answered(status.OK)
    return make(dialogue, ledger)


def _refused(ledger: Ledger, reason: str) -> RefusedChip:
    ledger.close(JobState.REFUSED, reason)
    return RefusedChip(reason=reason)


def make(dialogue: Dialogue, ledger: Ledger) -> Result:
    """With rights gained: send what builds the card, compare it, close it. Raises CardError."""
    for stretch in _stretches(dialogue.plan.steps):
        words = dialogue.do_all([step for _, step in stretch])
        for (index, step), sw in zip(stretch, words, strict=False):
            if step.writing:
                ledger.sent(index, step, sw)
            if sw != status.OK:
                return Held(reason=f"{step.act}: the card answered {sw:04X} ({status.meaning(sw)}). {SETTLE}")
    if fault := next(verification.before_end(dialogue), None):
        return Held(reason=f"{fault.what}. {SETTLE}")
    return finish(dialogue, ledger)


def _stretches(steps: Sequence[Step]) -> Iterator[list[tuple[int, Step]]]:
    """What lies between two commits of the journal, each step with its index; without the rights and the end."""
    stretch: list[tuple[int, Step]] = []
    for index, step in enumerate(steps):
        if step.kind in (Kind.AUTHENTICATE, Kind.END):
            continue
        stretch.append((index, step))
        if step.checkpoint:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def send(dialogue: Dialogue, ledger: Ledger, index: int, step: Step) -> int:
    """Send one step and note what became of it; its status word."""
    sw = dialogue.do(step)
    if step.writing:
        ledger.sent(index, step, sw)
    return sw


def finish(dialogue: Dialogue, ledger: Ledger, *, resumed: bool = False) -> Result:
    """End personalisation of a card that was compared and is right, and see that it is closed. Raises CardError."""
    index = len(dialogue.plan.steps) - 1
    end = dialogue.plan.steps[index]
    sw = send(dialogue, ledger, index, end)
    if sw != status.OK:
        return Held(reason=f"{end.act}: the card answered {sw:04X} ({status.meaning(sw)}). {SETTLE}")
    if fault := open_door(dialogue):
        return Held(reason=f"{fault}. {SETTLE}")
    ledger.close(JobState.FINISHED)
    return Finished(written=ledger.written, resumed=resumed)


def not_for_us(dialogue: Dialogue) -> str:
    """Why nothing may be written to the chip in the reader ('' = it may). Resets it."""
    if reason := dialogue.stranger():
        return reason
    life = dialogue.life()
    if life is Life.MAKING:
        return ""
    return "this chip is blocked for ever" if life is Life.BLOCKED else "this chip has been personalised already"


def open_door(dialogue: Dialogue) -> str:
    """What is wrong with the closing of a chip that was ended ('' = nothing): it must refuse, and prove itself."""
    if dialogue.life() is not Life.ENDED:
        return "the chip still gives key check values after the end of personalisation"
    layout = dialogue.plan.image.layout
    internal = next(key for key in layout.keys if key.usage == "internal")
    guarded = next(
        file for file in layout.files if file.directory == internal.directory and file.read not in (FREE, NEVER)
    )
    for path in (ROOT, internal.directory, guarded.path):
        if dialogue.select(path) is not There.YES:
            return f"{path} cannot be selected after the end of personalisation"
    if dialogue.channel.send(_READ_FIRST).sw == status.OK:
        return f"{guarded.path} can be read without a key"
    return "" if dialogue.proves(internal) else "the chip does not prove its internal key"


_READ_FIRST = Command(cla=0, ins=0xB2, p1=1, p2=0x04, le=LE_MAX)
