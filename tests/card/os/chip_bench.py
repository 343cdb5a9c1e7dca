"""A small card for the chip's tests, made with each product's own commands: a few files, all 21 keys, a PIN."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from chip_terminal import Terminal, ecb, mac, pad

from healthcard.card.os.chip import Chip, blank, restore
from healthcard.card.wire.layout import load

PRODUCTS = ("jia", "yi", "bing")
TRANSPORT_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
SERIALS = {"jia": bytes.fromhex("00000001"), "yi": bytes.fromhex("00000002"), "bing": bytes.fromhex("000000000003")}
TRANSPORT_KIDS = {"jia": 0x7F, "yi": 0x00, "bing": 0xFE}
PIN = bytes.fromhex("123456")
LAYOUT = load("full")
KEY_NAMES = tuple(key.name for key in LAYOUT.keys)
USAGES = ("", "internal", "maintain", "lock_card", "lock_application", "update", "erase", "read")
FORMS = {"none": 0, "plain": 1, "mac": 2, "cipher": 3, "plain+pin": 0x11}
CONDITIONS = {"free": 0xF0, "never": 0xFF}


@dataclass(frozen=True, kw_only=True)
class BenchFile:
    """size for T and V, count for the others."""

    path: str
    kind: str
    read: str
    update: str
    form: str
    size: int = 0
    count: int = 0
    record: int = 0
    sfi: int = 0
    erase: str = "never"
    maintain: str = "never"
    clear: tuple[str, ...] = ()  # records in hex, in their order

    def access(self) -> bytes:
        conditions = (self.read, self.update, self.erase, self.maintain)
        return bytes([*map(condition, conditions), FORMS[self.form]])

    def figures(self) -> bytes:
        if self.kind == "T":
            return self.size.to_bytes(2, "big")
        return bytes([self.count, self.record])

    def total(self) -> bytes:
        return self.size.to_bytes(2, "big") if self.kind == "V" else b""


FILES = (
    BenchFile(
        path="DDF1/EF05", kind="V", size=64, count=4, sfi=5, read="free", update="never", form="none",
        clear=("010131", "0304C9CFBAA3", "3903310000"),
    ),
    BenchFile(
        path="DDF1/EF06", kind="V", size=40, count=2, sfi=6, read="RK1_DDF1", update="never", form="none",
        clear=("0B04D5C5C8FD", "0C0101"),
    ),
    BenchFile(path="DDF1/EF07", kind="T", size=300, sfi=7, read="RK1_DDF1", update="UK1_DDF1", form="plain"),
    BenchFile(
        path="DDF1/EF08", kind="V", size=60, count=3, sfi=8, read="RK1_DDF1", update="UK1_DDF1", form="cipher",
        maintain="STK_DDF1", clear=("070420300101", "1014" + "31" * 20),
    ),
    BenchFile(
        path="DF01/EF05", kind="V", size=110, count=2, sfi=5, read="RK1_DF01", update="UK1_DF01", form="cipher",
        maintain="STK_DF01", clear=("150101", "1664" + "00" * 100),
    ),
    BenchFile(path="DF01/EF09", kind="T", size=16, read="free", update="UK1_DF01", form="plain+pin"),
    BenchFile(
        path="DF02/EF07", kind="Y", count=3, record=20, sfi=7, read="RK1_DF02", update="UK3_DF02", form="cipher",
        maintain="STK_DF02",
    ),
    BenchFile(
        path="DF03/EF05", kind="F", count=3, record=1, sfi=5, read="RK1_DF03", update="UK1_DF03", erase="UK2_DF03",
        maintain="STK_DF03", form="mac",
    ),
    BenchFile(path="DF03/EE01", kind="T", size=64, read="RK1_DF03", update="UK1_DF03", form="plain"),
)  # fmt: skip


def condition(name: str) -> int:
    return CONDITIONS[name] if name in CONDITIONS else LAYOUT.key(name).kid


def key_of(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]


class Maker:
    """Creation and key loading in a product's own words."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.product = terminal.chip.product

    def gain_rights(self) -> None:
        assert self.terminal.authenticate(TRANSPORT_KIDS[self.product], TRANSPORT_KEY) == 0x9000

    def directory(self, fid: int, name: bytes) -> bytes:
        two = fid.to_bytes(2, "big")
        return {
            "jia": lambda: lc("80E0" + two.hex(), b"\x38" + name),
            "yi": lambda: lc("80E00000", tlvs((0x82, b"\x38"), (0x83, two), (0x84, name))),
            "bing": lambda: lc("80E00100", two + name),
        }[self.product]()

    def file(self, file: BenchFile) -> bytes:
        two, kind = bytes.fromhex(file.path.split("/")[1]), "TFVY".index(file.kind)
        sfi, access = bytes([file.sfi]), file.access()
        if self.product == "jia":
            figures = file.figures() if file.kind != "V" else bytes([file.count, 0xFF])
            return lc("80E0" + two.hex(), bytes([0x28 + 2 * kind]) + figures + sfi + access + file.total())
        if self.product == "bing":
            return lc("80E00200", two + bytes([1 + kind]) + access + sfi + file.figures() + file.total())
        sizes = [(0x80, file.size.to_bytes(2, "big"))] if file.kind in "TV" else []
        records = [(0x81, bytes([file.count, file.record]))] if file.kind != "T" else []
        head = ((0x82, bytes([0x28 + 2 * kind])), (0x83, two))
        return lc("80E00000", tlvs(*head, *sizes, *records, (0x88, sfi), (0x8C, access)))

    def key(self, name: str, *, value: bytes | None = None, tries: int = 15, version: int = 1) -> bytes:
        key = LAYOUT.key(name)
        head = bytes([USAGES.index(key.usage), version, tries])
        value = value or key_of(name)
        if self.product == "jia":
            return wrap(f"84D401{key.kid:02X}", b"", pad(head + value))
        if self.product == "yi":
            return wrap("84D40000", b"", pad(bytes([key.kid]) + head + b"\x10" + value))
        return wrap(f"84F400{key.kid:02X}", head, value)

    def pin(self, value: bytes = PIN, tries: int = 3) -> bytes:
        if self.product == "jia":
            return wrap("84D40200", b"", pad(bytes([tries, 3]) + value))
        if self.product == "yi":
            return wrap("84D40000", b"", pad(bytes([0x20, 0x09, 0x01, tries, 3]) + value))
        return wrap("84F40100", bytes([tries]), pad(b"\x03" + value))

    def check(self, kid: int) -> bytes:
        return bytes([0x80, 0xCA, 2 if self.product == "yi" else 0, kid, 3])

    def erase(self) -> bytes:
        return bytes.fromhex("800E0000")

    def end(self) -> bytes:
        return bytes.fromhex({"jia": "80100000", "yi": "800C0000", "bing": "801A0000"}[self.product])

    def all_commands(self) -> list[bytes]:
        """Everything of the bench card in order, without authentication and end."""
        out = self._keys("MF")
        for directory in LAYOUT.directories[1:]:
            if directory.parent == "DDF1":
                out.append(bytes.fromhex("00A4000002DDF1"))
            out.append(self.directory(directory.fid, directory.name))
            out += self._keys(directory.path)
            out += [self.pin()] if directory.path == "DDF1" else []
            out += [part for file in FILES if file.path.startswith(directory.path) for part in self._with_records(file)]
        return out

    def _keys(self, directory: str) -> list[bytes]:
        return [self.key(key.name) for key in LAYOUT.keys if key.directory == directory]

    def _with_records(self, file: BenchFile) -> list[bytes]:
        records = [lc(f"00DC{n:02X}04", bytes.fromhex(record)) for n, record in enumerate(file.clear, 1)]
        return [self.file(file), *records]


