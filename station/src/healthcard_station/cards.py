"""What the station needs of readers, cards and devices, as protocols: PC/SC's are in `pcsc`, others bring their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class CardGone(Exception):
    """There is no card, or no device, that answers; the sentence says why."""


class Card(Protocol):
    """A card in a reader. Every method may raise CardGone, and may hang."""

    def reset(self) -> bytes:
        """Power it off and on; its answer to reset."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU; data and status word, as the card gave them."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Readers(Protocol):
    """The readers of this station."""

    def look(self) -> Mapping[str, bool]:
        """Their names, and whether a card lies in each."""
        ...

    def open(self, name: str) -> Card:
        """The card in the reader `name`; raises CardGone. Called in the thread that will use it."""
        ...


class Device(Protocol):
    """A device beside the readers: PIN pad, reader of identity cards, camera, signature pad (docs/stations.md)."""

    def take(self) -> Mapping[str, str]:
        """What it tells, texts by name; raises CardGone when nobody types, shows a card or signs. May hang."""
        ...
