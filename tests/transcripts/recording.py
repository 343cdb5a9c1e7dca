"""Records the transcripts beside it: `python tests/transcripts/recording.py` (with tests/card on the path).

A fixed card, fixed keys and fixed challenges, so that the same code sends the same bytes: a changed transcript in a
commit shows what changed on the wire. The people are synthetic.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "card"))

import card_maker  # noqa: E402  # lies in tests/card

from healthcard.card.host.ports import Transport  # noqa: E402
from healthcard.card.host.reading import read_card  # noqa: E402
from healthcard.card.host.session import Access, CardSession  # noqa: E402
from healthcard.card.host.transcript import Recorder  # noqa: E402
from healthcard.card.os import chip as user_card  # noqa: E402
from healthcard.card.wire.errors import Refused  # noqa: E402

Story = Callable[[CardSession], None]


def read(session: CardSession) -> None:
    """A reader reads everything."""
    read_card(session)


def visit(session: CardSession) -> None:
    """A hospital writes a visit, a record, an alert and a flag."""
    session.open("DF01/EF06", Access.UPDATE)
    session.update_record("DF01/EF06", 3, card_maker.records(session.layout.file("DF01/EF06"), 2)[2])
    session.open("DF03/EE02", Access.UPDATE)
    session.update_binary("DF03/EE02", 0, b"synthetic visit".ljust(300, b"\x00"))
    session.mark_valid("DF03/EF05", 2)


def locks(session: CardSession) -> None:
    """A PIN shown wrong and right, an application locked, met, unlocked."""
    session.verify_pin("111111")
    session.verify_pin(card_maker.PIN)
    session.block_application("DF02")
    try:
        session.open("DF02/EF05")
    except Refused:
        session.unblock_application("DF02")


STORIES: dict[str, Story] = {"read": read, "visit": visit, "locks": locks}
NAMES = [f"{product}-{story}" for product in ("jia", "bing") for story in STORIES] + ["yi-visit"]


def tell(name: str, transport: Transport, chip8: bytes) -> None:
    """Play one story over `transport`."""
    product, story = name.split("-")
    session = CardSession(transport, card_maker.load(card_maker.LAYOUTS[product]), card_maker.MasterKeys())
    session.reset()
    session.learn_address(chip8)
    STORIES[story](session)


def record(name: str) -> list[str]:
    """The lines of one transcript, time standing still."""
    card = card_maker.make(name.split("-")[0])
    chip = user_card.restore(card.chip.dump(), random=_counting())
    lines: list[str] = []
    tell(name, Recorder(chip, lines.append, content=True, clock=lambda: 0.0), card.chip8)
    return lines


def _counting() -> Callable[[int], bytes]:
    numbers: Iterator[int] = itertools.count(1)
    return lambda length: next(numbers).to_bytes(length, "big")


if __name__ == "__main__":
    for _name in NAMES:
        FOLDER.joinpath(f"{_name}.jsonl").write_text("\n".join(record(_name)) + "\n", "utf-8")
