"""Identity documents: one normal form per person's number, what the number itself says, and how it is shown.

Citizen numbers follow GB 11643-1999: six digits of division, eight of birth, three of sequence (odd = male) and a check
character by ISO 7064 MOD 11-2. Residence permits of Hong Kong, Macao and Taiwan residents (港澳台居民居住证) carry a
citizen number beginning 81, 82 or 83 0000. The foreigner's permanent residence card of 2023 has the same frame with 9
in front. Whatever document shows it, a citizen number is one and the same number: its kind is always "01".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from operator import mul

from healthcard.domain.codes import label
from healthcard.domain.resident import Document

CITIZEN = "01"
FOREIGN_RESIDENT = "9A"
CHIP_BYTES = 18  # items 8, 15 and 38
OLDEST_YEAR = 1900

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_OWN_NUMBER = frozenset({"03", FOREIGN_RESIDENT, "9B"})  # documents that never carry a citizen number
_PERMITS = ("810000", "820000", "830000")
# GB/T 2260: the first two digits of every province, region and municipality, and those of the permits
_PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), [71])
    for code in codes
) | {permit[:2] for permit in _PERMITS}
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_DROPPED = dict.fromkeys(map(ord, " \t\u3000\u00a0\u200b\u200c\u200d\ufeff'`’"))
_CLEAN: Mapping[int, int | None] = {**_NARROW, **_DROPPED}
_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD_CITIZEN = re.compile(r"[0-9]{15}")
_SPREADSHEET = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+")


class NumberRefused(ValueError):
    """A document number that cannot be right; `rule` names the broken rule (see `domain.findings`)."""

    def __init__(self, rule: str, detail: str = "") -> None:
        """`detail` completes the rule's sentence; neither holds the number."""
        super().__init__(f"document number refused: {rule} {detail}".rstrip())
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a number says about its holder; sex by GB/T 2261.1."""

    birth_date: date
    sex: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the numbers of one kind of document look."""

    kind: str
    pattern: re.Pattern[str]
    zh: str
    en: str


def load_shapes(text: str) -> dict[str, Shape]:
    """Parse the table of shapes: kind -> shape."""
    return {
        line["kind"]: Shape(
            kind=line["kind"], pattern=re.compile(line["pattern"]), zh=line["shape_zh"], en=line["shape_en"]
        )
        for line in csv.DictReader(text.splitlines())
    }


SHAPES = load_shapes(files("healthcard.domain").joinpath("tables", "documents.csv").read_text("utf-8"))


def clean(number: str) -> str:
    """`number` in capitals and half width, without blanks and invisible characters."""
    if number.isascii() and number.isalnum():
        return number.upper()
    return number.translate(_CLEAN).upper()


def check_character(first17: str) -> str:
    """The 18th character to `first17` (17 digits) by ISO 7064 MOD 11-2."""
    return _CHECK[sum(map(mul, _WEIGHTS, map(int, first17))) % 11]


def citizen_number(number: str) -> str:
    """The 18-character citizen number in `number`; one of 15 digits is lengthened. Raises NumberRefused."""
    return _citizen_number(clean(number))


def _citizen_number(text: str) -> str:
    if _OLD_CITIZEN.fullmatch(text):
        text = f"{text[:6]}19{text[6:]}"
        text += check_character(text)
    _require_frame(text)
    return text


def document(kind: str, number: str) -> Document:
    """The document in its normal form; `kind` by CV02.01.101. Raises NumberRefused, KeyError for an unknown kind."""
    text = clean(number)
    if kind == CITIZEN or (kind not in _OWN_NUMBER and _is_citizen_number(text)):
        return Document(kind=CITIZEN, number=_citizen_number(text))
    shape = SHAPES[kind]
    if _SPREADSHEET.fullmatch(text):
        raise NumberRefused("number_spoilt")
    if not shape.pattern.fullmatch(text):
        raise NumberRefused("number_shape", shape.zh)
    if kind == FOREIGN_RESIDENT and text[0] == "9":
        _require_frame(text)
    if kind == "06":
        text = text[:9]  # the rest counts reissues: the person's number stays
    if len(text.encode("gbk", errors="replace")) > CHIP_BYTES:
        raise NumberRefused("number_shape", shape.zh)
    return Document(kind=kind, number=text)


def claims(held: Document) -> Claims | None:
    """Birth and sex as the number gives them; None where a number says nothing of its holder."""
    framed = held.kind == CITIZEN or (held.kind == FOREIGN_RESIDENT and held.number[0] == "9")
    if not framed:
        return None
    number = held.number
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return Claims(birth_date=born, sex="1" if int(number[16]) % 2 else "2")


def known_province(held: Document) -> bool:
    """Whether a citizen number begins with a province's code; other documents have none to check."""
    return held.kind != CITIZEN or held.number[:2] in _PROVINCES


def title(held: Document) -> str:
    """The document's Chinese name: a citizen number that begins 81, 82 or 83 0000 stands on a residence permit."""
    if held.kind == CITIZEN and held.number.startswith(_PERMITS):
        return "港澳台居民居住证"
    return label("document_kind", held.kind)


def mask(number: str) -> str:
    """`number` with its middle starred: 3 + 2 characters stay of 12 or more, 1 + 1 of 5 or more, none of fewer."""
    shown = (3, 2) if len(number) >= 12 else (1, 1) if len(number) >= 5 else (0, 0)
    head, tail = number[: shown[0]], number[len(number) - shown[1] :]
    return f"{head}{'*' * (len(number) - sum(shown))}{tail}"


def mask_name(name: str) -> str:
    """The first character of `name` and as many stars as characters are hidden, three at most."""
    return name[:1] + "*" * min(len(name) - 1, 3)


def _is_citizen_number(text: str) -> bool:
    try:
        _require_frame(text)
    except NumberRefused:
        return False
    return text[0] != "9"


def _require_frame(text: str) -> None:
    """An 18-character number of digits with a real birth date and the right check character, or NumberRefused."""
    if not _CITIZEN.fullmatch(text):
        raise NumberRefused("number_spoilt" if _SPREADSHEET.fullmatch(text) else "number_characters")
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise NumberRefused("number_date") from None
    if born.year < OLDEST_YEAR:
        raise NumberRefused("number_date")
    if check_character(text[:17]) != text[17]:
        raise NumberRefused("number_check")
