"""The papers a desk hands out or files: loss ticket, hand-over slip, receipt of a card, certificate of destruction."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from healthcard.documents import marks
from healthcard.documents.paper import one_line, page
from healthcard.documents.press import TEMPLATES, Press, press
from healthcard.documents.stamp import Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one slip: `lines` by key, the headings of its list, its text and that text's version, who signs."""

    title: str
    number: str
    lines: Mapping[str, str]
    text: tuple[str, ...]
    signatures: tuple[str, ...]
    columns: tuple[str, ...] = ()
    version: str = ""


def load(text: str) -> dict[str, Wording]:
    """Parse the table of slips: kind -> words."""
    return {kind: _wording(**row) for kind, row in tomllib.loads(text).items()}


def _wording(
    *,
    text: list[str],
    signatures: list[str],
    lines: dict[str, str],
    title: str,
    number: str,
    columns: Sequence[str] = (),
    version: str = "",
) -> Wording:
    return Wording(
        title=title,
        number=number,
        lines=MappingProxyType(lines),
        text=tuple(text),
        signatures=tuple(signatures),
        columns=tuple(columns),
        version=version,
    )


SLIPS: Mapping[str, Wording] = MappingProxyType(load((TEMPLATES / "slips.toml").read_text("utf-8")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A slip to print: what stands in its lines by key (a line not given is left out) and in its list.

    `signature`: a JPEG we wrote ourselves, for the first of those who sign.
    """

    kind: str
    lines: Mapping[str, str]
    stamp: Stamp | None = None
    card_number: str = ""
    rows: Sequence[Sequence[str]] = ()
    signature: bytes = b""


def printed(slip: Slip, by: Press | None = None) -> bytes:
    """The slip as PDF. Raises GlyphMissing; KeyError for an unknown kind or line."""
    words = SLIPS[slip.kind]
    strange = set(slip.lines) - set(words.lines)
    if strange:
        raise KeyError(f"The slip {slip.kind} has no lines {sorted(strange)}.")
    data = {
        "title": words.title,
        "number": words.number,
        "lines": [[words.lines[key], one_line(slip.lines[key])] for key in words.lines if key in slip.lines],
        "columns": words.columns,
        "list": [list(map(one_line, row)) for row in slip.rows],
        "text": words.text,
        "signatures": words.signatures,
        "signature": marks.drawn(slip.signature) if slip.signature else "",
        **page(slip.stamp, slip.card_number),
    }
    return (by or press()).print("slip", data)
