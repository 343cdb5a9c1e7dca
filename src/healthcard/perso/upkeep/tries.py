"""Tries of card keys are never spent to the last: every use is noted before it, and taken back when it went well.

A key whose use got no answer, or a wrong one, keeps its note from session to session and from job to job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from healthcard.card.host.ports import CardAddress, CardKeys
from healthcard.card.wire import status
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import Layout
from healthcard.perso.journal import Outcome
from healthcard.perso.ledger import ATTEMPT, FLOOR, SENT, attempts, surely_left, told
from healthcard.perso.upkeep.errors import CannotBe

FIRST_KEY = 100_000  # journal index of the layout's first key: outcomes from here on tell of tries, not of acts


class SparingKeys:
    """A CardKeys that notes each key before its first use in this session. Raises CannotBe for a key nearly spent."""

    def __init__(self, keys: CardKeys, layout: Layout) -> None:
        self._keys = keys
        self._free = {key.name for key in layout.keys if key.usage == "internal"}  # proving itself costs the card none
        self._indexes = {key.name: index for index, key in enumerate(layout.keys, FIRST_KEY)}
        self._known: dict[int, Outcome] = {}
        self._note: Callable[[Sequence[Outcome]], None] = lambda outcomes: None
        self._used: list[str] = []

    def follow(self, known: Mapping[int, Outcome], note: Callable[[Sequence[Outcome]], None]) -> None:
        """From now on notes go to `note`, which commits them; `known` is what earlier sessions left."""
        self._known, self._note = dict(known), note

    def encipher(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """As the keys do."""
        self._about_to_use(name)
        return self._keys.encipher(name, card, challenge, data)

    def mac(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """As the keys do."""
        self._about_to_use(name)
        return self._keys.mac(name, card, challenge, data)

    def went_well(self) -> None:
        """Every use so far was answered with yes."""
        well = [Outcome(index=self._indexes[name], sw=status.OK, how=SENT) for name in self._used]
        self._used.clear()
        self._write(*well)

    def ended(self, *, tries: int | None = None, unused: bool = False) -> None:
        """The session broke off: all but the key used last went well. That one may have lost a try.

        `tries`: what the card said it has left; `unused`: its holder never answered.
        """
        last = self._used.pop() if self._used else None
        self.went_well()
        if last is None:
            return
        index = self._indexes[last]
        if tries is not None:
            self._write(Outcome(index=index, sw=0x63C0 | tries, how=SENT))
        elif unused:
            self._write(self._attempt(last, attempts(self._known.get(index)) - 1))

    def _about_to_use(self, name: str) -> None:
        if name in self._free:
            return
        if name in self._used:
            self._used.remove(name)
            self._used.append(name)
            return
        last = self._known.get(self._indexes[name])
        left = surely_left(last, FACTS.key_tries)
        if left <= FLOOR:
            raise CannotBe(
                f"{name} may have only {left} tries left on this card, which are never spent: replace the card and "
                "find out whose keys it has"
            )
        self._write(self._attempt(name, attempts(last) + 1))
        self._used.append(name)

    def _attempt(self, name: str, number: int) -> Outcome:
        """What the card told of the key's tries last stays in the status word."""
        index = self._indexes[name]
        last = self._known.get(index)
        word = last.sw if last is not None and told(last) is not None else 0
        return Outcome(index=index, sw=word, how=f"{ATTEMPT} {number}" if number else SENT)

    def _write(self, *outcomes: Outcome) -> None:
        self._known |= {outcome.index: outcome for outcome in outcomes}
        if outcomes:
            self._note(outcomes)
