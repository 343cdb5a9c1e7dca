"""GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE (card.md 3.1, 5.3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import ClassVar

from healthcard.card.os.commands.request import length, parameters
from healthcard.card.os.core import Core
from healthcard.card.os.crypto import HALF, KeyInUse
from healthcard.card.os.files import Key, Usage
from healthcard.card.os.memory import CellWrite
from healthcard.card.os.rules import RULES
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command

EXTERNAL_LENGTH = 2 * HALF + 1
INTERNAL_LENGTHS = (2 * HALF, 2 * HALF + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChallenge:
    """Ask for a challenge; the last one counts."""

    act: ClassVar[str] = "GET CHALLENGE"

    @classmethod
    def parse(cls, command: Command) -> GetChallenge:
        """00 84 00 00 08."""
        parameters(command, 0, 0)
        length(command, 0)
        return cls()

    def run(self, core: Core) -> bytes:
        """Fresh random bytes."""
        core.volatile.challenge = core.random(core.facts.challenge_length)
        return core.volatile.challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAuthenticate:
    """Show knowledge of key `kid`: `token` must be what the key makes of `text` and the last challenge."""

    act: ClassVar[str] = "EXTERNAL AUTHENTICATE"
    kid: int
    token: bytes
    text: bytes
    version: int

    @classmethod
    def parse(cls, command: Command) -> ExternalAuthenticate:
        """00 82 00 KID 11 AUTH8 T8 version."""
        parameters(command, 0, command.p2)
        length(command, EXTERNAL_LENGTH)
        data = command.data
        return cls(kid=command.p2, token=data[:HALF], text=data[HALF : 2 * HALF], version=data[-1])

    def run(self, core: Core) -> bytes:
        """Nothing; the security state is the effect."""
        if self._means_transport(core):
            core.admit("TRANSPORT AUTHENTICATION")
            left = self._wrong(core, core.usable(core.persistent.transport))
            core.volatile.rights = core.volatile.rights or left is None
        else:
            self._check_usage(core)
            left = self._wrong(core, core.key(self.kid))
            self._grant(core, right=left is None)
        if left is not None:
            raise Denied(Word.WRONG_TRIES + left)
        return b""

    def _grant(self, core: Core, *, right: bool) -> None:
        """A right answer opens what the key guards, a wrong one takes it back."""
        granted = core.granted(core.holder(self.kid))
        granted.discard(self.kid)
        if not right:
            return
        granted.add(self.kid)
        if core.persistent.ended and not core.persistent.used:
            core.journal.add(CellWrite(core.persistent, "used", value=True))

    def _means_transport(self, core: Core) -> bool:
        product = core.product
        in_place = core.volatile.current.parent is None or not product.transport_in_master
        return self.kid == product.transport_kid and in_place

    def _check_usage(self, core: Core) -> None:
        key = core.holder(self.kid).keys.get(self.kid)
        usable = RULES.while_blocked if core.volatile.blocked() else RULES.external
        if key is not None and key.usage not in usable:
            raise Denied(Word.CONDITIONS)

    def _wrong(self, core: Core, key: Key) -> int | None:
        """The tries left after a wrong answer, None after a right one; raises Denied when none was judged."""
        if self.version != key.version:
            raise Denied(Word.KEY_UNKNOWN)
        expected = core.session(key).token(self.text)
        left = core.spend_try(key)
        if not hmac.compare_digest(expected, self.token):
            return left
        core.restore_tries(key)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalAuthenticate:
    """Let the card show knowledge of its internal key: `seed` makes the session key, `text` is enciphered."""

    act: ClassVar[str] = "INTERNAL AUTHENTICATE"
    kid: int
    seed: bytes
    text: bytes
    version: int | None

    @classmethod
    def parse(cls, command: Command) -> InternalAuthenticate:
        """00 88 00 KID 10 T1 T2, or 11 with the key version behind."""
        parameters(command, 0, command.p2)
        length(command, *INTERNAL_LENGTHS)
        data = command.data
        version = data[2 * HALF] if len(data) > 2 * HALF else None
        return cls(kid=command.p2, seed=data[:HALF], text=data[HALF : 2 * HALF], version=version)

    def run(self, core: Core) -> bytes:
        """8 bytes."""
        key = core.key(self.kid)
        if key.usage is not Usage.INTERNAL or self.version not in (None, key.version):
            raise Denied(Word.KEY_UNKNOWN)
        session: KeyInUse = core.machine(key).session(self.seed)
        return session.token(self.text)
