"""Read a whole card: every file of its layout, protected ones by whoever holds the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from healthcard.card.host.content import CardContent, Field, FileContent, FileStatus, Record
from healthcard.card.host.session import CardSession
from healthcard.card.wire import tlv
from healthcard.card.wire.errors import CardError, CardGone, MalformedAnswer, Refused
from healthcard.card.wire.layout import File, Item, Structure

FILE_NOT_FOUND = 0x6A82
RECORD_NOT_FOUND = 0x6A83
PHOTO = 385  # item: length (2 bytes) and a JPEG of at most 3072 bytes (card.md 2)
PHOTO_LENGTH = 2


def read_card(session: CardSession, answer: bytes = b"") -> CardContent:
    """Every file of the session's layout; `answer` is the card's answer to reset. Raises CardGone, nothing else.

    A file that cannot be read carries the reason; a key the card refused is not tried a second time.
    """
    files = tuple(read_file(session, file) for file in session.layout.files)
    return CardContent(answer=answer, layout=session.layout.name, files=files)


def read_file(session: CardSession, file: File) -> FileContent:
    """One file. Raises CardGone."""
    try:
        session.open(file.path)
        records = tuple(_READERS[file.structure](session, file))
    except CardGone:
        raise
    except CardError as error:
        absent = isinstance(error, Refused) and error.sw == FILE_NOT_FOUND
        return FileContent(
            file=file,
            status=FileStatus.ABSENT if absent else FileStatus.REFUSED,
            why="" if absent else str(error),
        )
    return FileContent(file=file, status=FileStatus.OK, records=records)


def _tagged(session: CardSession, file: File) -> Iterator[Record]:
    """V: the file's items, each in a record of its own; told as one record of many fields. Emptied items have none."""
    fields = (_tagged_field(session, file, item) for item in file.items if item.length)
    yield Record(number=1, fields=tuple(fields))


def _tagged_field(session: CardSession, file: File, item: Item) -> Field:
    raw = _record(session, file, item.record or 0, item.length + 2)
    if raw is None:
        return Field(item=item, raw=None)
    record = tlv.parse(raw)
    if record.tag != item.tag:
        raise MalformedAnswer(f"{file.path}: record {item.record} has tag {record.tag:02X}, not {item.tag:02X}")
    return Field(item=item, raw=record.value)


def _numbered(session: CardSession, file: File) -> Iterator[Record]:
    """F and Y: records of one size, the newest of a cyclic file first, until the card has no more."""
    for number in range(1, file.records + 1):
        raw = _record(session, file, number, file.record_size)
        if raw is None:
            return
        yield Record(number=number, fields=split(file, raw))


def _transparent(session: CardSession, file: File) -> Iterator[Record]:
    """T: one record; of the photo only what its length says."""
    raw = _photo(session, file) if file.items[0].no == PHOTO else session.read_binary(file.path)
    yield Record(number=1, fields=split(file, raw))


def _photo(session: CardSession, file: File) -> bytes:
    """Length and image, nothing when no photo was written. Clients read no more either (card.md 7, sequence 4)."""
    head = session.read_binary(file.path, 0, PHOTO_LENGTH)
    length = int.from_bytes(head, "big")
    if length > file.size - PHOTO_LENGTH:
        return b""
    return head + session.read_binary(file.path, PHOTO_LENGTH, length)


def split(file: File, raw: bytes) -> tuple[Field, ...]:
    """A record without tags, cut at the items' offsets."""
    return tuple(
        Field(item=item, raw=raw[item.offset : (item.offset or 0) + item.length]) for item in file.items if item.length
    )


def _record(session: CardSession, file: File, number: int, length: int) -> bytes | None:
    """Record `number`, None where the card has none."""
    try:
        return session.read_record(file.path, number, length)
    except Refused as refused:
        if refused.sw == RECORD_NOT_FOUND:
            return None
        raise


_READERS: dict[Structure, Callable[[CardSession, File], Iterator[Record]]] = {
    Structure.VARIABLE: _tagged,
    Structure.FIXED: _numbered,
    Structure.CYCLIC: _numbered,
    Structure.TRANSPARENT: _transparent,
}
