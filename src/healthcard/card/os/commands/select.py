"""SELECT, by file identifier or by name (card.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from healthcard.card.os.commands.request import length
from healthcard.card.os.core import Core
from healthcard.card.os.files import MASTER_FID, NAME_MAX, Block, Directory, File
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command

BY_FID = 0x00
BY_NAME = 0x04
FCI, NOTHING = 0x00, 0x0C  # P2: what the answer holds (ISO 7816-4, 7.1.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Select by `fid`, or by `name` when fid is None; `told` whether an FCI is wanted."""

    act: ClassVar[str] = "SELECT"
    fid: int | None
    name: bytes = b""
    told: bool

    @classmethod
    def parse(cls, command: Command) -> Select:
        """00 A4 00 P2 [02 FID], no FID meaning the MF; 00 A4 04 P2 Lc name (1..16); P2 = 00, or 0C for no FCI."""
        if command.p2 not in (FCI, NOTHING):
            raise Denied(Word.WRONG_PARAMETERS)
        told = command.p2 == FCI
        if command.p1 == BY_FID:
            length(command, 0, 2)
            fid = int.from_bytes(command.data, "big") if command.data else MASTER_FID
            return cls(fid=fid, told=told)
        if command.p1 == BY_NAME:
            length(command, *range(1, NAME_MAX + 1))
            return cls(fid=None, name=command.data, told=told)
        raise Denied(Word.WRONG_PARAMETERS)

    def run(self, core: Core) -> bytes:
        """The FCI of a directory if it is wanted, nothing for an elementary file."""
        information = self._select(core)
        return information if self.told else b""

    def _select(self, core: Core) -> bytes:
        if self.fid is None:
            return enter(core, _named(core.persistent.root, self.name))
        file = core.volatile.current.files.get(self.fid)
        if file is None:
            return enter(core, _near(core, self.fid))
        core.volatile.file = selectable(core, file)
        return b""


def enter(core: Core, directory: Directory) -> bytes:
    """Make a directory current unless it is unusable or blocked for ever; its FCI."""
    if not all(above.whole for above in directory.lineage()):
        raise Denied(Word.MEMORY_FAILED)
    block = directory.blocked()
    if block is Block.PERMANENT:
        raise Denied(Word.BLOCKED_FOR_EVER)
    core.volatile.enter(directory)
    if block is Block.TEMPORARY:
        raise Denied(Word.APPLICATION_BLOCKED)
    return _control_information(core, directory)


def selectable(core: Core, file: File) -> File:
    """`file` of the current directory, unless it is unusable or the application blocked."""
    block = core.volatile.blocked()
    if block:
        raise Denied(Word.APPLICATION_BLOCKED if block is Block.TEMPORARY else Word.BLOCKED_FOR_EVER)
    if not file.whole:
        raise Denied(Word.MEMORY_FAILED)
    return file


def target(core: Core, sfi: int) -> File:
    """The file a command works on: by short identifier, or the selected one for 0. It is selected by success alone."""
    if sfi == 0:
        return core.file()
    found = next((file for file in core.volatile.current.files.values() if file.sfi == sfi), None)
    if found is None:
        raise Denied(Word.FILE_UNKNOWN)
    return selectable(core, found)


def _near(core: Core, fid: int) -> Directory:
    """Search order: child, sibling, parent, MF (card.md 3.1)."""
    current, root = core.volatile.current, core.persistent.root
    parent = current.parent or root
    found = current.directories.get(fid) or parent.directories.get(fid)
    if found is None:
        found = next((directory for directory in (parent, root) if directory.fid == fid), None)
    if found is None:
        raise Denied(Word.FILE_UNKNOWN)
    return found


def _named(root: Directory, name: bytes) -> Directory:
    found = next((directory for directory in root.tree() if directory.name == name), None)
    if found is None:
        raise Denied(Word.FILE_UNKNOWN)
    return found


def _control_information(core: Core, directory: Directory) -> bytes:
    """6F len 84 len name, and what the product puts behind it (card.md 1.1)."""
    if directory.parent is None and not core.product.master_fci:
        return b""
    body = bytes([0x84, len(directory.name)]) + directory.name + core.product.proprietary
    return bytes([0x6F, len(body)]) + body
