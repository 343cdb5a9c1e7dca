"""A conversation with one card: named operations on its files, keys, applications and PIN.

Paths are those of the layout ("DDF1/EF06", "DF03/ED02"). The session walks there as clients do, remembers where it
stands and which keys the card has accepted there, and forgets both as soon as it cannot be sure any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum

from healthcard.card.host import pin, secure
from healthcard.card.host.address import city_factor
from healthcard.card.host.authentication import (
    READER_TEXT,
    CardKey,
    KeyTries,
    external_authenticate,
    get_challenge,
    internal_authenticate,
)
from healthcard.card.host.channel import Channel
from healthcard.card.host.errors import Forbidden, NoKeys
from healthcard.card.host.place import ROOT, way
from healthcard.card.host.ports import CardAddress, CardKeys, Transport
from healthcard.card.wire import items, status, tlv
from healthcard.card.wire.apdu import LE_MAX, Command
from healthcard.card.wire.errors import CardError, MalformedAnswer
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import FREE, NEVER, File, Key, Layout, UpdateForm
from healthcard.card.wire.tlv import Tlv

STEP = 0x80  # bytes of READ and UPDATE BINARY per command, as clients do [T]
CITY_FILE, CITY_TAG = "DDF1/EF05", 0x39  # item 57, free to read: no key comes down without it
BLOCKED = 0x6283  # SELECT of an application that is blocked for the time being
BY_NUMBER = 0x04  # P2 of the record commands
APPEND = 0x03  # P2: previous of the first, which makes a new first record of a cyclic file

Protection = Callable[[Command, secure.MaintenanceKey], Command]


class Access(StrEnum):
    """The three ways into a file; the value is the layout's field that names the key."""

    READ = "read"
    UPDATE = "update"
    ERASE = "erase"


