"""The SAM's commands on files and on its PIN (card.md 3.1, 5.5, 5.6)."""

from __future__ import annotations

import hmac

from healthcard.card.os.crypto import KeyInUse
from healthcard.card.os.sam_memory import FILLER, PRODUCT, SamFile, SamPin
from healthcard.card.os.sam_session import MF, SamSession
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.facts import FACTS

PIN_SEPARATOR = b"\xff"  # between old and new PIN: no BCD byte looks so


def select(session: SamSession, command: Command) -> bytes:
    """SELECT by FID or by name; a directory answers its FCI, a file nothing."""
    fid = _directory_named(command.data) if (command.p1, command.p2) == (4, 0) else _fid(command)
    if fid in PRODUCT.directories:
        session.enter(fid)
        return _fci(PRODUCT.directories[fid])
    session.select(fid)
    return b""


def read_binary(session: SamSession, command: Command) -> bytes:
    """READ BINARY of the selected file, or of the one named by its SFI; reading is free."""
    file, offset = _place(session, command)
    content = _content(session, file)[offset:]
    if not content:
        raise Denied(Word.WRONG_OFFSET)
    return content


def update_clear(session: SamSession, command: Command) -> bytes:
    """UPDATE BINARY while the SAM is personalised."""
    session.need_rights()
    _write(session, command, command.data)
    return b""


def update_with_mac(session: SamSession, command: Command) -> bytes:
    """UPDATE BINARY with MAC: `data | MAC4` under the session key of the SAM's own maintenance key."""
    if len(command.data) <= FACTS.mac_length:
        raise Denied(Word.MAC_MISSING)
    data, mac = command.data[: -FACTS.mac_length], command.data[-FACTS.mac_length :]
    key = session.memory.keys.get((MF, PRODUCT.maintain_kid))
    if key is None:
        raise Denied(Word.KEY_UNKNOWN)
    once = KeyInUse(key.value).session(session.take_challenge())
    signed = command.header + bytes([len(command.data)]) + data
    if not hmac.compare_digest(once.mac(signed), mac):
        raise Denied(Word.MAC_WRONG)
    _write(session, command, data)
    return b""


def verify(session: SamSession, command: Command) -> bytes:
    """VERIFY PIN, 2 or 3 BCD bytes; without data it asks for the tries left."""
    pin = _pin(session, command, p1=0)
    if not command.data:
        if session.verified:
            return b""
        raise Denied(Word.WRONG_TRIES | pin.left if pin.left else Word.KEY_BLOCKED)
    if len(command.data) not in PRODUCT.pin_lengths:
        raise Denied(Word.WRONG_LENGTH)
    _try(session, pin, command.data)
    session.verified = True
    return b""


def change_pin(session: SamSession, command: Command) -> bytes:
    """CHANGE PIN: `old FF new`, each 2 or 3 BCD bytes; a wrong old PIN costs a try."""
    pin = _pin(session, command, p1=1)
    old, separator, new = command.data.partition(PIN_SEPARATOR)
    if not separator or {len(old), len(new)} - set(PRODUCT.pin_lengths):
        raise Denied(Word.WRONG_LENGTH)
    if not new.hex().isdecimal():
        raise Denied(Word.WRONG_DATA)
    _try(session, pin, old)
    pin.digits = new
    session.wrote()
    return b""


def _fid(command: Command) -> int:
    if command.p1 or command.p2:
        raise Denied(Word.WRONG_PARAMETERS)
    if len(command.data) != 2:
        raise Denied(Word.WRONG_LENGTH)
    return int.from_bytes(command.data, "big")


def _directory_named(name: bytes) -> int:
    for fid, own in PRODUCT.directories.items():
        if own == name:
            return fid
    raise Denied(Word.FILE_UNKNOWN)


def _fci(name: bytes) -> bytes:
    body = bytes([0x84, len(name)]) + name + bytes.fromhex("A500")
    return bytes([0x6F, len(body)]) + body


def _place(session: SamSession, command: Command) -> tuple[SamFile, int]:
    """The file meant and the offset in it: P1 with bit 8 names the file by SFI (ISO 7816-4, 7.2.2)."""
    if command.p1 & 0x80:
        if command.p1 & 0x60:
            raise Denied(Word.WRONG_PARAMETERS)
        session.select_short(command.p1 & 0x1F)
        offset = command.p2
    else:
        offset = command.p1 << 8 | command.p2
    if session.file is None:
        raise Denied(Word.NO_FILE)
    return session.file, offset


def _content(session: SamSession, file: SamFile) -> bytes:
    return session.memory.contents.get((file.directory, file.fid), FILLER * file.size)


def _write(session: SamSession, command: Command, data: bytes) -> None:
    file, offset = _place(session, command)
    if offset >= file.size:
        raise Denied(Word.WRONG_OFFSET)
    if not data or offset + len(data) > file.size:
        raise Denied(Word.WRONG_LENGTH)
    content = _content(session, file)
    session.memory.contents[(file.directory, file.fid)] = content[:offset] + data + content[offset + len(data) :]
    session.wrote()


def _pin(session: SamSession, command: Command, *, p1: int) -> SamPin:
    """The PIN, which lives in the MF and is addressed with P2 = 00; 6983 once it is blocked."""
    if (command.p1, command.p2) != (p1, 0):
        raise Denied(Word.WRONG_PARAMETERS)
    if session.directory != MF:
        raise Denied(Word.KEY_UNKNOWN)
    if session.memory.pin is None:
        raise Denied(Word.CONDITIONS)
    if command.data and session.memory.pin.left == 0:
        raise Denied(Word.KEY_BLOCKED)
    return session.memory.pin


def _try(session: SamSession, pin: SamPin, digits: bytes) -> None:
    """Compare: a wrong PIN costs a try and the verified state, the right one gives all tries back."""
    right = hmac.compare_digest(pin.digits, digits)
    left = pin.most if right else pin.left - 1
    if pin.left != left:
        pin.left = left
        session.wrote()
    if not right:
        session.verified = False
        raise Denied(Word.WRONG_TRIES | left)
