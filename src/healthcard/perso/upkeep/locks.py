"""Locks on the chip: an application locked or unlocked, the whole card ended (第十三条)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from healthcard.card.host.place import ROOT
from healthcard.perso.upkeep.conversation import Conversation, Lock
from healthcard.perso.upkeep.errors import CannotBe
from healthcard.perso.upkeep.plan import Act

APPLICATIONS = ("DF01", "DF02", "DF03")  # 所有应用目录
FIRST = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockApplication:
    """The application is locked: for ever when `permanent`, else until it is unlocked."""

    ends_card: ClassVar[bool] = False
    directory: str
    permanent: bool

    @property
    def name(self) -> str:
        """In words."""
        return f"lock {self.directory} {'for ever' if self.permanent else 'for the time being'}"

    @property
    def acts(self) -> tuple[Act, ...]:
        """APPLICATION BLOCK."""
        return (Act(what=self.name, path=self.directory, weighty=True),)

    def missing(self, card: Conversation) -> Iterable[int]:
        """Whether the card answers its SELECT as a locked application does."""
        found = card.lock(self.directory)
        return () if found is Lock.PERMANENT or (found is Lock.TEMPORARY and not self.permanent) else FIRST

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """Lock it."""
        card.session.block_application(self.directory, permanent=self.permanent)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockApplication:
    """The application is not locked."""

    ends_card: ClassVar[bool] = False
    directory: str

    @property
    def name(self) -> str:
        """In words."""
        return f"unlock {self.directory}"

    @property
    def acts(self) -> tuple[Act, ...]:
        """APPLICATION UNBLOCK."""
        return (Act(what=self.name, path=self.directory, weighty=True),)

    def missing(self, card: Conversation) -> Iterable[int]:
        """Raises CannotBe when it is locked for ever."""
        found = card.lock(self.directory)
        if found is Lock.PERMANENT:
            raise CannotBe(f"{self.directory} is locked for ever, nothing unlocks it (第十三条)")
        return () if found is Lock.NONE else FIRST

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """Unlock it."""
        card.session.unblock_application(self.directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCard:
    """The whole card is locked for ever: it answers nothing but its reset."""

    ends_card: ClassVar[bool] = True
    name: ClassVar[str] = "lock the card for ever"
    acts: ClassVar[tuple[Act, ...]] = (Act(what="lock the card for ever", path=ROOT, weighty=True),)

    def missing(self, card: Conversation) -> Iterable[int]:
        """Whether it answers 6A81 to everything."""
        return () if card.is_dead() else FIRST

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """CARD BLOCK."""
        card.session.block_card()


def termination() -> tuple[LockApplication, ...]:
    """All applications locked for ever: the card is terminated and can still prove whose it was."""
    return tuple(LockApplication(directory=directory, permanent=True) for directory in APPLICATIONS)


def suspension() -> tuple[LockApplication, ...]:
    """All applications locked for the time being: institutions get nothing from the card until it is released."""
    return tuple(LockApplication(directory=directory, permanent=False) for directory in APPLICATIONS)


def resumption() -> tuple[UnlockApplication, ...]:
    """All applications released again."""
    return tuple(UnlockApplication(directory=directory) for directory in APPLICATIONS)