class CardSession:
    """One card in reach, its layout, and who uses its keys for us (`keys`, `address`: None for free files only).

    Raises CardGone, MalformedAnswer, Refused and its kin; an operation that returns was answered 9000.
    """

    def __init__(
        self, transport: Transport, layout: Layout, keys: CardKeys | None = None, address: CardAddress | None = None
    ) -> None:
        self.channel = Channel(transport, lost=self._forget)
        self.layout = layout
        self._keys = keys
        self._address = address
        self._directory: str | None = None  # None: unknown
        self._path: str | None = None  # of the file selected
        self._granted: set[str] = set()
        self._tries = KeyTries()

    def learn_address(self, chip: bytes) -> CardAddress:
        """Read the application city code (item 57) and know with `chip` (CHIP8) whose keys this card has.

        Raises Refused on a card that holds no such file yet, MalformedAnswer on one whose code was never set.
        """
        city = items.decode("cn", self.read_tag(CITY_FILE, CITY_TAG).value)
        self._address = CardAddress(chip=chip, city=city_factor(str(city)), version=FACTS.key_version)
        return self._address

    # Where we stand

    def reset(self) -> bytes:
        """Power cycle: the card stands at its MF and has forgotten all rights. Its answer to reset."""
        self._forget()
        answer = self.channel.reset()
        self._directory = ROOT
        return answer

    def select(self, path: str) -> None:
        """Stand on the file or directory at `path`; already there costs no command. Raises KeyError, Refused."""
        if path == self._path:
            return
        directory, _, name = path.partition("/")
        self._enter(directory)
        if name:
            with self._doubting():
                self._select_fid(self.layout.file(path).fid)
            self._path = path

    def open(self, path: str, access: Access = Access.READ) -> File:
        """Stand on the file at `path` with the right to read, update or erase; authenticates once per stay."""
        file = self.layout.file(path)
        self.select(path)
        key = getattr(file, access.value)
        if key == NEVER:
            raise Forbidden(f"{path} {file.zh}: the card lets nobody {access.value} it")
        if key != FREE and key not in self._granted:
            self.external_authenticate(key)
        return file

    # Files

    def read_record(self, path: str, number: int, length: int | None = None) -> bytes:
        """Record `number` (from 1; of a cyclic file 1 is the newest), raw; `length` bytes if the caller knows them."""
        return self._read(path, Command(cla=0, ins=0xB2, p1=number, p2=BY_NUMBER, le=length or LE_MAX), length)

    def read_tlv(self, path: str, number: int) -> Tlv:
        """Record `number` of a V file as tag and value."""
        item = self.layout.file(path).items[number - 1]
        return tlv.parse(self.read_record(path, number, item.length + 2))

    def read_tag(self, path: str, tag: int) -> Tlv:
        """The record of a V file with this `tag`; the card answering another one raises MalformedAnswer."""
        item = next(item for item in self.layout.file(path).items if item.tag == tag)
        record = tlv.parse(self._read(path, Command(cla=0, ins=0xB2, p1=tag, le=item.length + 2), item.length + 2))
        if record.tag != tag:
            raise MalformedAnswer(f"{path}: asked for tag {tag:02X}, the card sent {record.tag:02X}")
        return record

    def read_binary(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        """`length` bytes (default: to the end of the file) from `offset` of a transparent file."""
        end = self.layout.file(path).size if length is None else offset + length
        return b"".join(self._read_part(path, at, min(STEP, end - at)) for at in range(offset, end, STEP))

    def update_binary(self, path: str, offset: int, data: bytes) -> None:
        """Write `data` from `offset`, in steps; a card pulled in between holds the first steps only."""
        steps = [
            Command(cla=0, ins=0xD6, p1=at >> 8, p2=at & 0xFF, data=data[at - offset : at - offset + STEP])
            for at in range(offset, offset + len(data), STEP)
        ]
        self._update(path, *steps)

    def update_record(self, path: str, number: int, record: bytes) -> None:
        """Replace record `number` (raw: a V file wants tag | length | value), in the form the layout prescribes."""
        self._update(path, Command(cla=0, ins=0xDC, p1=number, p2=BY_NUMBER, data=record))

    def append_record(self, path: str, record: bytes) -> None:
        """Make `record` the newest of a cyclic file; the oldest falls out."""
        self._update(path, Command(cla=0, ins=0xDC, p2=APPEND, data=record))

    def mark_valid(self, path: str, number: int) -> None:
        """Set the flag of index record `number` to valid (00); needs the right to update."""
        self._update(path, Command(cla=0, ins=0xD2, p1=number, p2=BY_NUMBER))

    def erase_record(self, path: str, number: int) -> None:
        """Set the flag of index record `number` to invalid (FF); needs the right to erase."""
        self._update(path, Command(cla=0, ins=0x0C, p1=number, p2=BY_NUMBER))

    # Keys

    def external_authenticate(self, name: str, *, force: bool = False) -> None:
        """Gain the rights of key `name` in its directory, kept until we leave it.

        Raises WrongKey with the tries left; afterwards TriesSpared instead of trying again, unless `force`.
        """
        key = self.layout.key(name)
        keys, card = self._holder(name)
        self._enter(key.directory)
        self._granted.discard(name)
        with self._tries.spared(name, force=force):
            text = READER_TEXT if key.usage == "read" else get_challenge(self.channel)
            external_authenticate(self.channel, keys, CardKey(name=name, kid=key.kid, card=card), text=text)
        self._granted.add(name)

    def internal_authenticate(self, name: str = "IRK_DDF1") -> bool:
        """Whether the chip proves to be the card of this address (proof of presence; two fresh random values)."""
        keys, card = self._holder(name)
        key = self.layout.key(name)
        self._enter(key.directory)
        return internal_authenticate(self.channel, keys, CardKey(name=name, kid=key.kid, card=card))

    # Locks

    def block_application(self, directory: str, *, permanent: bool = False) -> None:
        """Lock the application "DF01".."DF03" (应用锁定); a permanent lock is for ever, also on one locked already."""
        self._authorise(directory, "lock_application")
        p2 = FACTS.block_permanent if permanent else FACTS.block_temporary
        self._order_signed(directory, Command(cla=secure.SIGNED, ins=0x1E, p2=p2))
        self._forget()

    def unblock_application(self, directory: str) -> None:
        """Lift a temporary lock; one for ever answers Refused 9303 (应用解锁)."""
        self._authorise(directory, "lock_application")
        self._order_signed(directory, Command(cla=secure.SIGNED, ins=0x18))
        self._forget()

    def block_card(self) -> None:
        """Lock the whole card for ever (卡片锁定). Nothing undoes this."""
        self._authorise(ROOT, "lock_card")
        self._order_signed(ROOT, Command(cla=secure.SIGNED, ins=0x16))
        self._forget()

    # The holder's PIN

    def verify_pin(self, digits: str) -> pin.PinOutcome:
        """Show the holder's PIN (4 to 6 digits) to the card; each wrong one costs a try."""
        self._enter(pin.DIRECTORY)
        return pin.verify(self.channel, digits)

    def change_pin(self, old: str, new: str) -> pin.PinOutcome:
        """Exchange the PIN by the old one."""
        self._enter(pin.DIRECTORY)
        return pin.change(self.channel, old, new)

    def reload_pin(self, new: str) -> pin.PinOutcome:
        """Set a new PIN under the issuer's maintenance key, whatever the old one was."""
        return self._pin_under_key(lambda key: pin.reload(self.channel, new, key))

    def unblock_pin(self, new: str | None = None) -> pin.PinOutcome:
        """Give a blocked PIN its tries back under the issuer's maintenance key; with `new` also a new value (解锁)."""
        return self._pin_under_key(lambda key: pin.unblock(self.channel, new, key))

    # How

    def _read_part(self, path: str, at: int, length: int) -> bytes:
        return self._read(path, Command(cla=0, ins=0xB0, p1=at >> 8, p2=at & 0xFF, le=length), length)

    def _read(self, path: str, command: Command, due: int | None) -> bytes:
        self.select(path)
        data = self.channel.expect(command).data
        if due is not None and len(data) != due:
            raise MalformedAnswer(f"{path}: asked for {due} bytes, the card sent {len(data)}")
        return data

    def _update(self, path: str, *steps: Command) -> None:
        self.select(path)
        file = self.layout.file(path)
        if file.form is UpdateForm.NONE:
            raise Forbidden(f"{path} {file.zh}: rewriting is forbidden after issue (禁止改写)")
        if file.form is UpdateForm.PLAIN:
            self.channel.order_all(steps)
            return
        cla, protect = _FORMS[file.form]
        for clear in steps:
            self._order_protected(str(file.maintain), replace(clear, cla=cla), protect)

    def _order_protected(self, name: str, command: Command, protect: Protection) -> None:
        """Have it done under maintenance key `name`; a card that calls our MAC wrong is not asked again."""
        with self._tries.spared(name):
            self.channel.order(protect(command, self._maintenance(name)))

    def _order_signed(self, directory: str, command: Command) -> None:
        self._order_protected(self._key_of(directory, "maintain").name, command, secure.signed)

    def _maintenance(self, name: str) -> secure.MaintenanceKey:
        keys, card = self._holder(name)
        return secure.MaintenanceKey(keys, name, card, get_challenge(self.channel))

    def _pin_under_key(self, act: Callable[[secure.MaintenanceKey], pin.PinOutcome]) -> pin.PinOutcome:
        self._enter(pin.DIRECTORY)
        with self._tries.spared(FACTS.pin_unblock_key):
            return act(self._maintenance(FACTS.pin_unblock_key))

    def _authorise(self, directory: str, usage: str) -> None:
        self._enter(directory, status.OK, BLOCKED)
        key = self._key_of(directory, usage)
        if key.name not in self._granted:
            self.external_authenticate(key.name)

    def _key_of(self, directory: str, usage: str) -> Key:
        for key in self.layout.keys:
            if key.directory == directory and key.usage == usage:
                return key
        raise NoKeys(f"{directory} has no key to {usage.replace('_', ' ')}")

    def _holder(self, name: str) -> tuple[CardKeys, CardAddress]:
        if self._keys is None or self._address is None:
            raise NoKeys(f"{name} is needed: connect the key service or a SAM")
        return self._keys, self._address

    def _enter(self, directory: str, *ok: int) -> None:
        steps = way(self.layout, self._directory, directory)
        if not steps:
            return
        with self._doubting():
            for step in steps:
                self._select_fid(step.fid, *(ok if step is steps[-1] else ()))
        self._granted.clear()
        self._directory, self._path = directory, None

    def _select_fid(self, fid: int, *ok: int) -> None:
        self.channel.expect(Command(cla=0, ins=0xA4, data=fid.to_bytes(2, "big")), *ok)

    @contextmanager
    def _doubting(self) -> Iterator[None]:
        """A SELECT that fails leaves us anywhere."""
        try:
            yield
        except CardError:
            self._forget()
            raise

    def _forget(self) -> None:
        self._directory = None
        self._path = None
        self._granted.clear()


_FORMS: dict[UpdateForm, tuple[int, Protection]] = {
    UpdateForm.MAC: (secure.SIGNED, secure.signed),
    UpdateForm.CIPHER: (secure.ENCIPHERED, secure.enciphered),
}
