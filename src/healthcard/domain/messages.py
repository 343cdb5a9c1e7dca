"""What a holder is told of every act on his card and data: one sentence for each kind, with masked places alone."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from types import MappingProxyType

from healthcard.domain.calendar import CHINA

STANDING = frozenset({"time", "card", "number", "kind", "due", "place"})  # known from the message's own record
TOLD = frozenset({"name", "document", "phone", "receipt", "until", "what", "reason", "count"})
_MASKED = frozenset({"name", "card", "document", "phone"})
_NUMBERS = frozenset({"number", "receipt"})  # a ticket's or receipt's number is no person's
_TIMES = frozenset({"time", "until", "due"})
_UNKNOWN = "—"
_PLACE = re.compile(r"\{([a-z]+)\}")
_IDENTIFYING = re.compile(r"[0-9]{11,}[0-9Xx]?")  # a telephone or identity number in the clear


class MessageRefused(ValueError):
    """A message that cannot be told: a fact is missing, unknown or not masked. An error of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One kind of message. `urgent` ones are sent at once; `events` are those of the life-cycle it tells of."""

    kind: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    urgent: bool = False
    events: tuple[str, ...] = ()

    @property
    def places(self) -> frozenset[str]:
        """The facts it speaks of."""
        return frozenset(_PLACE.findall(self.zh))

    @property
    def told(self) -> frozenset[str]:
        """Those of its facts that the act has to tell."""
        return self.places - STANDING

    def title(self, language: str = "zh") -> str:
        """Its heading, in "zh" or "en"."""
        return self.title_zh if language == "zh" else self.title_en


def load(text: str) -> dict[str, Message]:
    """Parse the table: kind -> message."""
    return {
        kind: Message(kind=kind, events=tuple(row.pop("events", ())), **row)
        for kind, row in tomllib.loads(text).items()
    }


MESSAGES: Mapping[str, Message] = MappingProxyType(
    load(files("healthcard.domain").joinpath("tables", "messages.toml").read_text("utf-8"))
)

# Why a card ended, in words: code -> language -> words. Any other reason was written by a person and is told as it is.
END_REASONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        row["code"]: row
        for row in csv.DictReader(
            files("healthcard.domain").joinpath("tables", "end_reasons.csv").read_text("utf-8").splitlines()
        )
    }
)


def identifies(text: str) -> bool:
    """Whether a text holds a number long enough to be somebody's document or telephone."""
    return _IDENTIFYING.search(text) is not None


def require(kind: str, facts: Mapping[str, object]) -> None:
    """Refuse facts told by an act that do not fill a message of `kind`, or say too much. Raises MessageRefused."""
    message = MESSAGES.get(kind)
    if message is None:
        raise MessageRefused(f"There is no message {kind}.")
    if missing := message.told - facts.keys():
        raise MessageRefused(f"Message {kind} needs {', '.join(sorted(missing))}.")
    for place, fact in facts.items():
        _require_fact(kind, place, str(fact))


def _require_fact(kind: str, place: str, fact: str) -> None:
    if place not in TOLD | STANDING:
        raise MessageRefused(f"No message has a place {place}.")
    if place in _MASKED and "*" not in fact:
        raise MessageRefused(f"Message {kind}: {place} has to be masked.")
    if place not in _NUMBERS | _TIMES and identifies(fact):
        raise MessageRefused(f"Message {kind}: {place} holds a number in the clear.")


def render(kind: str, facts: Mapping[str, object], language: str = "zh") -> str:
    """The sentence of a message of `kind` in "zh" or "en"; times as ISO text or as such. Raises MessageRefused.

    A standing fact that the record does not know is shown as a dash.
    """
    require(kind, facts)
    message = MESSAGES[kind]
    sentence = message.zh if language == "zh" else message.en
    return _PLACE.sub(lambda place: _shown(place[1], facts.get(place[1], _UNKNOWN), language), sentence)


def _shown(place: str, fact: object, language: str) -> str:
    if place == "reason" and str(fact) in END_REASONS:
        return END_REASONS[str(fact)][language]
    if place not in _TIMES:
        return str(fact)
    text = fact.isoformat() if isinstance(fact, date) else str(fact)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if "T" not in text and " " not in text:
        return f" {moment:%Y-%m-%d} " if language == "zh" and place == "time" else f"{moment:%Y-%m-%d}"
    local = moment.astimezone(CHINA) if moment.tzinfo else moment
    return f" {local:%Y-%m-%d %H:%M} " if language == "zh" and place == "time" else f"{local:%Y-%m-%d %H:%M}"
