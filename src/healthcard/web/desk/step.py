"""What a step of a guided act is: with which row, what is asked for it, and what carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk.reader_acts import SIGNATURE
from healthcard.web.desk.choices import Choices
from healthcard.web.desk.given import Given

APPLICATION, CARD, PERSON, READER = "application", "card", "person", "reader"
ANYBODY = ("holder", "agent", "guardian")
Arguments = Callable[[int, Given], dict[str, object]]
Done = Callable[[Actor, int, Given], str]


def of_application(number: int, _given: Given) -> dict[str, object]:
    """The application alone."""
    return {"application": number}


def of_card(number: int, _given: Given) -> dict[str, object]:
    """The card alone."""
    return {"card": number}


def verified(number: int, given: Given) -> dict[str, object]:
    """With how the holder was verified."""
    return {"application": number, "identity": given.identity}


def by_himself(number: int, given: Given) -> dict[str, object]:
    """With who types: the holder, or his guardian."""
    return verified(number, given) | {"by": given.by}


def collected(number: int, given: Given) -> dict[str, object]:
    """Who collects, as `services.line.desk_acts.collection` reads it."""
    who = {f"delegate_{name}": text for name, text in given.delegate.items() if text} if given.represented else {}
    signed = {"text_version": given.text_version, "signer": given.signer}
    signed |= {SIGNATURE: given.signature} if given.signature else {}
    return by_himself(number, given) | {"presented": list(given.presented)} | signed | who


def locked(number: int, given: Given) -> dict[str, object]:
    """With how much is locked."""
    return {"card": number, "whole": given.flag}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `act` of the line with its `arguments`, or `do`, which answers with words about what came of it.

    `evidence` names the act whose documents and ways of verifying hold (domain/evidence.py); `comes`: whoever comes is
    asked for, with what he shows (without papers where `papers` is off); `duties`: he reads and signs them.
    `text`, `flag` and `label` are the labels of free words, a tick and a choice among `options`.
    """

    name: str
    about: str
    title: Promise
    permission: Permission
    act: str = ""
    arguments: Arguments = of_application
    do: Done | None = field(default=None, repr=False)
    evidence: str = ""
    comes: tuple[str, ...] = ()
    papers: bool = False
    duties: bool = False
    text: Promise | None = None
    flag: Promise | None = None
    label: Promise | None = None
    options: Choices | None = field(default=None, repr=False)
    note: Promise | None = None
