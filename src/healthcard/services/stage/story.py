"""The story that `healthcard demo` tells: people, cards, keys and mishaps in a demo province, scene by scene.

Every scene acts through the services and counts what really happened; the score is what the last line shows. A later
part of the life of a card is one more scene.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import cycle
from pathlib import Path

from healthcard.card.host.address import city_factor
from healthcard.card.host.rack import RackChip, RackClient, TearMoment
from healthcard.card.os.products import PRODUCTS
from healthcard.documents.roster_file import write_roster
from healthcard.domain import synthetic
from healthcard.perso import sam
from healthcard.perso.results import Finished, Held, RefusedChip, Result
from healthcard.services.actor import Actor
from healthcard.services.people import corrections, intake, residents
from healthcard.services.ports import given
from healthcard.services.stage import demo
from healthcard.services.workshop import cards, chips, making
from healthcard.services.workshop.bench import RackBench
from healthcard.services.workshop.comparison import compare
from healthcard.services.workshop.making import Workshop

RESIDENTS = 50
PHOTOGRAPHED = 5  # every so many people have their photo taken at the desk
TORN = 7  # this card is pulled out of its reader in the middle of a key
TORN_AT = 60  # commands after which it is pulled
SAM_SLOT, SAM_SERIAL = "sam-demo", bytes.fromhex("990000000001")


@dataclass(slots=True)
class Score:
    """What the story has seen so far."""

    residents: int = 0
    personalised: int = 0
    readback_ok: int = 0
    settled: int = 0
    refused: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything went as the story has it."""
        return self == Score(RESIDENTS, RESIDENTS, RESIDENTS, 1, 1)


@dataclass(slots=True, kw_only=True)
class Stage:
    """What the scenes work with."""

    actor: Actor
    shop: Workshop
    rack: RackClient
    today: date
    folder: Path
    score: Score = field(default_factory=Score)
    cards: list[int] = field(default_factory=list)

    def blank(self, product: str, number: int, name: str | None = None) -> RackChip:
        """A blank chip of `product` with this serial number, in slot `name`."""
        serial = number.to_bytes(PRODUCTS[product].serial_length, "big")
        return self.rack.blank(product, serial, RackBench(self.rack, self.shop.keys).envelope(product), name)


Scene = Callable[[Stage], Iterator[str]]


def tell(folder: Path, today: date, score: Score) -> Iterator[str]:
    """Play all scenes in a fresh installation; `folder` may hold files meanwhile. Each string is a line to print."""
    demo.create(today, people=0)
    with making.workshop() as shop, given().rack() as rack:
        stage = Stage(actor=demo.maker(), shop=shop, rack=rack, today=today, folder=folder, score=score)
        for scene in SCENES:
            yield from scene(stage)


def _collect(stage: Stage) -> Iterator[str]:
    yield "第六条 基础数据采集 · residents from a roster of the official collection form"
    roster = stage.folder / "roster.csv"
    rows = map(synthetic.as_form_row, synthetic.residents(RESIDENTS, seed=2))
    write_roster(roster, rows)
    result = intake.import_roster(stage.actor, roster)
    roster.unlink()
    stage.score.residents = result.stored
    photographed = residents.waiting(stage.actor, limit=RESIDENTS)[::PHOTOGRAPHED]
    for number, person in enumerate(photographed):  # the form has no photo: it is taken at the desk
        corrections.set_photo(stage.actor, person, synthetic.resident(number, seed=2).photo)
    yield f"  {result.rows} rows read, {result.stored} people on file, {result.refused} refused"
    yield f"  {len(photographed)} of them photographed at the desk"


def _make(stage: Stage) -> Iterator[str]:
    yield "第十一条 个人化 · answer to reset, script, files, keys, data; each plan rehearsed, each write journalled"
    people = residents.waiting(stage.actor, limit=RESIDENTS)
    made: dict[str, int] = dict.fromkeys(sorted(PRODUCTS), 0)
    for number, (person, product) in enumerate(zip(people, cycle(made), strict=False), 1):
        card = cards.plan(stage.actor, person, today=stage.today)
        stage.cards.append(card)
        serial = cards.shown(stage.actor, card).issue_serial
        with stage.blank(product, int(serial), chips.slot(serial)) as chip:
            if number == TORN:
                result = yield from _torn(stage, card, product, chip)
            else:
                result = making.personalise(stage.actor, card, chip, stage.shop)
        made[product] += isinstance(result, Finished)
        stage.score.personalised += isinstance(result, Finished)
        if not isinstance(result, Finished):
            yield f"  card {serial}: {result.reason}"
    yield "  " + ", ".join(f"{count} cards of {product}" for product, count in made.items())


def _torn(stage: Stage, card: int, product: str, chip: RackChip) -> Generator[str, None, Result]:
    """Pulled out in the middle, another chip put in, then the right one again."""
    yield f"  card {TORN} ({product}) is pulled out of the reader at command {TORN_AT} ..."
    chip.arm(TORN_AT, TearMoment.HALF)
    result = making.personalise(stage.actor, card, chip, stage.shop)
    if not isinstance(result, Held):
        return result
    yield f"    held: {result.reason}"
    with stage.blank(product, 0xFFFFFF) as stranger:
        other = making.settle(stage.actor, card, stranger, stage.shop)
    stage.score.refused += isinstance(other, RefusedChip)
    yield f"    another chip: {'refused' if isinstance(other, RefusedChip) else 'NOT REFUSED'}, {_reason(other)}"
    settled = making.settle(stage.actor, card, chip, stage.shop)
    stage.score.settled += isinstance(settled, Finished) and settled.resumed
    yield f"    the same chip again: {_reason(settled)}"
    return settled


def _reason(result: Result) -> str:
    if isinstance(result, Finished):
        return f"asked and finished, {result.written} commands were still to write"
    return result.reason


def _read_back(stage: Stage) -> Iterator[str]:
    yield "第十一条 核对 · every card read by its own keys and compared with the record"
    for card in stage.cards:
        serial = cards.shown(stage.actor, card).issue_serial
        with stage.rack.open(chips.slot(serial)) as chip:
            faults = compare(stage.actor, card, chip, stage.shop.keys)
        stage.score.readback_ok += not faults
        yield from (f"  card {serial}: {fault}" for fault in faults)
    yield f"  {stage.score.readback_ok} of {len(stage.cards)} hold what the record says, byte for byte"


def _load_sam(stage: Stage) -> Iterator[str]:
    yield "安全存取模块 · a SAM for the terminals of the province"
    envelope = stage.shop.keys.factory_envelope("sam")
    with stage.rack.blank("sam", SAM_SERIAL, envelope, SAM_SLOT) as chip:
        address = sam.issue(chip, stage.shop.keys, city_factor(demo.PROVINCE))
    pin = stage.folder / f"{SAM_SLOT}.pin"  # for the terminal the SAM is handed to
    pin.touch(mode=0o600)
    pin.write_text(stage.shop.keys.sam_pin(address).reveal().hex())
    yield f"  loaded with the parents of the 21 card keys: {SAM_SLOT}"


SCENES: tuple[Scene, ...] = (_collect, _make, _read_back, _load_sam)