def lc(header: str, data: bytes) -> bytes:
    return bytes.fromhex(header) + bytes([len(data)]) + data


def tlvs(*parts: tuple[int, bytes]) -> bytes:
    return b"".join(bytes([tag, len(value)]) + value for tag, value in parts)


def wrap(header: str, clear: bytes, plain: bytes, key: bytes = TRANSPORT_KEY) -> bytes:
    body = clear + ecb(key, plain)
    head = bytes.fromhex(header) + bytes([len(body) + 4])
    return head + body + mac(key, head + body)


def _blank(terminal: Terminal) -> None:
    pass


def _half(terminal: Terminal) -> None:
    maker = Maker(terminal)
    maker.gain_rights()
    for command in maker.all_commands()[:20]:
        terminal.ok(command)


def _made(terminal: Terminal) -> None:
    maker = Maker(terminal)
    maker.gain_rights()
    for command in maker.all_commands():
        terminal.ok(command)


def _personalised(terminal: Terminal) -> None:
    _made(terminal)
    terminal.ok(Maker(terminal).end())


def enter(terminal: Terminal, directory: str) -> None:
    """Walk to MF, DDF1 or a DF as clients do."""
    for fid in {"MF": ("3F00",), "DDF1": ("3F00", "DDF1")}.get(directory, ("3F00", "DDF1", directory)):
        terminal.ok(f"00A4000002{fid}")


def authenticate(terminal: Terminal, name: str) -> int:
    return terminal.authenticate(LAYOUT.key(name).kid, key_of(name))


def block_application(terminal: Terminal, directory: str, kind: int) -> None:
    enter(terminal, directory)
    assert authenticate(terminal, f"LK_{directory}") == 0x9000
    assert terminal.flag(f"841E00{kind:02X}", key_of(f"STK_{directory}")) == 0x9000


def block_card(terminal: Terminal) -> None:
    enter(terminal, "MF")
    assert authenticate(terminal, "BK_MF") == 0x9000
    assert terminal.flag("84160000", key_of("STK_MF")) == 0x9000


def _locked(terminal: Terminal) -> None:
    _personalised(terminal)
    block_application(terminal, "DF01", 0)
    block_application(terminal, "DF02", 1)


def _dead(terminal: Terminal) -> None:
    _personalised(terminal)
    block_card(terminal)


STAGES: dict[str, Callable[[Terminal], None]] = {
    "blank": _blank, "half made": _half, "made": _made, "personalised": _personalised, "locked": _locked,
    "blocked": _dead,
}  # fmt: skip


@cache
def dump(product: str, stage: str) -> bytes:
    chip = blank(product, SERIALS[product], TRANSPORT_KEY)
    STAGES[stage](Terminal(chip))
    return chip.dump()


def chip_at(product: str, stage: str) -> Chip:
    return restore(dump(product, stage))


def terminal_at(product: str, stage: str) -> Terminal:
    return Terminal(chip_at(product, stage))
