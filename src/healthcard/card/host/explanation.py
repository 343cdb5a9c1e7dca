"""A transcript in words: which file, which key, which record, and what the card meant by its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from healthcard.card.host.transcript import Exchange
from healthcard.card.wire import status
from healthcard.card.wire.layout import File, Key, Layout

HEADER = 4
BODY = 5  # where the data of a command begin
ROOT = "MF"
BLOCKED = bytes.fromhex("6283")  # SELECT of an application blocked for the time being: the card stands on it
SW = 2  # bytes of a status word
BY_TAG, PREVIOUS = 0x00, 0x03  # low bits of P2 in the record commands
USES = {7: "authentication", 8: "maintenance"}  # low five bits of P1 in DELIVERY KEY
FROM_CURRENT = 0x80  # bit 8 of a KID: a key of the current directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One exchange: seconds since the start, the command's header in hex, what it asks, what came of it."""

    at: float
    header: str
    asked: str
    answered: str
    ok: bool


def explain(exchanges: Iterable[Exchange], layout: Layout) -> Iterator[Explained]:
    """Each exchange in words, following where the reader stands on the card."""
    reader = _Reader(layout)
    for exchange in exchanges:
        asked = reader.asked(exchange)
        reader.move(exchange)
        yield Explained(
            at=exchange.at,
            header=exchange.command[:HEADER].hex(" ").upper() or "RESET",
            asked=asked,
            answered=_answered(exchange),
            ok=_went_well(exchange),
        )


class _Reader:
    """Follows a transcript over the card's directories."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.directory = ROOT
        self.file: File | None = None

    def asked(self, exchange: Exchange) -> str:
        if exchange.reset:
            return "reset 上电复位"
        command = exchange.command
        if len(command) < HEADER:
            return f"{len(command)} bytes that are no command"
        name = status.command_name(command[1])
        tell = _TELLERS.get(command[1])
        words = f"{name}: {tell(self, command)}" if tell else name
        return words + (f" ({exchange.hidden} bytes not shown)" if exchange.hidden else "")

    def move(self, exchange: Exchange) -> None:
        """Stand where the card stands after this exchange."""
        if exchange.reset:
            self.directory, self.file = ROOT, None
        elif exchange.command[1:2] == b"\xa4" and (_went_well(exchange) or exchange.answer == BLOCKED):
            self._select(exchange.command[BODY:])

    def _select(self, target: bytes) -> None:
        path = self.path(target)
        if path is None:
            return
        if "/" in path:
            self.file = self.layout.file(path)
        else:
            self.directory, self.file = path, None

    def path(self, target: bytes) -> str | None:
        """The path a SELECT with this FID or name leads to from here."""
        for directory in self.layout.directories:
            if target in (directory.fid.to_bytes(2, "big"), directory.name):
                return directory.path
        for file in self.layout.files:
            if file.directory == self.directory and target == file.fid.to_bytes(2, "big"):
                return file.path
        return None

    def select(self, command: bytes) -> str:
        target = command[BODY : BODY + command[HEADER]] if len(command) > BODY else b""
        path = self.path(target)
        if path is None:
            return f"{target.hex().upper() or 'nothing'}, not in the layout"
        return f"{path} {self.layout.file(path).zh}" if "/" in path else path

    def record(self, command: bytes) -> str:
        mode = command[3] & 0x07
        if mode == BY_TAG:
            return f"the record with tag {command[2]:02X}{self._item_with('tag', command[2])}{self._here()}"
        if mode == PREVIOUS:
            return f"a new first record{self._here()}"
        return f"record {command[2]}{self._item_with('record', command[2])}{self._here()}"

    def binary(self, command: bytes) -> str:
        offset = command[2] << 8 | command[3]
        return f"from byte {offset}{self._here()}"

    def key(self, command: bytes) -> str:
        """The key an authentication names: of this directory, of DDF1 seen from below, of the MF in the MF."""
        kid = command[3]
        owner = self.directory if kid & FROM_CURRENT or self.directory == ROOT else "DDF1"
        for key in self.layout.keys:
            if key.directory == owner and key.kid == kid:
                return _key_name(key)
        return f"key {kid:02X} of {owner}, not in the key table"

    def sam_key(self, command: bytes) -> str:
        key = next((key for key in self.layout.keys if key.sam == command[3]), None)
        name = _key_name(key) if key else f"key {command[3]:02X}, not in the key table"
        use = USES.get(command[2] & 0x1F, "an unknown use")
        return f"{name} for {use}, {command[2] >> 5} level(s)"

    def _item_with(self, field: str, value: int) -> str:
        """ " 姓名" where the current file has such an item."""
        items = self.file.items if self.file else ()
        return next((f" {item.zh}" for item in items if getattr(item, field) == value), "")

    def _here(self) -> str:
        return f" of {self.file.path}" if self.file else ", no file selected"


def _key_name(key: Key) -> str:
    return f"{key.name} {key.zh}"


def _answered(exchange: Exchange) -> str:
    if exchange.lost:
        return f"no answer ({exchange.lost}): what the card did last is not known"
    if exchange.reset:
        return exchange.answer.hex().upper()
    if len(exchange.answer) < SW:
        return f"{len(exchange.answer)} bytes that are no answer"
    sw = int.from_bytes(exchange.answer[-SW:], "big")
    ins = exchange.command[1] if len(exchange.command) > 1 else None
    size = len(exchange.answer) - SW + exchange.hidden_answer
    return f"{sw:04X} {status.meaning(sw, ins)}" + (f", {size} bytes" if size else "")


def _went_well(exchange: Exchange) -> bool:
    sw = int.from_bytes(exchange.answer[-SW:], "big")
    return not exchange.lost and (exchange.reset or sw == status.OK or status.is_more(sw))


_TELLERS: dict[int, Callable[[_Reader, bytes], str]] = {
    0xA4: _Reader.select,
    0xB2: _Reader.record,
    0xDC: _Reader.record,
    0xD2: _Reader.record,
    0x0C: _Reader.record,
    0xB0: _Reader.binary,
    0xD6: _Reader.binary,
    0x82: _Reader.key,
    0x88: _Reader.key,
    0xDE: _Reader.sam_key,
}
