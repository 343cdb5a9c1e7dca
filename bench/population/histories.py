"""What happens to the cards of a synthetic person: a few kinds of lives, and how many of a hundred people have each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Changes = Mapping[str, object]
AT_DESK: Final = "desk"  # in place of the number of the person's own desk
IN_DAYS: Final = 15  # how long an oral report holds

FACTS: Final[Changes] = {
    "life": "planned",
    "loss": "none",
    "pin_locked": False,
    "app_lock": "none",
    "suspended": False,
    "place": "none",
    "chip_end": "none",
    "end_reason": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a life: which act brings it, and to which of the person's cards (1, 2)."""

    act: int
    card: int
    version: int
    person_version: int
    event: str
    changes: Changes
    told: str  # what hospitals are told from now on, '' when it is what they know


@dataclass(slots=True)
class Life:
    """A life as it is told, act by act."""

    share: int  # of a hundred people
    steps: list[Step] = field(default_factory=list)
    facts: dict[int, dict[str, object]] = field(default_factory=dict)
    acts: int = 0
    _told: dict[int, str] = field(default_factory=dict)

    def act(self, *events: tuple[int, str, Changes]) -> Life:
        """One act more: what happens in it to which card."""
        for card, event, changes in events:
            facts = self.facts.setdefault(card, {**FACTS, "version": 0})
            version = sum(step.card == card for step in self.steps) + 1
            facts.update(changes, version=version)
            told = self._turn(card, facts)
            self.steps.append(
                Step(
                    act=self.acts,
                    card=card,
                    version=version,
                    person_version=len(self.steps) + 1,
                    event=event,
                    changes=changes,
                    told=told,
                )
            )
        self.acts += 1
        return self

    def _turn(self, card: int, facts: Changes) -> str:
        reason = {"planned": "not_issued", "made": "not_issued", "ended": "ended"}.get(str(facts["life"]), "usable")
        if reason == "usable" and facts["loss"] != "none":
            reason = "lost"
        known = self._told.get(card, "not_issued")
        self._told[card] = reason
        return reason if reason != known else ""


HANDED: Final = ("handed_over", {"life": "issued", "place": "holder"})


def made(life: Life, card: int = 1) -> Life:
    """A card as it lies at the desk."""
    life.act((card, "ordered", {"place": "maker"})).act((card, "made", {"life": "made"}))
    return life.act((card, "arrived", {"place": "desk", "place_org": AT_DESK}))


def sent(life: Life) -> Life:
    """A card on its way to the desk."""
    life.act((1, "ordered", {"place": "maker"})).act((1, "made", {"life": "made"}))
    return life.act((1, "dispatched", {"place": "transit", "place_org": AT_DESK}))


def issued(share: int) -> Life:
    """A card its holder has."""
    return made(Life(share)).act((1, *HANDED))


def lives() -> dict[str, Life]:
    """Every kind of life; their shares are a hundred, their events about three a card."""
    lost = {"loss": "written", "place": "lost", "loss_until": None}
    ended = {"life": "ended", "end_reason": "death", "place": "recovered"}
    replaced = {"life": "ended", "end_reason": "replaced", "place": "recovered"}
    return {
        "ordered": Life(33).act((1, "ordered", {"place": "maker"})),
        "finished": Life(1).act((1, "ordered", {"place": "maker"})).act((1, "made", {"life": "made"})),
        "travelling": sent(Life(1)),
        "stock": made(Life(8)),
        "plain": issued(51),
        "lost": issued(1).act((1, "written_loss", lost)),
        "found": issued(1).act((1, "written_loss", lost)).act((1, "unlossed", {"loss": "none", "place": "holder"})),
        "lapsed": issued(1)
        .act((1, "oral_loss", {"loss": "oral", "loss_until": IN_DAYS}))
        .act((1, "oral_lapsed", {"loss": "none", "loss_until": None})),
        "locked": issued(1).act((1, "pin_locked", {"pin_locked": True})).act((1, "unlocked", {"pin_locked": False})),
        "ended": issued(1)
        .act((1, "terminated", ended))
        .act((1, "locked_on_chip", {"chip_end": "locked", "app_lock": "permanent"})),
        "replaced": made(issued(1), card=2).act((1, "replaced", replaced), (2, *HANDED)),
    }
