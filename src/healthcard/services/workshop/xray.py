"""A card seen through: every file as its chip holds it beside what the record says, and the reading APDU by APDU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from healthcard.card.host.address import city_factor
from healthcard.card.host.content import CardContent, Field, FileContent, FileStatus, Record, Row, diff, rows
from healthcard.card.host.explanation import explain
from healthcard.card.host.ports import CardAddress, Transport
from healthcard.card.host.reading import PHOTO, PHOTO_LENGTH, read_card, split
from healthcard.card.host.session import CardSession
from healthcard.card.host.transcript import Recorder, parse
from healthcard.card.wire import tlv
from healthcard.card.wire.errors import CardError
from healthcard.card.wire.layout import File, Structure
from healthcard.domain.meanings import meaning
from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.keys.errors import KeysError
from healthcard.perso import application
from healthcard.perso.image import CardImage, FileImage
from healthcard.perso.products import recognise
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, NotFound
from healthcard.services.ports import given
from healthcard.services.workshop.cards import unfinished
from healthcard.services.workshop.chips import UNREADABLE, Unreadable, slot
from healthcard.services.workshop.comparison import BUSINESS
from healthcard.services.workshop.making import image_of
from healthcard.storage.models import Card, CardLife

Place = tuple[str, str, str]  # path, record and interface number as a table shows them


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item: what the chip holds and what the record says, personal numbers covered; '' = nothing."""

    record: str
    no: str
    zh: str
    en: str
    chip: str
    told: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of the card; not `compared` where another card's data were moved to, of which the record keeps none."""

    path: str
    zh: str
    en: str
    compared: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One APDU in words; `ok` is off where the card did not do as it was asked."""

    at: float
    header: str
    asked: str
    answered: str
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Xray:
    """The whole card: its files, how many items (or whole files) differ from the record, and what was spoken."""

    product: str
    files: tuple[Part, ...]
    differences: int
    spoken: tuple[Spoken, ...]


def seen(actor: Actor, card_id: int, reader: Transport, keys: KeyClient) -> Xray:
    """The card in `reader` beside the record. Raises NotAllowed, NotFound, Conflict for another card, CardError."""
    actor.require(Permission.CARD_READ_CHIP)
    card = _finished(card_id)
    lines: list[str] = []
    recorder = Recorder(reader, lines.append)
    chip = recognise(recorder)
    if chip.chip8 != bytes(card.chip8 or b""):
        raise Conflict(
            "读写器里是另一张卡：请放入本页面的卡。",
            "Another card lies in the reader: put in the one whose page this is.",
        )
    plan = application.load(chip.product.application)
    address = CardAddress(chip=chip.chip8, city=city_factor(card.city), version=card.key_version)
    session = CardSession(recorder, plan.layout, keys, address)
    found = read_card(session, session.reset())
    moved = BUSINESS if card.transfers_in.filter(closed_at__isnull=False).exists() else ()
    files = _parts(found, _content(image_of(card, plan)), moved)
    return Xray(
        product=chip.product.name,
        files=files,
        differences=sum(item.differs for file in files for item in file.items),
        spoken=tuple(
            Spoken(at=each.at, header=each.header, asked=each.asked, answered=each.answered, ok=each.ok)
            for each in explain(parse(lines), plan.layout)
        ),
    )


def in_slot(actor: Actor, card_id: int) -> Xray:
    """The same of a virtual card that lies in its slot of the rack; raises Unreadable besides."""
    actor.require(Permission.CARD_READ_CHIP)
    card = _finished(card_id)
    ports = given()
    try:
        with ports.keys() as keys, ports.rack() as rack, rack.open(slot(card.issue_serial)) as reader:
            return seen(actor, card_id, reader, keys)
    except (CardError, KeysError) as error:
        raise Unreadable(UNREADABLE, f"The chip cannot be read now: {error}") from error


def _finished(card_id: int) -> Card:
    card = Card.objects.select_related("issuer").filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    if card.life not in (CardLife.MADE, CardLife.ISSUED) or card.chip8 is None:
        raise unfinished(card)
    return card


def _parts(chip: CardContent, told: CardContent, moved: Iterable[str]) -> tuple[Part, ...]:
    """File by file, in the layout's order."""
    left, right = _shown(chip), _shown(told)
    unlike = {(each.path, str(each.record or ""), str(each.item.no) if each.item else "") for each in diff(told, chip)}
    return tuple(
        _part(each.file, left, right, unlike, compared=each.file.directory not in moved) for each in chip.files
    )


def _part(
    file: File, chip: Mapping[Place, Row], told: Mapping[Place, Row], unlike: set[Place], *, compared: bool
) -> Part:
    sides = (chip, told) if compared else (chip,)
    places = dict.fromkeys(place for side in sides for place in side if place[0] == file.path)
    places |= dict.fromkeys(place for place in unlike if compared and place[0] == file.path)
    items = tuple(_item(file, place, chip, told, differs=compared and place in unlike) for place in places)
    return Part(path=file.path, zh=file.zh, en=file.en, compared=compared, items=items)


def _item(file: File, place: Place, chip: Mapping[Place, Row], told: Mapping[Place, Row], *, differs: bool) -> Item:
    _, record, no = place
    item = next((each for each in file.items if str(each.no) == no), None)
    there, due = (side[place]["value"] if place in side else "" for side in (chip, told))
    zh, en = (item.zh, item.en) if item else (file.zh, file.en)
    return Item(record=record, no=no, zh=zh, en=en, chip=there, told=due, differs=differs)


def _shown(content: CardContent) -> dict[Place, Row]:
    return {(row["path"], row["record"], row["no"]): row for row in rows(content, meaning=meaning)}


def _content(image: CardImage) -> CardContent:
    """The card image as a card would tell it."""
    files = tuple(
        FileContent(file=file, status=FileStatus.OK, records=tuple(_records(file, image.file(file.path))))
        for file in image.layout.files
    )
    return CardContent(answer=b"", layout=image.layout.name, files=files)


def _records(file: File, image: FileImage) -> Iterable[Record]:
    if file.structure is Structure.VARIABLE:
        fields = (Field(item=item, raw=_value(image.records, item.record or 0)) for item in file.items if item.length)
        return (Record(number=1, fields=tuple(fields)),)
    if file.structure is Structure.TRANSPARENT:
        raw = image.content
        if file.items[0].no == PHOTO:
            length = int.from_bytes(raw[:PHOTO_LENGTH], "big")
            raw = raw[: PHOTO_LENGTH + length] if length <= file.size - PHOTO_LENGTH else b""
        return (Record(number=1, fields=split(file, raw)),)
    return (Record(number=number, fields=split(file, raw)) for number, raw in enumerate(image.records, 1))


def _value(records: tuple[bytes, ...], number: int) -> bytes | None:
    """The value of a V file's record, None where it was never written."""
    raw = records[number - 1] if number <= len(records) else b""
    return tlv.parse(raw).value if raw else None
