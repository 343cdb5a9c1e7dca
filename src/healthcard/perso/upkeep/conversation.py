"""The engine's side of the conversation with an issued card: who it is, what it holds, what is locked on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from healthcard.card.host.place import ROOT
from healthcard.card.host.ports import CardAddress, CardKeys, Transport
from healthcard.card.host.session import BLOCKED, CardSession
from healthcard.card.wire import status
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import Refused
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import Layout
from healthcard.perso.identity import stranger
from healthcard.perso.image import FileImage
from healthcard.perso.products import CARD_BLOCKED, Product
from healthcard.perso.readback import read_file

BLOCKED_FOR_EVER = 0x9303
PIN_BLOCKED = 0x6983
NO_PIN = frozenset({0x6985, 0x6A88})
PIN_DIRECTORY = "DDF1"
ASK_PIN = Command(cla=0, ins=0x20, p2=FACTS.pin_reference)  # VERIFY without digits costs no try


class Lock(Enum):
    """Whether an application can be used, as far as the card tells."""

    NONE = auto()
    TEMPORARY = auto()
    PERMANENT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class PinState:
    """Tries left (0 = locked), and whether it was shown to the card in this session."""

    tries: int
    shown: bool = False


class Conversation:
    """One power session with the card of `address`. What was read is kept until `forget`, or a write to that file."""

    def __init__(
        self, transport: Transport, product: Product, layout: Layout, address: CardAddress, keys: CardKeys
    ) -> None:
        self.session = CardSession(transport, layout, keys, address)
        self.layout = layout
        self.dead = False
        self._transport = transport
        self._product = product
        self._address = address
        self._read: dict[str, FileImage] = {}

    def stranger(self) -> str:
        """Why the chip is not the card of the record ('' = it is): answer to reset, then a proof of its internal key.

        Resets it and writes nothing. A dead card proves nothing; `dead` says so. Raises CardError.
        """
        if reason := stranger(self._transport, self._product, self._address):
            return reason
        try:
            proved = self.session.internal_authenticate()
        except Refused as refused:
            if refused.sw != CARD_BLOCKED:
                raise
            self.dead = True
            return ""
        return "" if proved else "the chip does not prove to be the card of the record: keep it and report it"

    def content(self, path: str) -> FileImage:
        """What the file at `path` holds, by its read key; V records never written are b''."""
        if path not in self._read:
            file = self.session.open(path)
            self._read[path] = read_file(self.session.channel, file, file.records)
        return self._read[path]

    def written(self, path: str) -> None:
        """The file at `path` was written: what was read of it counts no more."""
        self._read.pop(path, None)

    def forget(self) -> None:
        """Read anew from here on."""
        self._read.clear()

    def lock(self, directory: str) -> Lock:
        """Ask the card whether the application "DF01".."DF03" is locked."""
        self.session.select(ROOT)  # or the session, standing there, would not ask
        try:
            self.session.select(directory)
        except Refused as refused:
            if refused.sw == BLOCKED:
                return Lock.TEMPORARY
            if refused.sw == BLOCKED_FOR_EVER:
                return Lock.PERMANENT
            raise
        return Lock.NONE

    def is_dead(self) -> bool:
        """Ask whether the card is locked for ever; `dead` says so afterwards."""
        try:
            self.session.reset()
            self.session.channel.expect(Command(cla=0, ins=0xA4, data=b"\x3f\x00"))
        except Refused as refused:
            if refused.sw != CARD_BLOCKED:
                raise
            self.dead = True
        return self.dead

    def pin(self) -> PinState | None:
        """What the card tells of the holder's PIN; None on a card without one. Costs none of its tries."""
        self.session.select(PIN_DIRECTORY)
        sw = self.session.channel.send(ASK_PIN).sw
        if sw in NO_PIN:
            return None
        if sw == status.OK:
            return PinState(tries=FACTS.pin_tries, shown=True)
        tries = 0 if sw == PIN_BLOCKED else status.tries_left(sw)
        if tries is None:
            raise Refused("VERIFY", sw, status.meaning(sw, ASK_PIN.ins))
        return PinState(tries=tries)
