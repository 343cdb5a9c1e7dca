"""Where the life of cards plays: who works there, whose cards they are, and what lies in the readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from healthcard.card.host.rack import RackChip
from healthcard.cli.life.api import Api
from healthcard.cli.life.hospital import Terminal
from healthcard.services.line.driver import Json

FACE = "document_and_face"
DUTIES = "2026-1"  # the text of the holder's duties that is signed (第十二条第二项)


class Unlike(Exception):
    """Something did not come about as the story has it."""


def expect(what: str, seen: object, wanted: object) -> None:
    """Raise Unlike when `seen` is not what the story wants."""
    if seen != wanted:
        raise Unlike(f"{what}: {seen!r} instead of {wanted!r}")


@dataclass(slots=True, kw_only=True)
class Card:
    """A card of somebody's: its id, its own key, and the chip it is on."""

    id: int
    issuer_code: str
    issue_serial: str
    chip: RackChip


@dataclass(slots=True, kw_only=True)
class Holder:
    """One of the people; `product` is the chip his first card is made of, `form` what he wrote down of himself.

    `resident` is what he is on file as, 0 before.
    """

    form: dict[str, str] = field(repr=False)
    product: str
    pin: str = field(repr=False)
    resident: int = 0
    cards: list[Card] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)  # ids that a later step needs

    @property
    def card(self) -> Card:
        """The card he has now."""
        return self.cards[-1]

    def new_pin(self) -> str:
        """What he types on the pad at the desk, out of the clerk's sight."""
        return self.pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The doors as everybody enters them: `at` holds the desk's door by role, `hospital` that of institutions.

    `blank` takes a blank chip of a product from the box and puts it into the reader; `terminal` stands at the hospital.
    """

    at: Mapping[str, Api]
    hospital: Api
    terminal: Terminal
    desk: int
    blank: Callable[[str], RackChip]

    @property
    def clerk(self) -> Api:
        """The one who does most of it."""
        return self.at["clerk"]

    def applied(self, path: str, holder: Holder, form: Mapping[str, object], **more: object) -> Json:
        """An application of the holder himself with his documents."""
        body = {"resident": holder.resident, "presented": ["identity", "card"], "identity": FACE, **more}
        told: Json = self.clerk.post(path, body | {"form": {"phone": "15400000000", **form}})
        return told

    def verified(self, application: int) -> None:
        """The clerk says how the facts were verified."""
        self.clerk.post(f"/applications/{application}/verification", {"finding": "已核实本人和卡片情况"})

    def reviewed(self, application: int) -> str:
        """Another person looks at an application and agrees; its state."""
        reviewer = self.at["reviewer"]
        digest = reviewer.get(f"/applications/{application}")["digest"]
        judged = {"approved": True, "opinion": "情况属实，同意", "digest": digest}
        return str(reviewer.post(f"/applications/{application}/review", judged)["state"])

    def state(self, card: Card) -> Json:
        """Every fact of a card, as the desk sees them."""
        told: Json = self.clerk.get(f"/cards/{card.id}/state")
        return told

    def asked(self, card: Card) -> str:
        """What the hospital is told of a card: the reason class."""
        return str(self.hospital.get(f"/cards/{card.issuer_code}/{card.issue_serial}/status")["reason"])

    def made(self, card: int, product: str) -> Card:
        """A planned card made of a blank chip at the maker's reader, and brought to the desk."""
        row = self.clerk.get(f"/cards/{card}")
        chip = self.blank(product)
        done = self.at["maker"].card_session("personalise", chip, card=card)
        expect("making", done["outcome"], "finished")
        self.at["maker"].post(f"/cards/{card}/dispatch", {"organisation": self.desk})
        self.clerk.post(f"/cards/{card}/arrival")
        return Card(id=card, issuer_code=row["issuer_code"], issue_serial=row["issue_serial"], chip=chip)

    def handed_over(self, application: int, holder: Holder, card: Card, *presented: str) -> None:
        """The holder sets his PIN, signs for his duties and takes the card."""
        who: dict[str, Any] = {"application": application, "identity": FACE}
        done = self.clerk.card_session("set pin", card.chip, holder, **who)
        expect("first PIN", done["outcome"], "finished")
        signed: dict[str, Any] = {"presented": ["identity", *presented], "text_version": DUTIES, "signer": "持卡人本人"}
        self.clerk.card_session("hand over", card.chip, **who, **signed)
        holder.cards.append(card)
        expect("after the hand-over the card is", self.asked(card), "usable")
