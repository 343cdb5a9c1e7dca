"""The file of a ceremony: YAML of which only the plainest part is taken, every value a text until its field says more.

Refused: what is there twice, anchors, aliases, tags, several documents, and every field that this kind of ceremony
does not have or that it lacks.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files

import yaml

from healthcard.keys.entries import MARKS
from healthcard.keys.errors import CeremonyRefused

LONGEST = 32 * 1024
MOST_ROWS = 64
DEEPEST = 4
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody named: staff number and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What a share or a copy lies on: stock number, seal, where it is kept, and the file on it."""

    carrier: str
    seal: str
    place: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodian:
    """Somebody who holds a share, and the carrier it lies on."""

    person: Person
    carrier: Carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyName:
    """A key of the store by level, name, scope and version."""

    level: str
    name: str
    scope: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of ceremony: what it is called, its article, its fields and their types, who must be there."""

    zh: str
    article: str
    fields: Mapping[str, str]
    witnesses: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """A ceremony as its file says. `values` has what its kind asks for beyond what all have; `digest` is SM3 of it."""

    kind: str
    number: str
    store: str
    day: date
    place: str
    reason: str
    leader: Person
    witnesses: Sequence[Person]
    digest: bytes
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def row(self) -> Kind:
        """Its row in the table."""
        return KINDS[self.kind]


ALL = {
    "kind": "word",
    "number": "word",
    "store": "mark",
    "day": "day",
    "place": "text",
    "reason": "text",
    "leader": "person",
    "witnesses": "people",
}


def load(text: str) -> Mapping[str, Kind]:
    """Parse the table of kinds."""
    return {name: Kind(**row) for name, row in tomllib.loads(text).items()}


KINDS = load(files("healthcard.keys.ceremonies").joinpath("ceremonies.toml").read_text("utf-8"))


def read(data: bytes) -> Ceremony:
    """Parse a ceremony's file; raises CeremonyRefused with what is wrong in it."""
    table = _table(_plain(data), "The file")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _wrong(f"A ceremony's kind is one of {', '.join(KINDS)}")
    wanted = {**ALL, **KINDS[kind].fields}
    _exactly(table, wanted.keys(), f"A ceremony of kind {kind}")
    values = {name: TYPES[form](table[name], name) for name, form in wanted.items()}
    shared = {name: values.pop(name) for name in ALL}
    return Ceremony(**shared, values=values, digest=hashlib.new("sm3", data).digest())  # type: ignore[arg-type]  # each parsed by its type in ALL


def _plain(data: bytes) -> object:
    """The one document, texts, lists and tables only."""
    if len(data) > LONGEST:
        raise _wrong(f"A ceremony's file has up to {LONGEST} bytes")
    try:
        text = data.decode("utf-8")
        _check_events(yaml.parse(text, Loader=yaml.BaseLoader))
        nodes = list(yaml.compose_all(text, Loader=yaml.BaseLoader))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong(f"It is no YAML in UTF-8 ({type(error).__name__})") from None
    if len(nodes) != 1:
        raise _wrong("The file holds one document")
    return _value(nodes[0])


