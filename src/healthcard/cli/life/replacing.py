"""A new card for a damaged or lost one: a temporary card meanwhile, business data moved, one card at every moment."""

from __future__ import annotations

from typing import Any

from healthcard.cli.life.api import Told
from healthcard.cli.life.ending import serials
from healthcard.cli.life.scene import DUTIES, FACE, Card, Holder, Scene, expect
from healthcard.cli.life.visits import FIRST, SECOND
from healthcard.services.line.driver import Json

TEMPORARY = "jia"  # what the desk has in its drawer


def damaged(scene: Scene, holder: Holder) -> str:
    """附表 4, reason 2: the old card goes on until something takes its place."""
    wish = scene.applied("/replacements", holder, {"reason": "2"}, card=holder.card.id)
    holder.kept["replacement"] = wish["application"]["id"]
    scene.reviewed(holder.kept["replacement"])
    expect("the hospital is told of the old card", scene.asked(holder.card), "usable")
    return f"application {wish['application']['number']} approved; the old card is good until then"


def temporary(scene: Scene, holder: Holder) -> str:
    """Made at the desk while the new card is made."""
    old = holder.card
    wish = scene.applied("/temporary-cards", holder, {"temporary_reason": "复诊"}, presented=["identity"])["id"]
    chip = scene.blank(TEMPORARY)
    done = scene.clerk.card_session("make temporary", chip, application=wish)
    expect("making", done["outcome"], "finished")
    who: dict[str, Any] = {"application": wish, "identity": FACE}
    scene.clerk.card_session("set pin", chip, holder, **who)
    signed: dict[str, Any] = {"presented": ["identity"], "text_version": DUTIES, "signer": "持卡人本人"}
    lent = scene.clerk.card_session("hand over temporary", chip, **who, **signed)["card"]
    row = scene.clerk.get(f"/cards/{lent}")
    card = Card(id=lent, issuer_code=row["issuer_code"], issue_serial=row["issue_serial"], chip=chip)
    expect("the hospital is told of both", (scene.asked(old), scene.asked(card)), ("suspended", "usable"))
    holder.cards.append(card)
    return f"card {card.issue_serial} is good until {row['valid_until']}; the old one rests"


def replaced(scene: Scene, holder: Holder) -> str:
    """The old and the temporary card come back, everything on them moves, the new one is handed over: one act."""
    old, lent = holder.cards[-2:]
    wish = holder.kept["replacement"]
    new = scene.made(scene.clerk.post(f"/replacements/{wish}/order")["card"], holder.product)
    for card in (old, lent):
        scene.clerk.card_session("read business data", card.chip, application=wish)
    moved = _moved(scene, wish, new)
    _refused_without(scene, wish, new)
    scene.handed_over(wish, holder, new, "card", "temporary_card")
    expect("visits the hospital finds on the new card", scene.terminal.visits(new.chip), {FIRST, SECOND})
    expect("the hospital is told of the others", {scene.asked(old), scene.asked(lent)}, {"ended"})
    return f"{moved['items']} records of {serials([old, lent])} are on {new.issue_serial}; they ended in the same act"


def lost(scene: Scene, holder: Holder) -> str:
    """附表 4, reason 1: frozen by the application itself."""
    wish = scene.applied("/replacements", holder, {"reason": "1"}, presented=["identity"], card=holder.card.id)
    expect("the hospital is told", scene.asked(holder.card), "lost")
    holder.kept["replacement"] = wish["application"]["id"]
    scene.reviewed(holder.kept["replacement"])
    return f"application {wish['application']['number']}: the lost card is frozen at once, then reviewed"


def made_up_for(scene: Scene, holder: Holder) -> str:
    """What a lost chip alone held is nowhere: the holder is told what."""
    wish, old = holder.kept["replacement"], holder.card
    new = scene.made(scene.clerk.post(f"/replacements/{wish}/order")["card"], holder.product)
    gone = {"card": old.id, "why": "卡已丢失"}
    told = scene.clerk.post(f"/applications/{wish}/transfer/declaration", gone)
    left = sum(len(source["left"]) for source in told["sources"])
    _moved(scene, wish, new)
    scene.handed_over(wish, holder, new)
    expect("the hospital is told of the lost one", scene.asked(old), "ended")
    return (
        f"card {new.issue_serial} handed over, {old.issue_serial} ended; its holder was told what is gone: {left} files"
    )


def _moved(scene: Scene, wish: int, new: Card) -> Json:
    """Everything that was read, on the new card; the receipt."""
    done = scene.clerk.card_session("move business data", new.chip, application=wish)
    expect("moving business data", done["outcome"], "finished")
    receipt: Json = scene.clerk.get(f"/applications/{wish}/transfer")
    expect("the move is complete", receipt["complete"], True)  # noqa: FBT003 - what is expected
    return receipt


def _refused_without(scene: Scene, wish: int, new: Card) -> None:
    """The new card is not handed over while the temporary one is not laid on the desk."""
    signed: dict[str, Any] = {"presented": ["identity", "card"], "text_version": DUTIES, "signer": "持卡人本人"}
    try:
        scene.clerk.card_session("hand over", new.chip, application=wish, identity=FACE, **signed)
    except Told as refused:
        expect("without the temporary card", refused.status, 409)
        return
    expect("without the temporary card", "handed over", "refused")
