"""An upkeep plan: named goals on one issued card, each knowing how to see that it is reached and what to send if not.

Goals are asked before they are written, so carrying a plan out and settling it are the same walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from healthcard.card.host.ports import CardAddress
from healthcard.card.wire.layout import Layout
from healthcard.perso.digest import sm3
from healthcard.perso.journal import Intent
from healthcard.perso.products import Product
from healthcard.perso.upkeep.conversation import Conversation

FIRST = 1  # index of the first act; 0 is the personalisation's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One writing command before it is sent. `content` is what it writes in clear: it goes into digests only.

    A `standby` act is sent only when the card needs it; after a `weighty` one the journal is committed at once;
    `plain` ones, of a file written in clear, may travel together.
    """

    what: str
    path: str
    content: bytes = field(default=b"", repr=False)
    standby: bool = False
    weighty: bool = False
    plain: bool = False

    def sealed(self) -> bytes:
        """What a digest covers."""
        return b"\x00".join((self.path.encode(), self.what.encode(), self.content))


class Goal(Protocol):
    """Something a card shall have, be or hold."""

    @property
    def name(self) -> str:
        """In words, without content."""
        ...

    @property
    def acts(self) -> tuple[Act, ...]:
        """The writing commands that lead there, in their order; the same whatever the card has already."""
        ...

    @property
    def ends_card(self) -> bool:
        """Whether the card answers nothing any more once it is reached."""
        ...

    def missing(self, card: Conversation) -> Iterable[int]:
        """Ask the card which acts (by their place) are still to be sent; none = reached.

        Raises CannotBe, CardError.
        """
        ...

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """Carry out the acts in these places, one alone or `plain` ones that follow each other.

        Raises CannotBe, CardError; when it returns the card has said yes to all of them.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A goal and the index of its first act in the plan."""

    first: int
    goal: Goal

    def acts(self) -> Iterator[tuple[int, Act]]:
        """Its acts with their indexes in the plan."""
        return enumerate(self.goal.acts, self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepPlan:
    """Goals for the card of `address`. `seal` (32 bytes, `seal_of`) keeps short contents from being guessed."""

    product: Product = field(repr=False)
    layout: Layout = field(repr=False)
    address: CardAddress
    seal: bytes = field(repr=False)
    goals: tuple[Goal, ...]

    def placed(self) -> Iterator[Placed]:
        """The goals with their places."""
        first = FIRST
        for goal in self.goals:
            yield Placed(first=first, goal=goal)
            first += len(goal.acts)

    @property
    def ends_card(self) -> bool:
        """Whether the card is dead once the plan is carried out."""
        return any(goal.ends_card for goal in self.goals)

    @property
    def digest(self) -> bytes:
        """SM3 (32 bytes) of the whole plan: the same whenever the same goals are set for the same card."""
        head = f"upkeep|{self.product.name}|{self.layout.name}|{self.address.version}".encode()
        acts = (sm3(act.sealed()) for goal in self.goals for act in goal.acts)
        return sm3(self.seal, head, self.address.chip, self.address.city, *acts)

    def intents(self) -> Iterator[Intent]:
        """One for each act; its digest is SM3 over the seal, the place and the act."""
        for placed in self.placed():
            for index, act in placed.acts():
                digest = sm3(self.seal, index.to_bytes(4, "big"), act.sealed())
                yield Intent(index=index, act=act.what, path=act.path, digest=digest, standby=act.standby)


def seal_of(check_values: Iterable[tuple[str, bytes]]) -> bytes:
    """SM3 (32 bytes) over the card's key check values (3 bytes each, by key name): only who has the keys knows it."""
    return sm3(*(name.encode() + value for name, value in check_values))
