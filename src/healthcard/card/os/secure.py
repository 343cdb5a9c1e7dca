"""Updates as they travel, in clear or secured, and who may make them (card.md 1.2, 3.3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Protocol

from healthcard.card.os.core import Core
from healthcard.card.os.crypto import BLOCK, KeyInUse, stripped
from healthcard.card.os.files import NEVER, File, Form, Key, Usage
from healthcard.card.os.rules import RULES
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.facts import FACTS

MAC_LENGTH = FACTS.mac_length


class Payload(Protocol):
    """The data of an update before anybody has looked at its right."""

    def open(self, core: Core, file: File) -> bytes:
        """The clear data, once the security state and the form of `file` allow them; raises Denied."""
        ...


@dataclass(frozen=True, slots=True)
class Clear:
    """Data in clear."""

    data: bytes = field(repr=False)

    def open(self, core: Core, file: File) -> bytes:
        """Allowed while the card is made, later only where the file's form is plain."""
        if not core.at_making():
            require_update(core, file, file.access.update)
            if file.access.form is not Form.PLAIN:
                raise Denied(Word.MAC_MISSING)
        return self.data


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Enciphered data and MAC: `header` is CLA INS P1 P2 Lc, Lc counting both."""

    header: bytes
    body: bytes = field(repr=False)
    mac: bytes

    @classmethod
    def parse(cls, command: Command) -> Sealed:
        """Whole blocks and 4 bytes of MAC; raises Denied for other lengths."""
        body, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
        if not body or len(body) % BLOCK:
            raise Denied(Word.WRONG_LENGTH)
        return cls(header=header_of(command), body=body, mac=mac)

    def open(self, core: Core, file: File) -> bytes:
        """Allowed where the form asks for it or for less; needs the key, the last challenge and the right MAC."""
        if not core.at_making():
            require_update(core, file, file.access.update)
            if file.access.form is Form.MAC:
                raise Denied(Word.CONDITIONS)
        return self.unseal(core, maintenance_key(core, file))

    def unseal(self, core: Core, key: Key) -> bytes:
        """The clear data under `key`: block = length | data | 80 00.. ; raises Denied."""
        session = check_mac(core, key, self.header + self.body, self.mac)
        plain = stripped(session.decipher(self.body))
        if not plain or plain[0] != len(plain) - 1:
            raise Denied(Word.WRONG_DATA)
        return plain[1:]


def payload(command: Command) -> Payload:
    """Sealed for CLA 04, else clear."""
    return Sealed.parse(command) if command.cla & 0x04 else Clear(command.data)


def header_of(command: Command) -> bytes:
    """CLA INS P1 P2 Lc, the bytes a MAC covers before the data."""
    return command.header + bytes([len(command.data)])


def require_update(core: Core, file: File, condition: int) -> None:
    """Refuse unless `condition` is met, the form is not `none`, and the PIN was verified where it must be."""
    needs_pin = file.access.pin or _path(core, file) in core.facts.pin_lock_stops
    if file.access.form is Form.NONE or not core.permits(condition) or (needs_pin and not core.pin_verified()):
        raise Denied(Word.NOT_ALLOWED)


def maintenance_key(core: Core, file: File) -> Key:
    """The key of secure messaging for `file`: the one it names, else its directory's own."""
    kid = file.access.maintain
    directory = core.volatile.current
    key = directory.key_for(Usage.MAINTAIN) if kid == NEVER else core.holder(kid).keys.get(kid)
    if key is not None and key.usage is not Usage.MAINTAIN:
        raise Denied(Word.KEY_UNKNOWN)
    return core.usable(key)


def check_mac(core: Core, key: Key, covered: bytes, mac: bytes) -> KeyInUse:
    """The session key, once `mac` over `covered` is right under it; the challenge is spent either way."""
    session = core.session(key)
    if hmac.compare_digest(session.mac(covered), mac):
        if key.left != key.tries:
            core.restore_tries(key)
        return session
    if RULES.mac_costs_a_try:
        core.spend_try(key)
    raise Denied(Word.MAC_WRONG)


def _path(core: Core, file: File) -> str:
    return f"{core.volatile.current.fid:04X}/{file.fid:04X}"
