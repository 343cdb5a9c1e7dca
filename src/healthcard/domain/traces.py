"""By what a person is found again: documents, telephones, full name; each in the one form that is digested.

Two spellings of one thing become one trace: full width, blanks, the dots of long names, a telephone's country code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from unicodedata import normalize

from healthcard.domain.cells import read_phone
from healthcard.domain.names import MIDDLE_DOT, fold
from healthcard.domain.resident import Resident

_CHINA = ("0086", "86")
_MOBILE = 11  # digits
_DROPPED = str.maketrans("", "", f" \t{MIDDLE_DOT}")


class TraceKind(StrEnum):
    """What a trace is of; documents have digests of their own."""

    PHONE = "phone"
    NAME = "name"
    NAME_BIRTH = "name_birth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One thing by which somebody is found: its kind and its one form."""

    kind: TraceKind
    text: str = field(repr=False)


def phone(number: str) -> Trace | None:
    """The trace of a telephone number however it is written; None for what is none."""
    digits = number
    if not (number.isascii() and number.isdecimal() and len(number) == _MOBILE):  # most are plain
        digits = "".join(filter(str.isdigit, read_phone(number.strip()) or ""))
        country = next((code for code in _CHINA if digits.startswith(code) and len(digits) == len(code) + _MOBILE), "")
        digits = digits.removeprefix(country)
    return Trace(kind=TraceKind.PHONE, text=digits) if digits else None


def name(full: str) -> Trace | None:
    """The trace of a full name; None for a blank one."""
    text = _plain(full)
    return Trace(kind=TraceKind.NAME, text=text) if text else None


def name_birth(full: str, born: date) -> Trace | None:
    """The trace of a full name with its birth date."""
    text = _plain(full)
    return _with_birth(text, born) if text else None


def of(person: Resident) -> tuple[Trace, ...]:
    """Everything but documents by which a person is found, each once."""
    text = _plain(person.name)
    named = [Trace(kind=TraceKind.NAME, text=text), _with_birth(text, person.birth_date)] if text else []
    phones = dict.fromkeys(map(phone, person.phones))
    return (*named, *(trace for trace in phones if trace is not None))


def _with_birth(text: str, born: date) -> Trace:
    return Trace(kind=TraceKind.NAME_BIRTH, text=f"{text}|{born.isoformat()}")


def _plain(full: str) -> str:
    return fold(normalize("NFKC", full)).translate(_DROPPED).casefold()
