"""What every product does when it is made: create files, take keys, show check values, end personalisation.

The products differ in how they say it; their adapters in `native/` parse into these types.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from healthcard.card.os.commands.pin import stored_form
from healthcard.card.os.core import Core
from healthcard.card.os.crypto import BLOCK, LOAD_MAC, stripped
from healthcard.card.os.files import (
    NAME_MAX,
    RESERVED_FIDS,
    SFI_MAX,
    Access,
    Directory,
    File,
    Key,
    Pin,
    Usage,
)
from healthcard.card.os.memory import CellWrite, DirectoryErase, DirectoryWrite, FileWrite, KeyWrite, PinWrite
from healthcard.card.os.secure import header_of
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.layout import Structure

KEY_LENGTH = 16
TRIES_MAX = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDirectory:
    """A new DF below the current directory; it becomes current."""

    act: ClassVar[str] = "CREATE FILE"
    fid: int
    name: bytes

    def run(self, core: Core) -> bytes:
        """Nothing."""
        parent = _making_place(core, self.fid)
        if not 1 <= len(self.name) <= NAME_MAX:
            raise Denied(Word.WRONG_DATA)
        if any(directory.name == self.name for directory in core.persistent.root.tree()):
            raise Denied(Word.EXISTS)
        if len(list(parent.lineage())) > core.product.depth:
            raise Denied(Word.CONDITIONS)
        _claim(core, core.product.directory_cost)
        made = Directory(fid=self.fid, name=self.name, parent=parent)
        core.journal.add(DirectoryWrite(parent, made))
        core.volatile.enter(made)
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFile:
    """A new elementary file in the current directory; it becomes the selected one. Figures as in File."""

    act: ClassVar[str] = "CREATE FILE"
    fid: int
    structure: Structure
    access: Access
    sfi: int
    size: int
    count: int
    record_size: int

    def run(self, core: Core) -> bytes:
        """Nothing."""
        directory = _making_place(core, self.fid)
        self._check(directory)
        _claim(core, core.product.file_cost + self.size)
        file = File(
            fid=self.fid,
            structure=self.structure,
            access=self.access,
            sfi=self.sfi,
            size=self.size,
            count=self.count,
            record_size=self.record_size,
        )
        core.journal.add(FileWrite(directory, file.fill()))
        core.volatile.file = file
        return b""

    def _check(self, directory: Directory) -> None:
        taken = self.sfi and any(file.sfi == self.sfi for file in directory.files.values())
        empty = self.size == 0 or (self.structure is not Structure.TRANSPARENT and self.count == 0)
        if self.sfi > SFI_MAX or taken or empty:
            raise Denied(Word.WRONG_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """A key as it came in."""

    kid: int
    usage: int
    version: int
    tries: int
    value: bytes = field(repr=False)

    def write(self, core: Core) -> KeyWrite:
        """The write that enters it; raises Denied."""
        known = Usage.INTERNAL <= self.usage <= Usage.READ
        if not known or not 1 <= self.tries <= TRIES_MAX or len(self.value) != KEY_LENGTH:
            raise Denied(Word.WRONG_DATA)
        current = core.volatile.current
        old = current.keys.get(self.kid)
        _replaceable(core, old)
        _claim(core, 0 if old else core.product.key_cost)
        usage = Usage(self.usage)
        key = Key(value=self.value, usage=usage, version=self.version, tries=self.tries, left=self.tries)
        return KeyWrite(current, self.kid, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinEntry:
    """The holder's PIN as it came in; it belongs to the directory below the MF (DDF1)."""

    tries: int
    length: int
    value: bytes = field(repr=False)

    def write(self, core: Core) -> PinWrite:
        """The write that enters it; raises Denied."""
        stored = stored_form(self.value, core.facts)
        if not 1 <= self.tries <= TRIES_MAX or self.length != len(self.value) or stored is None:
            raise Denied(Word.WRONG_DATA)
        current = core.volatile.current
        if current is not core.volatile.environment or current.parent is None:
            raise Denied(Word.CONDITIONS)
        _replaceable(core, current.pin)
        _claim(core, 0 if current.pin else core.product.key_cost)
        return PinWrite(current, Pin(value=stored, tries=self.tries, left=self.tries))


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteKey:
    """A key or the PIN under the chip's transport key: clear | cipher text | MAC4."""

    act: ClassVar[str] = "WRITE KEY"
    header: bytes
    clear: bytes
    sealed: bytes = field(repr=False)
    mac: bytes
    padded: bool
    read: Callable[[bytes, bytes], KeyEntry | PinEntry]

    @classmethod
    def parse(
        cls, command: Command, *, clear: int, padded: bool, read: Callable[[bytes, bytes], KeyEntry | PinEntry]
    ) -> WriteKey:
        """`clear` is the length of the clear part; `read` makes the entry of the clear part and the plain text."""
        body, mac = command.data[:-LOAD_MAC], command.data[-LOAD_MAC:]
        sealed = body[clear:]
        if not sealed or len(sealed) % BLOCK:
            raise Denied(Word.WRONG_LENGTH)
        return cls(header=header_of(command), clear=body[:clear], sealed=sealed, mac=mac, padded=padded, read=read)

    def run(self, core: Core) -> bytes:
        """Nothing."""
        _require_rights(core)
        machine = core.machine(core.persistent.transport)
        if not hmac.compare_digest(machine.mac_of_load(self.header + self.clear + self.sealed), self.mac):
            raise Denied(Word.MAC_WRONG)
        plain: bytes | None = machine.decipher_blocks(self.sealed)
        if self.padded and plain is not None:
            plain = stripped(plain)
        if plain is None:
            raise Denied(Word.WRONG_DATA)
        core.journal.add(self.read(self.clear, plain).write(core))
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """The check value of a key of the current directory."""

    act: ClassVar[str] = "KEY CHECK"
    kid: int

    def run(self, core: Core) -> bytes:
        """3 bytes."""
        _require_rights(core)
        return core.machine(core.usable(core.volatile.current.keys.get(self.kid))).check_value()


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseDirectory:
    """Take all content of the current directory away."""

    act: ClassVar[str] = "ERASE DF"

    def run(self, core: Core) -> bytes:
        """Nothing."""
        _require_rights(core)
        current = core.volatile.current
        if any(directory.block for directory in current.tree()):
            raise Denied(Word.BLOCKED_FOR_EVER)
        core.journal.add(DirectoryErase(current))
        core.volatile.file = None
        core.volatile.granted.clear()
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPersonalisation:
    """Blow the fuse: from here on only the access conditions of the files count."""

    act: ClassVar[str] = "END PERSONALISATION"

    def run(self, core: Core) -> bytes:
        """Nothing."""
        _require_rights(core)
        core.journal.add(CellWrite(core.persistent, "ended", value=True))
        core.volatile.rights = False
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What tells products with one answer to reset apart."""

    act: ClassVar[str] = "PROBE"

    def run(self, core: Core) -> bytes:
        """The product's identification, ASCII."""
        return core.product.probe


def _require_rights(core: Core) -> None:
    if not core.at_making():
        raise Denied(Word.NOT_ALLOWED)


def _making_place(core: Core, fid: int) -> Directory:
    """The current directory, if a file `fid` may be made in it."""
    _require_rights(core)
    current = core.volatile.current
    if fid in RESERVED_FIDS:
        raise Denied(Word.WRONG_DATA)
    if fid in current.files or fid in current.directories or fid == current.fid:
        raise Denied(Word.EXISTS)
    return current


def _replaceable(core: Core, old: Key | Pin | None) -> None:
    if old is None:
        return
    if not old.whole:
        raise Denied(Word.MEMORY_FAILED)
    if core.product.keys_once:
        raise Denied(Word.CONDITIONS)


def _claim(core: Core, cost: int) -> None:
    """Refuse what does not fit into the memory left."""
    product, root = core.product, core.persistent.root
    used = sum(
        product.directory_cost
        + sum(product.file_cost + file.size for file in directory.files.values())
        + product.key_cost * (len(directory.keys) + (directory.pin is not None))
        for directory in root.tree()
    )
    if used + cost > product.capacity:
        raise Denied(Word.NO_SPACE)
