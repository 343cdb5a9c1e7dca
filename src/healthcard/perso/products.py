"""The COS products on file and how one is told from its answer to reset and a probe (第十条, 第十一条).

A product is its script file in `cos/`: data, not code. Where data do not suffice, a product brings a program of its own
(`program = [...]`, see `healthcard.perso.program`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from healthcard.card.host.channel import Channel
from healthcard.card.host.ports import Transport
from healthcard.card.wire import answer as wire_answer
from healthcard.card.wire.answer import AnswerToReset, FactorRule, Form
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import MalformedAnswer, UnknownCard
from healthcard.card.wire.layout import FREE, NEVER, Structure
from healthcard.keys.requests import TRANSPORT
from healthcard.perso.errors import BadScript, BlockedCard
from healthcard.perso.template import CommandTemplate, Template, parse, parse_command

Row = Mapping[str, Any]  # a parsed TOML table, before it becomes one of the values below

DIRECTORY = "DF"
CARD_BLOCKED = 0x6A81
_CREATES = frozenset({DIRECTORY, *(structure.value for structure in Structure)})
_NO_PROGRAM: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerPattern:
    """The answers to reset of a product: their forms, and their historical bytes with `x` for any nibble."""

    forms: frozenset[Form]
    historical: str

    def fits(self, answer: AnswerToReset) -> bool:
        """Whether `answer` may come from this product."""
        pattern = re.compile(self.historical.replace("x", "[0-9A-F]"))
        return answer.form in self.forms and pattern.fullmatch(answer.historical.hex().upper()) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A harmless command and the answer only this product gives."""

    command: Command
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportKey:
    """The transport key (传输密钥): its reference, its directory, its tries, and whether each chip has its own."""

    kid: int
    directory: str
    diversified: bool
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTemplate:
    """How a key or the PIN is loaded: the command header, and the parts of its data field (`keys.requests.KeyLoad`)."""

    header: Template
    clear: Template
    prefix: Template
    padded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The byte this product has for a file's type, an access condition, an update form, a key's usage."""

    type: Mapping[str, int]
    access: Mapping[str, int]
    form: Mapping[str, int]
    usage: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Bytes of chip memory each takes beyond its content: for the capacity check, not for the chip."""

    directory: int
    file: int
    key: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Product:
    """One COS product (a type of chip with its operating system) as its script file describes it."""

    name: str
    zh: str
    layout: str
    application: str
    capacity: int
    factor: FactorRule
    atomic: bool
    write_once_keys: bool
    answer: AnswerPattern
    probe: Probe
    transport: TransportKey
    overhead: Overhead
    codes: Codes
    create: Mapping[str, CommandTemplate]
    key: LoadTemplate
    pin: LoadTemplate
    ask_key: CommandTemplate
    ask_pin: Command | None
    end: CommandTemplate
    erase: CommandTemplate | None
    program: tuple[str, ...] = _NO_PROGRAM

    @property
    def transport_key(self) -> str:
        """The name by which the key service knows the transport key of this product's lot."""
        return TRANSPORT + self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A chip in a reader: its product, its answer to reset and its CHIP8."""

    product: Product
    answer: AnswerToReset
    chip8: bytes


def load(text: str) -> Product:
    """Parse a script file; anything missing, unknown or unreadable raises BadScript."""
    try:
        return _product(tomllib.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise BadScript(f"the script file cannot be used: {error!r}") from error


@cache
def products() -> Mapping[str, Product]:
    """All products on file, by name."""
    folder = files(__package__).joinpath("cos")
    found = (load(entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {product.name: product for product in sorted(found, key=lambda product: product.name)}


def recognise(transport: Transport, filed: Iterable[Product] | None = None) -> Recognised:
    """Reset the chip and name its product; probes only when its answer to reset fits several.

    Raises UnknownCard when none fits (第十条: only filed products may be used) and BlockedCard, its kin, when the chip
    answers no probe any more; CardGone when it is silent.
    """
    answer = _answer(transport.reset())
    fitting = [product for product in (products().values() if filed is None else filed) if product.answer.fits(answer)]
    product = fitting[0] if len(fitting) == 1 else _probed(transport, fitting, answer)
    return Recognised(product=product, answer=answer, chip8=answer.chip8(product.factor))


def _answer(raw: bytes) -> AnswerToReset:
    try:
        return wire_answer.parse(raw)
    except MalformedAnswer as error:
        raise UnknownCard(f"{error}. Use cards of the COS products on file only (第十条).") from error


def _probed(transport: Transport, fitting: Iterable[Product], answer: AnswerToReset) -> Product:
    channel = Channel(transport)
    for product in fitting:
        response = channel.send(product.probe.command)
        if response.data == product.probe.answer:
            return product
        if response.sw == CARD_BLOCKED:
            raise BlockedCard(answer)
    raise UnknownCard(
        f"No COS product on file answers a reset with {answer.historical[:4].hex().upper()}.. and this probe. "
        "Have the product filed (第十条) and its script file added, or take another card."
    )


def _product(table: Row) -> Product:
    known = set(Product.__slots__) - {"ask_key", "ask_pin", "end", "erase"} | {"ask", "act"}
    if unknown := sorted(table.keys() - known):
        raise BadScript(f"the script file has {', '.join(unknown)}, which the engine does not know")
    return Product(
        **{name: table[name] for name in ("name", "zh", "layout", "application", "capacity")},
        **{name: table[name] for name in ("atomic", "write_once_keys")},
        factor=FactorRule(table["factor"]),
        answer=_pattern(**table["answer"]),
        probe=_probe(**table["probe"]),
        transport=TransportKey(**table["transport"]),
        overhead=Overhead(**table["overhead"]),
        codes=_codes(table["codes"]),
        create={} if "program" in table else _creates(table["create"]),
        key=_load_template(**table["key"]),
        pin=_load_template(**table["pin"]),
        ask_key=parse_command(table["ask"]["key"]),
        ask_pin=parse_command(table["ask"]["pin"]).command() if "pin" in table["ask"] else None,
        end=parse_command(table["act"]["end"]),
        erase=parse_command(table["act"]["erase"]) if "erase" in table["act"] else None,
        program=tuple(table.get("program", ())),
    )


def _pattern(*, forms: list[str], historical: str) -> AnswerPattern:
    pattern = historical.replace(" ", "")
    if not re.fullmatch("[0-9A-Fx]+", pattern):
        raise BadScript(f"historical bytes are nibbles 0-9 A-F or x, not {historical!r}")
    return AnswerPattern(frozenset(Form(form) for form in forms), pattern)


def _probe(*, command: str, answer: str) -> Probe:
    return Probe(command=parse_command(command).command(), answer=answer.encode("ascii"))


def _codes(table: Row) -> Codes:
    codes = Codes(**{kind: {name: _byte(value) for name, value in codes.items()} for kind, codes in table.items()})
    if codes.access.keys() != {FREE, NEVER} or codes.type.keys() != _CREATES:
        raise BadScript("codes.access has free and never, codes.type has DF and T, F, V, Y")
    return codes


def _creates(table: Row) -> dict[str, CommandTemplate]:
    if table.keys() != _CREATES:
        raise BadScript(f"create has one command for each of {', '.join(sorted(_CREATES))}")
    return {kind: parse_command(text) for kind, text in table.items()}


def _load_template(*, load: str, clear: str, prefix: str, padded: bool) -> LoadTemplate:
    return LoadTemplate(header=parse(load), clear=parse(clear), prefix=parse(prefix), padded=padded)


def _byte(value: str | int) -> int:
    return value if isinstance(value, int) else int(value, 16)
