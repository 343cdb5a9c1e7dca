"""How cards end: given back or given up, locked on the chip, destroyed by two people."""

from __future__ import annotations

from healthcard.cli.life.api import Told
from healthcard.cli.life.scene import Card, Holder, Scene, expect


def given_back(scene: Scene, holder: Holder) -> str:
    """A voluntary return, with the card."""
    told = scene.applied("/returns", holder, {"irrevocable": True})
    expect("the hospital is told", scene.asked(holder.card), "ended")
    holder.kept["termination"] = told["application"]["id"]
    return f"ended for ever; receipt {told['receipt']['number']}"


def termination(scene: Scene, holder: Holder) -> str:
    """At the holder's wish, reviewed by a second person."""
    wish = scene.applied("/terminations", holder, {"reason": "1", "irrevocable": True})["application"]["id"]
    expect("before the review the card is", scene.asked(holder.card), "usable")
    expect("the wish is", scene.reviewed(wish), "completed")
    expect("the hospital is told", scene.asked(holder.card), "ended")
    return "asked for, reviewed by a second person, ended for ever"


def locked_on_chip(scene: Scene, holder: Holder) -> str:
    """The returned chip in the reader."""
    return _locked(scene, holder.card)


def locked_before(scene: Scene, holder: Holder) -> str:
    """The chips of the cards he had before: the damaged and the temporary one."""
    return f"{serials(holder.cards[:-1])}: {[_locked(scene, card) for card in holder.cards[:-1]][-1]}"


def _locked(scene: Scene, card: Card) -> str:
    done = scene.clerk.card_session("lock returned", card.chip, card=card.id)
    expect("locking", done["outcome"], "finished")
    looked = scene.clerk.card_session("look", card.chip)
    expect("locks", set(looked["locks"].values()), {"permanent"})
    return "every application locked on the chip for ever"


def never_again(scene: Scene, holder: Holder) -> str:
    """Whatever is tried on an ended card."""
    report = {"resident": holder.resident, "presented": ["identity"], "identity": "document_and_face"}
    tried = ("/unlosses", {"card": holder.card.id, "form": {"phone": "15400000000", "unloss_reason": "已找到"}})
    try:
        scene.clerk.post(tried[0], report | {"presented": ["identity", "card"]} | tried[1])
    except Told as refused:
        return f"an ended card stays ended: {refused.status} {refused.rule}"
    expect("reviving an ended card", "done", "refused")
    return ""


def destroyed(scene: Scene, holder: Holder) -> str:
    """Set aside by one person, destroyed before another."""
    return _destroyed(scene, [holder.card])


def destroyed_before(scene: Scene, holder: Holder) -> str:
    """The chips of the cards he had before."""
    return _destroyed(scene, holder.cards[:-1])


def _destroyed(scene: Scene, cards: list[Card]) -> str:
    register = {row["card"] for row in scene.clerk.get("/returned-chips?limit=100")["items"]}
    chips = [card.id for card in cards]
    expect("cards that are not in the register", set(chips) - register, set())
    scene.clerk.post("/returned-chips/set-aside", {"cards": chips})
    certificate = scene.at["supervisor"].post("/returned-chips/destruction", {"cards": chips})
    expect("where the chips are", {scene.state(card)["place"] for card in cards}, {"destroyed"})
    return f"chips of {serials(cards)} destroyed by two people; certificate {certificate['digest'][:16]}…"


def serials(cards: list[Card]) -> str:
    """Which cards, for a line to print."""
    return ", ".join(card.issue_serial for card in cards)
