"""APPLICATION BLOCK and UNBLOCK, CARD BLOCK (card.md 3.2; 第十三条: blocked for ever means for ever)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from healthcard.card.os.commands.request import length, parameters
from healthcard.card.os.core import Core
from healthcard.card.os.files import Block, Directory, Usage
from healthcard.card.os.memory import CellWrite
from healthcard.card.os.secure import MAC_LENGTH, check_mac, header_of
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationBlock:
    """Block the current application, for a time or for ever, as `kind` says."""

    act: ClassVar[str] = "APPLICATION BLOCK"
    kind: int
    header: bytes
    mac: bytes

    @classmethod
    def parse(cls, command: Command) -> ApplicationBlock:
        """84 1E 00 P2 04 MAC."""
        parameters(command, 0, command.p2)
        length(command, MAC_LENGTH)
        return cls(kind=command.p2, header=header_of(command), mac=command.data)

    def run(self, core: Core) -> bytes:
        """Nothing; what was authenticated in the application is forgotten."""
        kinds = {core.facts.block_temporary: Block.TEMPORARY, core.facts.block_permanent: Block.PERMANENT}
        if self.kind not in kinds:
            raise Denied(Word.WRONG_PARAMETERS)
        application = _application(core)
        _prove(core, application, Usage.LOCK_APPLICATION, self.header, self.mac)
        core.journal.add(CellWrite(application, "block", kinds[self.kind]))
        core.volatile.enter(application)
        core.granted(application).clear()
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationUnblock:
    """End a temporary block; a permanent one never comes this far."""

    act: ClassVar[str] = "APPLICATION UNBLOCK"
    header: bytes
    mac: bytes

    @classmethod
    def parse(cls, command: Command) -> ApplicationUnblock:
        """84 18 00 00 04 MAC."""
        parameters(command, 0, 0)
        length(command, MAC_LENGTH)
        return cls(header=header_of(command), mac=command.data)

    def run(self, core: Core) -> bytes:
        """Nothing."""
        application = _application(core)
        _prove(core, application, Usage.LOCK_APPLICATION, self.header, self.mac)
        if application.block is not Block.TEMPORARY:
            raise Denied(Word.CONDITIONS)
        core.journal.add(CellWrite(application, "block", Block.NONE))
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardBlock:
    """Block the whole card for ever."""

    act: ClassVar[str] = "CARD BLOCK"
    header: bytes
    mac: bytes

    @classmethod
    def parse(cls, command: Command) -> CardBlock:
        """84 16 00 00 04 MAC."""
        parameters(command, 0, 0)
        length(command, MAC_LENGTH)
        return cls(header=header_of(command), mac=command.data)

    def run(self, core: Core) -> bytes:
        """Nothing; it is the last 9000 of this card."""
        _prove(core, core.persistent.root, Usage.LOCK_CARD, self.header, self.mac)
        core.journal.add(CellWrite(core.persistent, "blocked", value=True))
        return b""


def _application(core: Core) -> Directory:
    current = core.volatile.current
    if current.parent is None:
        raise Denied(Word.CONDITIONS)
    return current


def _prove(core: Core, directory: Directory, usage: Usage, header: bytes, mac: bytes) -> None:
    """A key of `usage` was authenticated in the directory, and the MAC is right under the directory's own key."""
    granted = core.volatile.granted.get(directory, ())
    if not any(key.usage is usage and kid in granted for kid, key in directory.keys.items()):
        raise Denied(Word.NOT_ALLOWED)
    check_mac(core, core.usable(directory.key_for(Usage.MAINTAIN)), header, mac)
