"""What a rehearsed card must let happen, and refuse: each key tried in its office, each file with and without its keys.

Done on virtual chips only: it costs tries, changes contents, and ends with the card blocked for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from healthcard.card.host.pin import PinNotSet, PinWrong
from healthcard.card.host.session import Access, CardSession
from healthcard.card.wire import status
from healthcard.card.wire.apdu import LE_MAX, Command
from healthcard.card.wire.errors import CardError, Refused
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import FREE, NEVER, File, Key, Structure, UpdateForm
from healthcard.perso.image import FRESH, CardImage
from healthcard.perso.verification import Fault

TO_AUTHENTICATE = frozenset({"update", "erase", "read", "lock_application", "lock_card"})
NO_PIN = "000000"  # no initial PIN is six times the same digit
CARD_BLOCKED = 0x6A81


def of_keys(session: CardSession, image: CardImage) -> Iterator[Fault]:
    """Every key that opens something opens it; the PIN is there with all its tries. Maintenance keys: `of_access`."""
    for name in image.keys:
        key = image.layout.key(name)
        if key.usage in TO_AUTHENTICATE:
            yield from _accepted(session, key)
    outcome = session.verify_pin(NO_PIN)
    if image.pin and outcome != PinWrong(FACTS.pin_tries - 1):
        yield Fault(path="DDF1", what="the PIN is not there with all its tries")
    if not image.pin and outcome != PinNotSet():
        yield Fault(path="DDF1", what="there is a PIN where none is planned")


def of_access(session: CardSession, image: CardImage) -> list[Fault]:
    """Every access condition, the tries of every key, and the locks; the chip is dead afterwards."""
    faults: list[Fault] = []
    for name in image.keys:
        key = image.layout.key(name)
        if key.usage in TO_AUTHENTICATE:
            faults += _tries(session, key)
    for file in image.layout.files:
        faults += _file(session, file, image)
    faults += _locks(session, image)
    return faults


def _accepted(session: CardSession, key: Key) -> Iterator[Fault]:
    try:
        session.external_authenticate(key.name)
    except Refused as refused:
        yield Fault(path=key.directory, what=f"{key.name} is refused: {refused}")


def _tries(session: CardSession, key: Key) -> Iterator[Fault]:
    """One wrong authentication must cost one try of all, and the right one give it back."""
    session.select(key.directory)
    session.channel.expect(Command(cla=0, ins=0x84, le=FACTS.challenge_length))
    wrong = Command(cla=0, ins=0x82, p2=key.kid, data=bytes(16) + bytes([FACTS.key_version]))
    sw = session.channel.send(wrong).sw
    if status.tries_left(sw) != FACTS.key_tries - 1:
        yield Fault(path=key.directory, what=f"{key.name} does not have {FACTS.key_tries} tries: {sw:04X}")
    yield from _accepted(session, key)


def _file(session: CardSession, file: File, image: CardImage) -> Iterator[Fault]:
    """Refused without the keys, allowed with them, in the form of the layout only."""
    clear = clear_update(file, image)
    session.reset()
    session.select(file.path)
    readable = session.channel.send(_read(file)).sw in (status.OK, _NO_RECORD)
    if readable != (file.read == FREE):
        yield Fault(path=file.path, what=f"{file.path} can {'' if readable else 'not '}be read without a key")
    if session.channel.send(clear).sw == status.OK:
        yield Fault(path=file.path, what=f"{file.path} can be written without a key")
    try:
        yield from _by_short_identifier(session, file)
        if file.update == NEVER:
            return
        yield from _update(session, file, image, clear)
    except CardError as error:
        yield Fault(path=file.path, what=f"{file.path} does not take an update in its form: {error}")


def _by_short_identifier(session: CardSession, file: File) -> Iterator[Fault]:
    """Read from the directory, naming the file by its short identifier."""
    session.open(file.path)
    if file.sfi is None:
        return
    fid = session.layout.directory(file.directory).fid
    session.channel.expect(Command(cla=0, ins=0xA4, data=fid.to_bytes(2, "big")))
    command = Command(cla=0, ins=0xB2, p1=1, p2=file.sfi << 3 | 0x04, le=LE_MAX)
    if file.structure is Structure.TRANSPARENT:
        command = Command(cla=0, ins=0xB0, p1=0x80 | file.sfi, le=LE_MAX)
    sw = session.channel.send(command).sw
    session.reset()  # the session does not know what the short identifier has selected
    if sw not in (status.OK, _NO_RECORD):
        yield Fault(path=file.path, what=f"{file.path} is not known by its short identifier: {sw:04X}")


def _update(session: CardSession, file: File, image: CardImage, clear: Command) -> Iterator[Fault]:
    session.open(file.path, Access.UPDATE)
    if file.form is not UpdateForm.PLAIN and session.channel.send(clear).sw == status.OK:
        yield Fault(path=file.path, what=f"{file.path} takes an update in clear")
    _UPDATES[file.structure](session, file, image)
    if file.erase != NEVER:
        session.open(file.path, Access.ERASE)
        session.erase_record(file.path, 1)


def clear_update(file: File, image: CardImage) -> Command:
    """The update that nobody may send in clear after issue, unless the form is plain: the same content again."""
    data = _sample(file, image)
    if file.structure is Structure.TRANSPARENT:
        return Command(cla=0, ins=0xD6, data=data)
    if file.structure is Structure.CYCLIC:
        return Command(cla=0, ins=0xDC, p2=0x03, data=data)
    return Command(cla=0, ins=0xDC, p1=1, p2=0x04, data=data)


def _sample(file: File, image: CardImage) -> bytes:
    planned = image.file(file.path)
    if file.structure is Structure.TRANSPARENT:
        return planned.content[:1]
    return planned.records[0] if planned.records else FRESH * file.record_size


def _read(file: File) -> Command:
    if file.structure is Structure.TRANSPARENT:
        return Command(cla=0, ins=0xB0, le=1)
    return Command(cla=0, ins=0xB2, p1=1, p2=0x04, le=LE_MAX)


_NO_RECORD = 0x6A83
_UPDATES: dict[Structure, Callable[[CardSession, File, CardImage], None]] = {
    Structure.TRANSPARENT: lambda session, file, image: session.update_binary(file.path, 0, _sample(file, image)),
    Structure.VARIABLE: lambda session, file, image: session.update_record(file.path, 1, _sample(file, image)),
    Structure.CYCLIC: lambda session, file, image: session.append_record(file.path, _sample(file, image)),
    Structure.FIXED: lambda session, file, _: session.mark_valid(file.path, 1),
}


def _locks(session: CardSession, image: CardImage) -> Iterator[Fault]:
    """Each application can be locked and unlocked by its keys, and the card ended for ever (第十三条)."""
    session.reset()
    try:
        for key in image.layout.keys:
            if key.usage == "lock_application" and key.name in image.keys:
                session.block_application(key.directory)
                session.unblock_application(key.directory)
        session.block_card()
    except CardError as error:
        yield Fault(path="MF", what=f"locking does not work: {error}")
        return
    session.reset()
    if session.channel.send(Command(cla=0, ins=0xA4, data=b"\x3f\x00")).sw != CARD_BLOCKED:
        yield Fault(path="MF", what="the card is not dead after CARD BLOCK")
