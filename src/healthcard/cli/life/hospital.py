"""A hospital's terminal: its SAM opens what the card lets it write; no server is asked for a key."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthcard.card.host.ports import Transport
from healthcard.card.host.sam import SamKeys
from healthcard.card.host.session import Access, CardSession
from healthcard.card.wire import items
from healthcard.card.wire.layout import Layout
from healthcard.perso import application
from healthcard.perso.products import recognise

VISIT, INDEX, VALID = "DF03/ED", "DF03/EF06", b"\x00"  # ED01 ... with their index
PLACE, CODE, TIME, DEPARTMENT = 213, 214, 215, 217  # items of a visit (门诊信息)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The SAM in its slot, and the PIN that came with it."""

    sam: Transport
    pin: str = field(repr=False)

    def visit(self, card: Transport, moment: str) -> int:
        """Write an outpatient visit at `moment` (YYYYMMDDhhmmss) on the card in the reader; how many bytes."""
        session, shape = self._opened(card)
        record = _record(shape, moment)
        session.open(f"{VISIT}01", Access.UPDATE)
        session.update_binary(f"{VISIT}01", 0, record)
        session.open(INDEX, Access.UPDATE)
        session.mark_valid(INDEX, 1)
        return len(record)

    def visits(self, card: Transport) -> set[str]:
        """When the visits were that stand on the card in the reader."""
        session, shape = self._opened(card)
        (time,) = (item for item in shape.file(f"{VISIT}01").items if item.no == TIME)
        session.open(INDEX)
        valid = [n for n in range(1, shape.file(INDEX).records + 1) if session.read_record(INDEX, n) == VALID]
        found = set()
        for number in valid:
            session.open(f"{VISIT}{number:02d}")
            found.add(session.read_binary(f"{VISIT}{number:02d}", time.offset or 0, time.length).hex())
        return found

    def _opened(self, card: Transport) -> tuple[CardSession, Layout]:
        """The card, with the SAM beside it."""
        found = recognise(card)
        shape = application.load(found.product.application).layout
        keys = SamKeys(self.sam, shape)
        keys.open(self.pin)
        session = CardSession(card, shape, keys)
        session.reset()
        session.learn_address(found.chip8)
        return session, shape


def _record(shape: Layout, moment: str) -> bytes:
    """The beginning of a visit's file: where, when, which department."""
    told = {PLACE: "示范市第一医院", CODE: "990101009", TIME: moment, DEPARTMENT: "内科"}
    record = b""
    for item in shape.file(f"{VISIT}01").items:
        if item.no > DEPARTMENT:
            break
        record += items.encode(item.type, item.length, told[item.no]) if item.no in told else bytes(item.length)
    return record
