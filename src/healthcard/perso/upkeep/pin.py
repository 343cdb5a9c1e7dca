"""Unlocking the holder's PIN (解锁, 第十二条第五项): the holder sets a new one on a pad, nobody else sees it.

Neither plan nor journal holds a digit. A PIN whose counter is full again has been unlocked: so settling sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from healthcard.card.host import pin
from healthcard.card.wire.errors import CardError
from healthcard.card.wire.facts import FACTS
from healthcard.perso.upkeep.conversation import PIN_DIRECTORY, Conversation
from healthcard.perso.upkeep.errors import CannotBe, PadFailed
from healthcard.perso.upkeep.plan import Act

NO_PIN = "this card carries no PIN: there is nothing to unlock"


class PinPad(Protocol):
    """A pad on which the holder types, out of the clerk's sight."""

    def new_pin(self) -> str:
        """4 to 6 digits, typed twice alike; raises PadFailed when the holder gives up."""
        ...


class NotSet(CardError):
    """The card took the new PIN and then does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockPin:
    """The PIN has all its tries and the value the holder typed on `pad`.

    A PIN with all its tries is left alone, unless `renew`: then a new one is set whatever the counter says (forgotten),
    and only showing it to the card proves it. Such a goal stands alone in its plan.
    """

    name: ClassVar[str] = "unlock the PIN and set a new one"
    acts: ClassVar[tuple[Act, ...]] = (Act(what="unlock the PIN and set a new one", path=PIN_DIRECTORY, weighty=True),)
    ends_card: ClassVar[bool] = False
    pad: PinPad = field(repr=False)
    renew: bool = False

    def missing(self, card: Conversation) -> Iterable[int]:
        """Raises CannotBe on a card without PIN."""
        found = card.pin()
        if found is None:
            raise CannotBe(NO_PIN)
        reached = found.shown if self.renew else found.tries == FACTS.pin_tries
        return () if reached else (0,)

    def send(self, card: Conversation, acts: Sequence[int]) -> None:
        """Ask for the PIN, set it under the issuer's key, and show it to the card."""
        digits = self.pad.new_pin()
        try:
            pin.bcd(digits)
        except CardError as error:
            raise PadFailed(str(error)) from None
        if card.session.unblock_pin(digits) != pin.PinOk():
            raise CannotBe(NO_PIN)
        if card.session.verify_pin(digits) != pin.PinOk():
            raise NotSet("the card does not know the PIN that was set a moment ago")
