"""Makes a SAM as the key service and the personalisation room would, with cipher code of its own."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from healthcard.card.os import sam
from healthcard.card.os.sam import Sam

SERIAL = bytes.fromhex("010203040506")
TRANSPORT_KEY = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
PIN = bytes.fromhex("246813")
RK1_DDF1, STK_DF01, STK_DF02, UK1_DDF1 = 0x31, 0x03, 0x04, 0x2A
OWN = bytes.fromhex("0F" * 16)
KEYS = {  # key id: P1 of DELIVERY KEY, value
    RK1_DDF1: (0x47, bytes.fromhex("11" * 16)),
    STK_DF01: (0x28, bytes.fromhex("22" * 16)),
    STK_DF02: (0x48, bytes.fromhex("33" * 16)),
    UK1_DDF1: (0x27, bytes.fromhex("44" * 16)),
}


def ecb(key: bytes, data: bytes) -> bytes:
    return Cipher(SM4(key), modes.ECB()).encryptor().update(data)


def div(key: bytes, factor: bytes) -> bytes:
    return ecb(key, factor + bytes(0xFF - byte for byte in factor))


def pad(data: bytes) -> bytes:
    data += b"\x80"
    return data + bytes(-len(data) % 16)


def mac(key: bytes, data: bytes, iv: bytes = bytes(16)) -> bytes:
    return Cipher(SM4(key), modes.CBC(iv)).encryptor().update(data)[-16:][:4]


def wrap(header: bytes, plain: bytes, key: bytes = TRANSPORT_KEY) -> bytes:
    text = ecb(key, pad(plain))
    header += bytes([len(text) + 4])
    return header + text + mac(key, pad(header + text))


def send(chip: Sam, command: str | bytes) -> tuple[bytes, int]:
    """Data and status word, 61xx and 6Cxx resolved as a T=0 reader does."""
    raw = bytes.fromhex(command) if isinstance(command, str) else command
    answer = chip.transmit(raw)
    if answer[-2] == 0x6C:
        answer = chip.transmit(raw[:4] + answer[-1:])
    if answer[-2] == 0x61:
        answer = chip.transmit(bytes.fromhex("00C00000") + answer[-1:])
    return answer[:-2], int.from_bytes(answer[-2:], "big")


def sw(chip: Sam, command: str | bytes) -> int:
    return send(chip, command)[1]


def open_for_personalisation(chip: Sam, key: bytes = TRANSPORT_KEY) -> int:
    challenge, _ = send(chip, "0084000008")
    text = bytes.fromhex("1122334455667788")
    answer = ecb(div(key, challenge), text + bytes(8))
    token = bytes(a ^ b for a, b in zip(answer[:8], answer[8:], strict=True))
    return sw(chip, bytes.fromhex("0082007F11") + token + text + b"\x01")


def personalised() -> Sam:
    chip = sam.blank(SERIAL, TRANSPORT_KEY)
    chip.reset()
    steps = [
        wrap(bytes.fromhex("84D40200"), b"\x03\x03" + PIN),
        wrap(bytes.fromhex("84D40100"), b"\x08\x01" + OWN),
        bytes.fromhex("00D695000E") + b"0000000042" + bytes.fromhex("01010101"),
        bytes.fromhex("00A4000002DF01"),
        *(wrap(bytes([0x84, 0xD4, 0x01, kid]), bytes([p1, 1]) + key) for kid, (p1, key) in KEYS.items()),
        bytes.fromhex("80100000"),
    ]
    answers = [open_for_personalisation(chip), *(sw(chip, step) for step in steps)]
    assert answers == [0x9000] * len(answers), [f"{answer:04X}" for answer in answers]
    chip.reset()
    return chip


def ready() -> Sam:
    """Personalised, PIN shown, DF01 current: as a terminal has it after start-up."""
    chip = personalised()
    assert sw(chip, bytes.fromhex("0020000003") + PIN) == 0x9000
    assert sw(chip, "00A4000002DF01") == 0x9000
    return chip
