"""A terminal for the chip's tests: sends commands and computes what a client would, with cipher code of its own."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from healthcard.card.os.chip import Chip
from healthcard.card.wire.facts import FACTS

UPDATES = {"ECB": modes.ECB(), "CBC": modes.CBC(bytes(16))}[FACTS.encipher]
TEXT = bytes.fromhex("1122334455667788")


def ecb(key: bytes, data: bytes) -> bytes:
    return Cipher(SM4(key), modes.ECB()).encryptor().update(data)


def div(key: bytes, factor: bytes) -> bytes:
    return ecb(key, factor + bytes(0xFF - byte for byte in factor))


def pad(data: bytes) -> bytes:
    data += b"\x80"
    return data + bytes(-len(data) % 16)


def mac(key: bytes, data: bytes) -> bytes:
    return Cipher(SM4(key), modes.CBC(bytes(16))).encryptor().update(pad(data))[-16:][:4]


def token(session: bytes, text: bytes) -> bytes:
    both = ecb(session, text + bytes(8))
    return bytes(left ^ right for left, right in zip(both[:8], both[8:], strict=True))


def sealed(session: bytes, header: bytes, data: bytes) -> bytes:
    """header(4) | Lc | cipher text | MAC of an update."""
    text = Cipher(SM4(session), UPDATES).encryptor().update(pad(bytes([len(data)]) + data))
    head = header + bytes([len(text) + 4])
    return head + text + mac(session, head + text)


def unsealed(session: bytes, text: bytes) -> bytes:
    """The data in the cipher text of an update."""
    plain = Cipher(SM4(session), UPDATES).decryptor().update(text)
    return plain[1 : 1 + plain[0]]


def flagged(session: bytes, header: bytes, data: bytes = b"") -> bytes:
    """header(4) | Lc | data | MAC over all of it."""
    head = header + bytes([len(data) + 4]) + data
    return head + mac(session, head)


class Terminal:
    """A chip in a reader: 61xx and 6Cxx are resolved, `raw` is not."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        chip.reset()

    def raw(self, command: bytes) -> tuple[bytes, int]:
        answer = self.chip.transmit(command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def send(self, command: str | bytes) -> tuple[bytes, int]:
        raw = bytes.fromhex(command) if isinstance(command, str) else command
        data, sw = self.raw(raw)
        if sw >> 8 == 0x6C:
            data, sw = self.raw(raw[:4] + bytes([sw & 0xFF]))
        if sw >> 8 == 0x61:
            data, sw = self.raw(bytes.fromhex("00C00000") + bytes([sw & 0xFF]))
        return data, sw

    def sw(self, command: str | bytes) -> int:
        return self.send(command)[1]

    def ok(self, command: str | bytes) -> bytes:
        data, sw = self.send(command)
        assert sw == 0x9000, f"{sw:04X}"
        return data

    def challenge(self) -> bytes:
        return self.ok("0084000008")

    def authenticate(self, kid: int, key: bytes, *, text: bytes = TEXT, version: int = 1) -> int:
        shown = token(div(key, self.challenge()), text)
        return self.sw(bytes([0x00, 0x82, 0x00, kid, 0x11]) + shown + text + bytes([version]))

    def seal(self, header: str, data: bytes, key: bytes) -> int:
        return self.sw(sealed(div(key, self.challenge()), bytes.fromhex(header), data))

    def flag(self, header: str, key: bytes, data: bytes = b"") -> int:
        return self.sw(flagged(div(key, self.challenge()), bytes.fromhex(header), data))
