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
    read = read_phone(number.strip())
    if read is None:
        return None
    digits = "".join(filter(str.isdigit, read))
    country = next((code for code in _CHINA if digits.startswith(code) and len(digits) == len(code) + _MOBILE), "")
    return Trace(kind=TraceKind.PHONE, text=digits.removeprefix(country))


def name(full: str) -> Trace | None:
    """The trace of a full name; None for a blank one."""
    text = _plain(full)
    return Trace(kind=TraceKind.NAME, text=text) if text else None


def name_birth(full: str, born: date) -> Trace | None:
    """The trace of a full name with its birth date."""
    text = _plain(full)
    return Trace(kind=TraceKind.NAME_BIRTH, text=f"{text}|{born:%Y%m%d}") if text else None


def of(person: Resident) -> tuple[Trace, ...]:
    """Everything but documents by which a person is found, each once."""
    found = [name(person.name), name_birth(person.name, person.birth_date), *map(phone, person.phones)]
    return tuple(dict.fromkeys(trace for trace in found if trace is not None))


def _plain(full: str) -> str:
    return fold(normalize("NFKC", full)).translate(_DROPPED).casefold()
