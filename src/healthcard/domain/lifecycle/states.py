"""What the values of a card's facts and the states of an application are called: one table for screens and refusals."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A value in both languages."""

    zh: str
    en: str


def _load(text: str) -> dict[tuple[str, str], Words]:
    return {(row["of"], row["value"]): Words(zh=row["zh"], en=row["en"]) for row in csv.DictReader(text.splitlines())}


STATES: Final[Mapping[tuple[str, str], Words]] = _load(
    files("healthcard.domain.lifecycle").joinpath("states.csv").read_text("utf-8")
)


def called(fact: str, value: object) -> Words:
    """The words for a value of `fact` ("application" for the state of one); KeyError for one that is not in the table.

    End reasons have a table of their own (tables/end_reasons.csv).
    """
    return STATES[fact, str(value).lower()]
