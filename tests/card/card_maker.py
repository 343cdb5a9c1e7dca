"""Makes personalised cards and SAMs of every product, with cipher code and native commands of its own.

Keys are derived from their names, people are synthetic. `Maker.make` returns the chip and what it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from healthcard.card.host.ports import CardAddress
from healthcard.card.os import chip as user_card
from healthcard.card.os import sam as sam_card
from healthcard.card.os.chip import Chip
from healthcard.card.os.sam import Sam
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import File, Item, Key, Layout, Structure, load

CITY = "320000"
CITY8 = b"32000000"
PIN = "246813"
SAM_PIN = "135790"
LOT_KEY = bytes(range(16))
SERIALS = {"jia": "0000002A", "yi": "0000002B", "bing": "00000000002C"}
LAYOUTS = {"jia": "full", "yi": "full", "bing": "small"}
CHIP8 = {"jia": "00F186010000002A", "yi": "00F186010000002B", "bing": "860200000000002C"}
USAGES = {
    "internal": 1,
    "maintain": 2,
    "lock_card": 3,
    "lock_application": 4,
    "update": 5,
    "erase": 6,
    "read": 7,
}
FORMS = {"none": 0, "plain": 1, "mac": 2, "cipher": 3}
TRIES = 15
UPDATES = {"ECB": modes.ECB(), "CBC": modes.CBC(bytes(16))}[FACTS.encipher]


class Device(Protocol):
    def transmit(self, command: bytes) -> bytes: ...


# Cipher


def ecb(key: bytes, data: bytes) -> bytes:
    return Cipher(SM4(key), modes.ECB()).encryptor().update(data)


def div(key: bytes, factor: bytes) -> bytes:
    return ecb(key, factor + bytes(0xFF - byte for byte in factor))


def padded(data: bytes) -> bytes:
    data += b"\x80"
    return data + bytes(-len(data) % 16)


def mac(key: bytes, data: bytes) -> bytes:
    return Cipher(SM4(key), modes.CBC(bytes(16))).encryptor().update(padded(data))[-16:-12]


def folded(block: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))


def master(name: str) -> bytes:
    return hashlib.sha256(f"test master {name}".encode()).digest()[:16]


def card_key(name: str, chip8: bytes, city8: bytes = CITY8) -> bytes:
    return div(div(master(name), city8), chip8)


@dataclass(frozen=True)
class MasterKeys:
    """A CardKeys that holds the masters themselves."""

    def _session(self, name: str, card: CardAddress, challenge: bytes) -> bytes:
        return div(card_key(name, card.chip, card.city), challenge)

    def encipher(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        return Cipher(SM4(self._session(name, card, challenge)), UPDATES).encryptor().update(data)

    def mac(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        return mac(self._session(name, card, challenge), data)


# Talking


def say(device: Device, command: str | bytes) -> tuple[bytes, int]:
    """Data and status word; over T=0 what waits is fetched and a wrong Le corrected, as a reader does."""
    raw = bytes.fromhex(command) if isinstance(command, str) else command
    answer = device.transmit(raw)
    if answer[-2] == 0x6C:
        answer = device.transmit(raw[:4] + answer[-1:])
    data = b""
    while answer[-2] == 0x61:
        data += answer[:-2]
        answer = device.transmit(bytes.fromhex("00C00000") + answer[-1:])
    return data + answer[:-2], int.from_bytes(answer[-2:], "big")


def must(device: Device, command: str | bytes) -> bytes:
    data, sw = say(device, command)
    told = command if isinstance(command, str) else command.hex()
    assert sw == 0x9000, f"{told[:10]} answered {sw:04X}"
    return data


# What cards hold


def value(item: Item, person: int = 1) -> bytes:
    """A synthetic value that fills its item in part, different for each person."""
    if item.no == 57:
        return bytes.fromhex(CITY)
    if item.type == "ans":
        return f"{item.no}人{person}".encode("gbk")[: item.length].ljust(item.length, b"\x00")
    if item.type == "cn":
        room = 2 * item.length
        return bytes.fromhex(f"{person}{item.no:03d}"[:room].ljust(room, "F"))
    return bytes([person % 256]) * item.length


def records(file: File, person: int = 1) -> list[bytes]:
    """The records of a V file, by number."""
    return [bytes([item.tag or 0, item.length]) + value(item, person) for item in file.items]


PHOTO = (1000).to_bytes(2, "big") + b"\xff\xd8" + bytes(996) + b"\xff\xd9"
CYCLIC = 2  # records written to each cyclic file


def cyclic_record(file: File, number: int) -> bytes:
    return f"{file.fid & 0xFF:02d}/{number}".encode().ljust(file.record_size, b"\x00")


def visit(file: File) -> bytes:
    return f"visit {file.path}".encode().ljust(300, b"\x00")


# Native commands: what differs between the products


class Native(Protocol):
    transport_kid: str
    diversified: bool
    end: str

    def directory(self, fid: int, name: bytes) -> bytes: ...
    def file(self, file: File, access: bytes) -> bytes: ...
    def key(self, key: Key, entry: bytes, transport: bytes) -> bytes: ...
    def pin(self, digits: bytes, transport: bytes) -> bytes: ...


def body(header: str | bytes, data: bytes) -> bytes:
    header = bytes.fromhex(header) if isinstance(header, str) else header
    return header + bytes([len(data)]) + data


def sealed(header: bytes, clear: bytes, plain: bytes, transport: bytes) -> bytes:
    text = ecb(transport, plain)
    header += bytes([len(clear) + len(text) + 4])
    return header + clear + text + mac(transport, header + clear + text)


def figures(file: File) -> bytes:
    """a b of jia and bing."""
    if file.structure is Structure.TRANSPARENT:
        return file.size.to_bytes(2, "big")
    return bytes([file.records, 0xFF if file.structure is Structure.VARIABLE else file.record_size])


def total(file: File) -> bytes:
    return file.size.to_bytes(2, "big") if file.structure is Structure.VARIABLE else b""


class Jia:
    transport_kid, diversified, end = "7F", True, "80100000"
    types = MappingProxyType({"T": 0x28, "F": 0x2A, "V": 0x2C, "Y": 0x2E})

    def directory(self, fid: int, name: bytes) -> bytes:
        return body(b"\x80\xe0" + fid.to_bytes(2, "big"), b"\x38" + name)

    def file(self, file: File, access: bytes) -> bytes:
        data = bytes([self.types[file.structure]]) + figures(file) + bytes([file.sfi or 0]) + access + total(file)
        return body(b"\x80\xe0" + file.fid.to_bytes(2, "big"), data)

    def key(self, key: Key, entry: bytes, transport: bytes) -> bytes:
        plain = bytes([USAGES[key.usage], 1, TRIES]) + entry
        return sealed(bytes([0x84, 0xD4, 1, key.kid]), b"", padded(plain), transport)

    def pin(self, digits: bytes, transport: bytes) -> bytes:
        return sealed(bytes.fromhex("84D40200"), b"", padded(b"\x03\x03" + digits), transport)


class Yi:
    transport_kid, diversified, end = "00", True, "800C0000"
    types = Jia.types

    def directory(self, fid: int, name: bytes) -> bytes:
        data = b"\x82\x01\x38\x83\x02" + fid.to_bytes(2, "big") + bytes([0x84, len(name)]) + name
        return body("80E00000", data)

    def file(self, file: File, access: bytes) -> bytes:
        data = bytes([0x82, 1, self.types[file.structure], 0x83, 2]) + file.fid.to_bytes(2, "big")
        if file.structure in (Structure.TRANSPARENT, Structure.VARIABLE):
            data += b"\x80\x02" + file.size.to_bytes(2, "big")
        if file.structure is not Structure.TRANSPARENT:
            size = 0 if file.structure is Structure.VARIABLE else file.record_size
            data += bytes([0x81, 2, file.records, size])
        if file.sfi:
            data += bytes([0x88, 1, file.sfi])
        return body("80E00000", data + b"\x8c\x05" + access)

    def key(self, key: Key, entry: bytes, transport: bytes) -> bytes:
        plain = bytes([key.kid, USAGES[key.usage], 1, TRIES, 16]) + entry
        return sealed(bytes.fromhex("84D40000"), b"", padded(plain), transport)

    def pin(self, digits: bytes, transport: bytes) -> bytes:
        return sealed(bytes.fromhex("84D40000"), b"", padded(b"\x20\x09\x01\x03\x03" + digits), transport)


class Bing:
    transport_kid, diversified, end = "FE", False, "801A0000"
    types = MappingProxyType({"T": 1, "F": 2, "V": 3, "Y": 4})

    def directory(self, fid: int, name: bytes) -> bytes:
        return body("80E00100", fid.to_bytes(2, "big") + name)

    def file(self, file: File, access: bytes) -> bytes:
        head = file.fid.to_bytes(2, "big") + bytes([self.types[file.structure]])
        return body("80E00200", head + access + bytes([file.sfi or 0]) + figures(file) + total(file))

    def key(self, key: Key, entry: bytes, transport: bytes) -> bytes:
        clear = bytes([USAGES[key.usage], 1, TRIES])
        return sealed(bytes([0x84, 0xF4, 0, key.kid]), clear, entry, transport)

    def pin(self, digits: bytes, transport: bytes) -> bytes:
        return sealed(bytes.fromhex("84F40100"), b"\x03", padded(b"\x03" + digits), transport)


NATIVE: dict[str, Callable[[], Native]] = {"jia": Jia, "yi": Yi, "bing": Bing}


# Making


@dataclass(frozen=True)
class Card:
    """A finished card with what the tests know of it."""

    chip: Chip
    product: str
    layout: Layout
    chip8: bytes
    transport: bytes = field(repr=False)

    def key(self, name: str, city8: bytes = CITY8) -> bytes:
        return card_key(name, self.chip8, city8)


def blank(product: str, serial: str | None = None) -> Card:
    """A chip as the chip maker delivers it."""
    number = bytes.fromhex(serial or SERIALS[product])
    chip8 = bytes.fromhex(CHIP8[product])[: -len(number)] + number if serial else bytes.fromhex(CHIP8[product])
    transport = div(LOT_KEY, chip8) if NATIVE[product]().diversified else LOT_KEY
    chip = user_card.blank(product, number, transport)
    assert chip.chip8 == chip8
    return Card(chip=chip, product=product, layout=load(LAYOUTS[product]), chip8=chip8, transport=transport)


def make(product: str, person: int = 1, serial: str | None = None) -> Card:
    """A personalised card in power, as the holder gets it."""
    card = blank(product, serial)
    card.chip.reset()
    open_for_making(card)
    for command in script(card, person):
        must(card.chip, command)
    card.chip.reset()
    return card


def open_for_making(card: Card) -> None:
    native = NATIVE[card.product]()
    must(card.chip, token(card.chip, card.transport, native.transport_kid))


def token(device: Device, key: bytes, kid: str, text: bytes = bytes.fromhex("1122334455667788")) -> bytes:
    """EXTERNAL AUTHENTICATE with `key` for a fresh challenge."""
    challenge = must(device, "0084000008")
    proof = folded(ecb(div(key, challenge), text + bytes(8)))
    return bytes.fromhex(f"008200{kid}11") + proof + text + b"\x01"


def script(card: Card, person: int) -> Iterator[bytes]:
    native = NATIVE[card.product]()
    for directory in card.layout.directories:
        if directory.parent == "MF":
            yield native.directory(directory.fid, directory.name)
        elif directory.parent:
            yield bytes.fromhex("00A4000002DDF1")
            yield native.directory(directory.fid, directory.name)
        for key in card.layout.keys:
            if key.directory == directory.path:
                yield native.key(key, card.key(key.name), card.transport)
        if directory.path == "DDF1":
            yield native.pin(bytes.fromhex(PIN), card.transport)
        for file in card.layout.files:
            if file.directory == directory.path:
                yield native.file(file, access(card.layout, file))
                yield from content(file, person)
    yield bytes.fromhex(native.end)


def access(layout: Layout, file: File) -> bytes:
    """read update erase maintain form."""

    def condition(name: str | None) -> int:
        named = {"free": 0xF0, "never": 0xFF, None: 0xFF}
        return named[name] if name in named else layout.key(str(name)).kid

    keys = [file.read, file.update, file.erase, file.maintain]
    return bytes([*map(condition, keys), FORMS[file.form]])


def content(file: File, person: int) -> Iterator[bytes]:
    if file.structure is Structure.VARIABLE:
        for number, record in enumerate(records(file, person), start=1):
            yield body(bytes([0, 0xDC, number, 4]), record)
    if file.structure is Structure.CYCLIC:
        for number in range(1, CYCLIC + 1):
            yield body("00DC0003", cyclic_record(file, number))
    if file.path == "DDF1/EF07":
        yield from binary(PHOTO)
    if file.path in ("DF03/EE01", "DF03/ED01"):
        yield from binary(visit(file))
    if file.path in ("DF03/EF05", "DF03/EF06"):
        yield body("00DC0104", b"\x00")


def binary(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 0x80):
        yield body(bytes([0, 0xD6, at >> 8, at & 0xFF]), data[at : at + 0x80])


def make_sam(layout: Layout, city8: bytes = CITY8) -> Sam:
    """A SAM with every key of the layout: two-level keys as masters, one-level keys already the city's."""
    chip = sam_card.blank(bytes.fromhex("000000000007"), LOT_KEY)
    chip.reset()
    must(chip, token(chip, LOT_KEY, "7F"))
    must(chip, sealed(bytes.fromhex("84D40200"), b"", padded(b"\x03\x03" + bytes.fromhex(SAM_PIN)), LOT_KEY))
    must(chip, "00A4000002DF01")
    for key in layout.keys:
        use = 8 if key.usage == "maintain" else 7
        held = master(key.name) if key.levels == 2 else div(master(key.name), city8)
        plain = bytes([key.levels << 5 | use, 1]) + held
        must(chip, sealed(bytes([0x84, 0xD4, 1, key.sam]), b"", padded(plain), LOT_KEY))
    must(chip, "80100000")
    chip.reset()
    return chip
