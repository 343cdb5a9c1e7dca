"""Native commands as a script file writes them: hexadecimal bytes with named places.

    header [ | data ] [ > Le ]

`80 E0 {fid} | 38 {name}` is a header of four bytes and data; Lc is computed, Le (`> 03`) is sent when given. `{name}`
is a value, `{#name}` its length in one byte, `{sfi:00}` a value with what stands there when the file has none, and
`[ 88 01 {sfi} ]` a group left out when a value in it is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from healthcard.card.wire.apdu import HEADER, LE_MAX, Command
from healthcard.perso.errors import BadScript

Values = Mapping[str, bytes | None]

_TOKEN = re.compile(r"\[|\]|[0-9A-Fa-f]{2}|\{#?[a-z_]+(?::[0-9A-Fa-f]{2})?\}")


@dataclass(frozen=True, slots=True)
class Place:
    """One word: fixed bytes (no name), or a named value, its length (`count`), or its fallback."""

    name: str = ""
    fixed: bytes | None = None
    count: bool = False

    def fill(self, values: Values) -> bytes | None:
        """Its bytes; None when the value is absent and no fallback stands."""
        if not self.name:
            return self.fixed
        value = values[self.name]
        if value is None:
            return self.fixed
        return bytes([len(value)]) if self.count else value


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed piece of a command: places, and groups of places that may be left out together."""

    parts: tuple[Place | tuple[Place, ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """The values it asks for."""
        places = (place for part in self.parts for place in (part if isinstance(part, tuple) else (part,)))
        return frozenset(place.name for place in places if place.name)

    def fill(self, values: Values) -> bytes:
        """The bytes; raises BadScript for a value that is not given."""
        missing = self.names - values.keys()
        if missing:
            raise BadScript(f"the script asks for {', '.join(sorted(missing))}, which this command does not have")
        return b"".join(self._filled(values))

    def _filled(self, values: Values) -> Iterator[bytes]:
        for part in self.parts:
            group = part if isinstance(part, tuple) else (part,)
            filled = [place.fill(values) for place in group]
            if isinstance(part, tuple) and None in filled:
                continue
            for place, raw in zip(group, filled, strict=True):
                if raw is None:
                    raise BadScript(f"{place.name} is absent and the script has nothing to put in its place")
                yield raw


@dataclass(frozen=True, slots=True)
class CommandTemplate:
    """A whole command."""

    header: Template
    data: Template
    le: int | None

    def command(self, **values: bytes | None) -> Command:
        """The command; raises BadScript when the header does not come to four bytes."""
        header = self.header.fill(values)
        if len(header) != HEADER:
            raise BadScript(f"a command has a header of 4 bytes, the script makes {len(header)}")
        cla, ins, p1, p2 = header
        return Command(cla=cla, ins=ins, p1=p1, p2=p2, data=self.data.fill(values), le=self.le)


def parse_command(text: str) -> CommandTemplate:
    """Read `header | data > Le`; raises BadScript."""
    text, _, le = text.partition(">")
    header, _, data = text.partition("|")
    expected = parse(le).fill({})
    if len(expected) > 1:
        raise BadScript(f"Le is one byte, not {le.strip()!r}")
    return CommandTemplate(parse(header), parse(data), (expected[0] or LE_MAX) if expected else None)


def parse(text: str) -> Template:
    """Read places and groups; raises BadScript naming what cannot be read."""
    rest = _TOKEN.sub("", text).strip()
    if rest:
        raise BadScript(f"a script holds hexadecimal bytes, {{places}} and [groups]: {rest!r} is none of them")
    parts: list[Place | tuple[Place, ...]] = []
    group: list[Place] | None = None
    for word in _TOKEN.findall(text):
        if word == "[" and group is None:
            group = []
        elif word == "]" and group is not None:
            parts.append(tuple(group))
            group = None
        elif word in "[]":
            raise BadScript(f"a group is not closed, or opened twice, in {text.strip()!r}")
        else:
            (parts if group is None else group).append(_place(word))
    if group is not None:
        raise BadScript(f"a group is not closed in {text.strip()!r}")
    return Template(tuple(parts))


def _place(word: str) -> Place:
    if not word.startswith("{"):
        return Place(fixed=bytes.fromhex(word))
    name, _, fallback = word[1:-1].partition(":")
    return Place(name.lstrip("#"), bytes.fromhex(fallback) if fallback else None, name.startswith("#"))
