"""What is on a card right now, read from its chip: virtual ones lie in the rack, each in the slot of its serial."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from healthcard.card.host.address import city_factor
from healthcard.card.host.content import CardContent, Row, rows
from healthcard.card.host.ports import CardAddress
from healthcard.card.host.reading import read_card
from healthcard.card.host.session import CardSession
from healthcard.card.wire import layout
from healthcard.card.wire.errors import CardError
from healthcard.domain.meanings import meaning
from healthcard.domain.permissions import Permission
from healthcard.keys.errors import KeysError
from healthcard.perso.products import recognise
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict, NotFound, Worded
from healthcard.services.ports import given
from healthcard.services.workshop.cards import unfinished
from healthcard.storage.models import Card, CardLife


class Unreadable(Worded):
    """The chip, its reader or the key service does not answer; the message says which."""


UNREADABLE = "芯片现在无法读取：卡片、读写器或密钥服务没有应答。"


def slot(issue_serial: str) -> str:
    """The rack slot in which the virtual chip of the card with this issue serial lies."""
    return f"card-{issue_serial}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """One file of a chip and its items that are set, codes with their meaning behind them."""

    path: str
    zh: str
    en: str
    rows: tuple[Row, ...]


def read(actor: Actor, card_id: int) -> tuple[FilePart, ...]:
    """The card's items as its chip holds them, file by file, personal numbers covered.

    Raises NotFound, Conflict for a card not made or another card's chip, and Unreadable.
    """
    actor.require(Permission.CARD_READ_CHIP)
    card = Card.objects.filter(pk=card_id).first()
    if card is None:
        raise NotFound("There is no such card.")
    if card.life not in (CardLife.MADE, CardLife.ISSUED) or card.chip8 is None:
        raise unfinished(card)
    try:
        return _parts(_content(card, bytes(card.chip8)))
    except (CardError, KeysError) as error:
        raise Unreadable(UNREADABLE, f"The chip cannot be read now: {error}") from error


def _parts(content: CardContent) -> tuple[FilePart, ...]:
    shape = layout.load(content.layout)
    by_file = groupby(rows(content, meaning=meaning), key=itemgetter("path"))
    return tuple(
        FilePart(path=path, zh=shape.file(path).zh, en=shape.file(path).en, rows=tuple(lines))
        for path, lines in by_file
    )


def _content(card: Card, chip8: bytes) -> CardContent:
    ports = given()
    address = CardAddress(chip=chip8, city=city_factor(card.city), version=card.key_version)
    with ports.keys() as keys, ports.rack() as rack, rack.open(slot(card.issue_serial)) as reader:
        if recognise(reader).chip8 != chip8:
            raise Conflict("此卡槽位里是另一张卡的芯片。", "The chip in this card's slot is another card's.")
        session = CardSession(reader, layout.load(card.layout), keys, address)
        return read_card(session, session.reset())
