"""The holder's PIN: VERIFY, CHANGE, RELOAD, UNBLOCK (card.md 3.2, 5.5; all of it assumed).

Old and new PIN come as BCD digits filled with F. RELOAD and UNBLOCK prove themselves by a MAC under the key the table
of facts names.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import ClassVar

from healthcard.card.os.commands.request import length, parameters
from healthcard.card.os.core import PIN_GRANT, Core
from healthcard.card.os.crypto import BLOCK
from healthcard.card.os.files import Directory, Key, Pin, Usage
from healthcard.card.os.memory import CellWrite
from healthcard.card.os.secure import MAC_LENGTH, Sealed, check_mac, header_of
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.facts import Facts

SEPARATOR = 0xFF
RELOAD, CHANGE = 0, 1
UNBLOCK_ONLY, UNBLOCK_AND_CHANGE = 0, 1
KEY_CLASSES = {"STK": Usage.MAINTAIN, "LK": Usage.LOCK_APPLICATION, "BK": Usage.LOCK_CARD}
MASTER = "MF"


def pin_length(facts: Facts) -> int:
    """Bytes of a stored PIN: enough for its longest."""
    return (facts.pin_digits[1] + 1) // 2


def stored_form(raw: bytes, facts: Facts) -> bytes | None:
    """`raw` BCD digits filled with F as the chip stores them; None when they are no PIN."""
    digits = raw.hex().rstrip("f")
    shortest, longest = facts.pin_digits
    if len(raw) > pin_length(facts) or not shortest <= len(digits) <= longest or not digits.isdecimal():
        return None
    return bytes.fromhex(digits.ljust(2 * pin_length(facts), "f"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Show knowledge of the PIN; an empty `pin` asks for the tries left."""

    act: ClassVar[str] = "VERIFY"
    reference: int
    pin: bytes = field(repr=False)

    @classmethod
    def parse(cls, command: Command) -> Verify:
        """00 20 00 00 Lc PIN; 00 20 00 00 alone asks (ISO 7816-4, 7.5.6)."""
        parameters(command, 0, command.p2)
        return cls(reference=command.p2, pin=command.data)

    def run(self, core: Core) -> bytes:
        """Nothing; the security state is the effect."""
        if self.reference != core.facts.pin_reference:
            raise Denied(Word.WRONG_PARAMETERS)
        pin = _pin(core)
        if not self.pin:
            return _tell(core, pin)
        _compare(core, pin, self.pin)
        core.granted(core.volatile.environment).add(PIN_GRANT)
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePin:
    """A new PIN by the one who knows the old: `both` is old | FF | new."""

    act: ClassVar[str] = "CHANGE PIN"
    both: bytes = field(repr=False)

    @classmethod
    def parse(cls, command: Command) -> ChangePin | ReloadPin:
        """80 5E 01 00 old FF new; 80 5E 00 00 new MAC."""
        if (command.p1, command.p2) == (RELOAD, 0):
            return ReloadPin.parse(command)
        parameters(command, CHANGE, 0)
        if not command.data:
            raise Denied(Word.WRONG_LENGTH)
        return cls(both=command.data)

    def run(self, core: Core) -> bytes:
        """Nothing."""
        pin = _pin(core)
        old, new = self._split(core.facts)
        _compare(core, pin, old)
        core.journal.add(CellWrite(pin, "value", new))
        return b""

    def _split(self, facts: Facts) -> tuple[bytes, bytes]:
        """The old PIN may itself end with FF: the separator is the first FF with a PIN on both sides."""
        for at, byte in enumerate(self.both):
            old, new = self.both[:at], stored_form(self.both[at + 1 :], facts)
            if byte == SEPARATOR and new is not None and stored_form(old, facts) is not None:
                return old, new
        raise Denied(Word.WRONG_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadPin:
    """A new PIN by the issuer: the old one is not asked for, the tries come back."""

    act: ClassVar[str] = "RELOAD PIN"
    header: bytes
    pin: bytes = field(repr=False)
    mac: bytes

    @classmethod
    def parse(cls, command: Command) -> ReloadPin:
        """80 5E 00 00 Lc new MAC4."""
        if len(command.data) <= MAC_LENGTH:
            raise Denied(Word.WRONG_LENGTH)
        return cls(header=header_of(command), pin=command.data[:-MAC_LENGTH], mac=command.data[-MAC_LENGTH:])

    def run(self, core: Core) -> bytes:
        """Nothing."""
        pin, new = _pin(core), stored_form(self.pin, core.facts)
        if new is None:
            raise Denied(Word.WRONG_DATA)
        check_mac(core, _issuer_key(core), self.header + self.pin, self.mac)
        _renew(core, pin, new)
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockPin:
    """Give a PIN its tries back: with `sealed` also another value."""

    act: ClassVar[str] = "UNBLOCK PIN"
    header: bytes
    mac: bytes
    sealed: Sealed | None

    @classmethod
    def parse(cls, command: Command) -> UnblockPin:
        """84 24 00 00 04 MAC; 84 24 00 01 14 cipher text MAC."""
        if (command.p1, command.p2) == (0, UNBLOCK_AND_CHANGE):
            length(command, BLOCK + MAC_LENGTH)
            return cls(header=b"", mac=b"", sealed=Sealed.parse(command))
        parameters(command, 0, UNBLOCK_ONLY)
        length(command, MAC_LENGTH)
        return cls(header=header_of(command), mac=command.data, sealed=None)

    def run(self, core: Core) -> bytes:
        """Nothing."""
        pin, key = _pin(core), _issuer_key(core)
        if self.sealed is None:
            check_mac(core, key, self.header, self.mac)
            _renew(core, pin, pin.value)
            return b""
        new = stored_form(self.sealed.unseal(core, key), core.facts)
        if new is None:
            raise Denied(Word.WRONG_DATA)
        _renew(core, pin, new)
        return b""


def _pin(core: Core) -> Pin:
    pin = core.volatile.environment.pin
    if pin is None:
        raise Denied(Word.CONDITIONS)
    if not pin.whole:
        raise Denied(Word.MEMORY_FAILED)
    return pin


def _compare(core: Core, pin: Pin, raw: bytes) -> None:
    """Spend a try, then compare; a wrong one takes the verified state back and raises Denied with the tries left."""
    _require_tries(pin)
    shown = stored_form(raw, core.facts)
    if shown is None:
        raise Denied(Word.WRONG_DATA)
    left = core.spend_try(pin)
    if not hmac.compare_digest(pin.value, shown):
        core.granted(core.volatile.environment).discard(PIN_GRANT)
        raise Denied(Word.WRONG_TRIES + left)
    core.restore_tries(pin)


def _tell(core: Core, pin: Pin) -> bytes:
    """Nothing when the PIN was verified already; else raises Denied with the tries left. Costs none."""
    _require_tries(pin)
    if not core.pin_verified():
        raise Denied(Word.WRONG_TRIES + pin.left)
    return b""


def _require_tries(pin: Pin) -> None:
    """A PIN without tries is spent, whatever the tables stop by its lock: only the issuer's key renews it."""
    if pin.left == 0:
        raise Denied(Word.KEY_BLOCKED)


def _renew(core: Core, pin: Pin, value: bytes) -> None:
    core.journal.add(CellWrite(pin, "value", value))
    core.journal.add(CellWrite(pin, "left", pin.tries))


def _issuer_key(core: Core) -> Key:
    """The key the table of facts names, such as STK_DDF1: its class, and the directory it lives in."""
    kind, _, place = core.facts.pin_unblock_key.rpartition("_")
    directory = _directory(core.persistent.root, place)
    return core.usable(directory.key_for(KEY_CLASSES[kind]) if directory else None)


def _directory(root: Directory, place: str) -> Directory | None:
    if place == MASTER:
        return root
    return next((found for found in root.tree() if f"{found.fid:04X}" == place), None)
