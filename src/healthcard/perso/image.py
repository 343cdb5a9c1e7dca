"""The card image: everything one resident's card will hold, encoded, the same for every COS product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from healthcard.card.wire import items as wire_items
from healthcard.card.wire.items import ItemError
from healthcard.card.wire.layout import File, Item, Layout, Structure
from healthcard.card.wire.tlv import Tlv
from healthcard.domain.names import NameNeedsReview
from healthcard.domain.resident import Resident
from healthcard.perso.application import Application
from healthcard.perso.digest import sm3
from healthcard.perso.errors import BadImage
from healthcard.perso.issue import IssueData
from healthcard.perso.sources import PHOTO_LENGTH, Source, Subject, rows

FRESH = b"\xff"  # what a new T or F file is filled with


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImage:
    """The content of one file: `content` of a T file in its full size, else `records` from number 1.

    V: each record as TLV; F: each record; Y: only those set, the newest first.
    """

    path: str
    structure: Structure
    content: bytes = field(default=b"", repr=False)
    records: tuple[bytes, ...] = field(default=(), repr=False)

    def encode(self) -> bytes:
        """Content and records with their lengths, for digests."""
        parts = (self.content, *self.records)
        return self.path.encode() + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardImage:
    """One card's files in the order of creation, the names of its keys, whether it gets a PIN, and CITY8."""

    layout: Layout = field(repr=False)
    application: str
    version: int
    files: tuple[FileImage, ...] = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    pin: bool
    city8: bytes

    def file(self, path: str) -> FileImage:
        """The content planned for the file at `path`; raises KeyError."""
        for image in self.files:
            if image.path == path:
                return image
        raise KeyError(path)

    @property
    def digest(self) -> bytes:
        """SM3 (32 bytes) over all of it."""
        head = f"{self.application}|{self.version}|{self.layout.name}|{','.join(self.keys)}|{self.pin}".encode()
        return sm3(head, self.city8, *(image.encode() for image in self.files))


def build(resident: Resident, issue: IssueData, application: Application) -> CardImage:
    """The image of `resident`'s card; raises BadImage naming the item that does not fit, never its value."""
    return CardImage(
        layout=application.layout,
        application=application.name,
        version=application.version,
        files=tuple(_file(file, resident, issue, application) for file in application.layout.files),
        keys=application.keys,
        pin=application.pin,
        city8=issue.city8,
    )


def fresh(file: File) -> FileImage:
    """The content of a T or F file nobody has written yet, and of an empty Y file."""
    records = (FRESH * file.record_size,) * file.records if file.structure is Structure.FIXED else ()
    content = FRESH * file.size if file.structure is Structure.TRANSPARENT else b""
    return FileImage(path=file.path, structure=file.structure, content=content, records=records)


def _file(file: File, resident: Resident, issue: IssueData, application: Application) -> FileImage:
    if file.structure is not Structure.VARIABLE and _untouched(application, file.path):
        return fresh(file)
    values = [(item, application.source(item.no, resident.document)) for item in file.items]
    subject = Subject(resident=resident, issue=issue, item=0)
    match file.structure:
        case Structure.VARIABLE:
            records = tuple(_tlv(item, _encoded(item, source, subject)) for item, source in values)
            return FileImage(path=file.path, structure=file.structure, records=records)
        case Structure.CYCLIC:
            records = tuple(_cyclic(file, values, subject))
            return FileImage(path=file.path, structure=file.structure, records=records)
        case Structure.TRANSPARENT:
            return FileImage(path=file.path, structure=file.structure, content=_transparent(file, values, subject))
        case Structure.FIXED:
            record = b"".join(_encoded(item, source, subject) for item, source in values)
            return FileImage(path=file.path, structure=file.structure, records=(record,) * file.records)


Sourced = list[tuple[Item, Source]]


@cache
def _untouched(application: Application, path: str) -> bool:
    items = application.layout.file(path).items
    return all(source.empty for item in items for source in application.sources(item.no))


def _tlv(item: Item, value: bytes) -> bytes:
    if item.tag is None:
        raise BadImage(f"item {item.no} {item.zh} ({item.file}) has no tag, yet stands in a file of records")
    return Tlv(item.tag, value).encode()


def _cyclic(file: File, values: Sourced, subject: Subject) -> Iterator[bytes]:
    """The records set, the first entry of the form as the newest."""
    paths = [source.text.split()[-1] for _, source in values if not source.empty]
    count = max((rows(subject.resident, path) for path in paths), default=0)
    if count > file.records:
        raise BadImage(f"{file.path} {file.zh} holds {file.records} records, the form has {count}")
    for row in range(count):
        yield b"".join(_encoded(item, source, subject, row) for item, source in values)


def _transparent(file: File, values: Sourced, subject: Subject) -> bytes:
    """The items at their offsets; what lies behind a photo's end stays as the chip creates it."""
    content = bytearray(FRESH * file.size)
    for item, source in values:
        if item.offset is None:
            raise BadImage(f"item {item.no} {item.zh} ({item.file}) has no offset")
        raw = _raw(item, source, subject) if source.text == "photo" else _encoded(item, source, subject)
        content[item.offset : item.offset + len(raw)] = raw
    return bytes(content)


def _raw(item: Item, source: Source, subject: Subject) -> bytes:
    value = source.value(subject)
    if not isinstance(value, bytes) or len(value) > item.length:
        raise BadImage(f"item {item.no} {item.zh}: the JPEG may have {item.length - PHOTO_LENGTH} bytes, not more")
    return value


def _encoded(item: Item, source: Source, subject: Subject, row: int = 0) -> bytes:
    if item.length == 0:
        return b""
    at = Subject(resident=subject.resident, issue=subject.issue, item=item.no, row=row)
    try:
        return wire_items.encode(item.type, item.length, source.value(at))
    except (ItemError, NameNeedsReview) as error:
        raise BadImage(f"item {item.no} {item.zh} ({item.file}): {error}") from error
    except KeyError as error:
        raise BadImage(f"item {item.no} {item.zh} ({item.file}): its table has no code {error}") from error