def _check_events(events: Iterable[yaml.Event]) -> None:
    """Refuse what is too deep as soon as it is read: the parser's work grows with the square of the depth."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _wrong(f"Tables and lists lie in each other up to {DEEPEST} deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise _wrong("Anchors, aliases and tags are not taken: what is meant has to stand where it is read")


def _value(node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(part) for part in node.value]
    table: dict[str, object] = {}
    for name, part in node.value:
        if not isinstance(name, yaml.ScalarNode) or name.value in table:
            raise _wrong("A field stands once, and its name is a word")
        table[name.value] = _value(part)
    return table


def _table(value: object, what: str) -> Table:
    if not isinstance(value, dict):
        raise _wrong(f"{what} is a table of fields")
    return value


def _exactly(table: Table, wanted: Iterable[str], what: str) -> None:
    names = set(wanted)
    for strange in sorted(table.keys() - names):
        raise _wrong(f"{what} has no field {strange!r}")
    for missing in sorted(names - table.keys()):
        raise _wrong(f"{what} needs the field {missing!r}")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 300 or not value.isprintable() or value != value.strip():
        raise _wrong(f"{name} is a text of 1 to 300 characters on one line")
    return value


def _matching(pattern: str, words: str) -> Callable[[object, str], str]:
    form = re.compile(pattern)

    def parse(value: object, name: str) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise _wrong(f"{name} is {words}")
        return value

    return parse


def _number(value: object, name: str) -> int:
    if not isinstance(value, str) or not re.fullmatch("[1-9][0-9]{0,2}", value):
        raise _wrong(f"{name} is a number from 1 to 999")
    return int(value)


def _day(value: object, name: str) -> date:
    try:
        return date.fromisoformat(_text(value, name))
    except ValueError:
        raise _wrong(f"{name} is a day as 2026-01-31") from None


def _rows(value: object, name: str) -> list[object]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_ROWS:
        raise _wrong(f"{name} is a list of 1 to {MOST_ROWS}")
    return value


def _person(value: object, name: str) -> Person:
    table = _table(value, name)
    _exactly(table, ("id", "name"), name)
    return Person(id=_word(table["id"], f"id of {name}"), name=_text(table["name"], f"name of {name}"))


def _carrier(value: object, name: str) -> Carrier:
    table = _table(value, name)
    _exactly(table, ("carrier", "seal", "place", "file"), name)
    return Carrier(**{part: _text(table[part], f"{part} of {name}") for part in ("carrier", "seal", "place", "file")})


def _custodian(value: object, name: str) -> Custodian:
    table = _table(value, name)
    parts = {part: table[part] for part in ("id", "name") if part in table}
    rest = {part: text for part, text in table.items() if part not in parts}
    return Custodian(person=_person(parts, name), carrier=_carrier(rest, name))


def _key(value: object, name: str) -> KeyName:
    table = _table(value, name)
    _exactly(table, ("level", "name", "scope", "version"), name)
    texts = {part: _text(table[part], f"{part} of {name}") for part in ("level", "name", "scope")}
    return KeyName(**texts, version=_number(table["version"], f"version of {name}"))


def _mark(value: object, name: str) -> str:
    if value not in MARKS:
        raise _wrong(f"{name} is the mark of the key store: {', '.join(MARKS)}")
    return str(value)


def _several(parse: Callable[[object, str], object]) -> Callable[[object, str], tuple[object, ...]]:
    return lambda value, name: tuple(parse(part, name) for part in _rows(value, name))


def _wrong(what: str) -> CeremonyRefused:
    return CeremonyRefused(f"{what}. Nothing was done; correct the ceremony's file.", "第六条第三项、第七条第三项")


_word = _matching(r"[A-Za-z0-9._-]{1,40}", "1 to 40 letters, digits, dots and dashes")
TYPES: Mapping[str, Callable[[object, str], object]] = {
    "word": _word,
    "text": _text,
    "number": _number,
    "day": _day,
    "mark": _mark,
    "city": _matching("[0-9]{2}|[0-9]{4}", "the two digits of a province, or the four of a city"),
    "public": _matching("[0-9A-Fa-f]{128}", "an SM2 public key, 64 bytes in hex"),
    "fingerprint": _matching("[0-9A-Fa-f]{16}", "8 bytes in hex, as read out by the other side"),
    "check": _matching("[0-9A-Fa-f]{6}", "a check value, 3 bytes in hex"),
    "yes": _matching("yes|no", "yes or no"),
    "product": _matching("[a-z0-9-]{1,32}", "the name of a product, up to 32 of a-z, 0-9 and -"),
    "names": _several(_matching("[A-Z0-9_]{1,32}", "the name of a key")),
    "words": _several(_word),
    "person": _person,
    "people": _several(_person),
    "carrier": _carrier,
    "carriers": _several(_carrier),
    "custodians": _several(_custodian),
    "key": _key,
}
