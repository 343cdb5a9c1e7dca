"""Chips on paper, where thousands of acts are tried: the journals and the services are the real ones, the chip is not.

What is written to a card on paper is believed at once. Every commit around it (job, intents, outcomes, what it means
for the record) is made by the services themselves. What a real chip does to them is tried in test_desk,
test_interrupted_cards and the tears.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from unittest.mock import patch

PRODUCT = "jia"
DONE = 0x9000


@dataclass(slots=True, kw_only=True)
class Paper:
    """The chip of one card: its CHIP8 (8 bytes), and the names of what was done to it, in order."""

    chip8: bytes
    done: list[str] = field(default_factory=list)


def chip_of(card_id: int) -> Paper:
    """The chip on paper that this card is made on."""
    return Paper(chip8=b"PAPR" + card_id.to_bytes(4, "big"))


def personalise(actor, card_id: int) -> None:
    """Make a planned card on paper, through the journal of real making; raises Conflict, TransitionRefused."""
    from healthcard.perso.journal import Intent, JobState, Outcome
    from healthcard.services.workshop import journal, making

    paper = chip_of(card_id)
    with making._alone_with_card(card_id):
        permission = making._require(actor, card_id)
        making._card(card_id)
        job = making._begin(actor, card_id)
        chip = journal.Chip(
            product=PRODUCT, layout="full", application_plan="paper", chip8=paper.chip8, answer_to_reset=b"\x3b" * 20
        )
        book = journal.DatabaseJournal(actor, job, chip, permission)
        book.open(_digest("making"), [Intent(index=1, act="write", path="MF", digest=_digest("write"))])
        book.record([Outcome(index=1, sw=DONE, how="sent")])
        book.close(JobState.FINISHED, "")


def _personalise(actor, card_id, reader, shop):
    from healthcard.perso.results import Finished

    personalise(actor, card_id)
    return Finished(written=1)


@contextmanager
def chips_on_paper() -> Iterator[None]:
    """Inside this block the services take a `Paper` for a reader with a card in it."""
    from healthcard.services.workshop import comparison, making, upkeep

    engine = SimpleNamespace(execute=_execute, settle=_execute)
    with ExitStack() as stack:
        for place, name, put in (
            (upkeep, "engine", engine),
            (upkeep, "_plan", _plan),
            (upkeep, "conversing", _conversing),
            (comparison, "compare", _compare),
            (making, "personalise", _personalise),
        ):
            stack.enter_context(patch.object(place, name, put))
        yield


def _plan(card, goals, keys):
    return SimpleNamespace(chip8=bytes(card.chip8), goals=goals, digest=_digest(*(goal.name for goal in goals)))


def _execute(plan, reader, journal, keys):
    """One intent for each goal, and all of them come out well on the right chip."""
    from healthcard.perso.journal import Intent, JobState, Outcome
    from healthcard.perso.upkeep.plan import FIRST
    from healthcard.perso.upkeep.results import Finished, RefusedChip

    if reader.chip8 != plan.chip8:
        journal.close(JobState.REFUSED, "another chip")
        return RefusedChip(reason="another chip")
    names = [goal.name for goal in plan.goals]
    journal.open(
        plan.digest, [Intent(index=n, act=name, path="MF", digest=_digest(name)) for n, name in enumerate(names, FIRST)]
    )
    reader.done += names
    journal.record([Outcome(index=n, sw=DONE, how="sent") for n, _ in enumerate(names, FIRST)])
    journal.close(JobState.FINISHED, "")
    return Finished(written=len(names))


def _conversing(card, reader, keys):
    from healthcard.services.errors import Conflict

    if bytes(card.chip8) != reader.chip8:
        raise Conflict("读写器里不是这张卡。", "The card in the reader is not this one.")
    return reader


def _compare(actor, card_id, reader, keys):
    from healthcard.domain.permissions import Permission
    from healthcard.services.desk.issue import ANOTHER_CHIP

    actor.require(Permission.CARD_READ_CHIP)
    return () if reader.chip8 == chip_of(card_id).chip8 else (ANOTHER_CHIP,)


def _digest(*words: str) -> bytes:
    return hashlib.new("sm3", "|".join(words).encode()).digest()
