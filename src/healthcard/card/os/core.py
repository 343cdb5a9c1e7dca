"""The chip inside: its product, its two states, its journal, and the security questions every command asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from healthcard.card.os.crypto import KeyInUse
from healthcard.card.os.files import FREE, LOCAL, NEVER, Block, Directory, File, Key, Pin
from healthcard.card.os.memory import CellWrite, Journal
from healthcard.card.os.product import Product
from healthcard.card.os.rules import RULES
from healthcard.card.os.state import Persistent, Volatile
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.facts import Facts

PIN_GRANT = 0x100  # stands among key references for "the PIN was verified"
REFUSED_IN_BLOCK = {Block.TEMPORARY: Word.CONDITIONS, Block.PERMANENT: Word.BLOCKED_FOR_EVER}


@dataclass(slots=True, eq=False, kw_only=True)
class Core:
    """What a command works on."""

    product: Product
    facts: Facts
    random: Callable[[int], bytes]
    persistent: Persistent
    volatile: Volatile
    journal: Journal = field(default_factory=Journal)

    def admit(self, act: str) -> None:
        """The one gate before every act: stage of life, blocked application, locked PIN."""
        stages = RULES.life.get(act)
        if stages is not None and self.persistent.life not in stages:
            raise Denied(Word.CONDITIONS)
        block = self.volatile.blocked()
        if block and act not in RULES.blocked[block]:
            raise Denied(REFUSED_IN_BLOCK[block])
        if act in self.facts.pin_lock_stops and self.pin_locked():
            raise Denied(Word.KEY_BLOCKED)

    def file(self) -> File:
        """The selected file; raises Denied."""
        file = self.volatile.file
        if file is None:
            raise Denied(Word.NO_FILE)
        return file

    def holder(self, kid: int) -> Directory:
        """The directory a key reference or access byte means, as seen from the current one (card.md 5.1)."""
        return self.volatile.current if kid & LOCAL else self.volatile.environment

    def key(self, kid: int) -> Key:
        """The key behind a reference, fit for use; raises Denied."""
        return self.usable(self.holder(kid).keys.get(kid))

    def usable(self, key: Key | None) -> Key:
        """`key`, if it is there, whole, and has tries left."""
        if key is None:
            raise Denied(Word.KEY_UNKNOWN)
        if not key.whole:
            raise Denied(Word.MEMORY_FAILED)
        if key.left == 0:
            raise Denied(Word.KEY_BLOCKED)
        return key

    def machine(self, key: Key) -> KeyInUse:
        """The cipher machine set to `key`, kept until reset."""
        found = self.volatile.machines.get(key.value)
        if found is None:
            found = self.volatile.machines[key.value] = KeyInUse(key.value, self.facts)
        return found

    def session(self, key: Key) -> KeyInUse:
        """The one-time key of `key` and the last challenge, which is spent by it; raises Denied without one."""
        challenge, self.volatile.challenge = self.volatile.challenge, None
        if challenge is None:
            raise Denied(Word.NO_CHALLENGE)
        return self.machine(key).session(challenge)

    def permits(self, condition: int) -> bool:
        """Whether an access byte is met: F0 free, FF never, else an authenticated key."""
        if condition in (FREE, NEVER):
            return condition == FREE
        return condition in self.volatile.granted.get(self.holder(condition), ())

    def require_read(self, file: File) -> None:
        """Refuse unless `file` of the current directory may be read."""
        if not self.at_making() and not self.permits(file.access.read):
            raise Denied(Word.NOT_ALLOWED)

    def granted(self, directory: Directory) -> set[int]:
        """The authenticated references of `directory`, to be added to."""
        return self.volatile.granted.setdefault(directory, set())

    def spend_try(self, secret: Key | Pin) -> int:
        """One try less, written before anything is compared; the tries left."""
        left = max(secret.left - 1, 0)
        self.journal.add(CellWrite(secret, "left", left))
        return left

    def restore_tries(self, secret: Key | Pin) -> None:
        """All tries again after a success, if the table of facts says so."""
        left = secret.tries if self.facts.restored_by_success else secret.left
        self.journal.add(CellWrite(secret, "left", left))

    def pin_locked(self) -> bool:
        """Whether the PIN of the environment has no tries left."""
        pin = self.volatile.environment.pin
        return pin is not None and pin.left == 0

    def pin_verified(self) -> bool:
        """Whether the PIN was verified and its directory not left since."""
        return PIN_GRANT in self.volatile.granted.get(self.volatile.environment, ())

    def at_making(self) -> bool:
        """Personalisation rights: gained by the transport key, gone at the end of personalisation."""
        return self.volatile.rights and not self.persistent.ended
