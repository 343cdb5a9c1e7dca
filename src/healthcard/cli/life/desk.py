"""What happens at the desk while a card lives: issued, lost, found, locked, unlocked."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from healthcard.card.host.rack import RackChip
from healthcard.cli.life.scene import FACE, Holder, Scene, Unlike, expect
from healthcard.domain.calendar import CHINA

ORAL_SECONDS = 3
PATIENCE = 120.0  # the worker's round comes every half minute, later where a machine is busy
WRONG = "000000"


def short_term(scene: Scene, _holder: Holder) -> str:
    """Two people of the province agree on a version of its parameters."""
    first, second = scene.at["proposer"], scene.at["approver"]
    today = datetime.now(CHINA).date().isoformat()
    body = {"values": {"loss.oral_seconds": ORAL_SECONDS}, "valid_from": today}
    version = first.post("/parameters/versions", body)["id"]
    second.post(f"/parameters/versions/{version}/approval")
    second.post(f"/parameters/versions/{version}/filing")
    return f"an oral report lapses after {ORAL_SECONDS} seconds, in this demo alone"


def registered(scene: Scene, holder: Holder) -> str:
    """The official collection form, at the desk."""
    shown = {"presented": ["identity", "collection_form"], "identity": FACE, "consented": True}
    told = scene.clerk.post("/residents", shown | {"form": holder.form})
    holder.resident = told["id"]
    cells = sum(bool(cell) for cell in holder.form.values())
    return f"{cells} cells of the collection form on file, consent signed by the {told['consented']}"


def first_issue(scene: Scene, holder: Holder) -> str:
    """Asked for, reviewed, ordered, made, brought to the desk, handed over."""
    wish = scene.applied("/first-issues", holder, {"entitlement": "1", "consent": True}, presented=["identity"])
    scene.reviewed(wish["id"])
    ordered = scene.clerk.post(f"/first-issues/{wish['id']}/order")["card"]
    card = scene.made(ordered, holder.product)
    scene.handed_over(wish["id"], holder, card)
    return f"card {card.issue_serial} ({holder.product}) made, read, handed over; its holder set his PIN himself"


def oral_loss(scene: Scene, holder: Holder) -> str:
    """A word on the telephone."""
    report = {"resident": holder.resident, "channel": "phone", "identity": "questions"}
    ticket = scene.clerk.post("/oral-losses", report)
    expect("the hospital is told", scene.asked(holder.card), "lost")
    return f"frozen at once until {ticket['until'][11:19]}; ticket {ticket['number']}"


def oral_lapsed(scene: Scene, holder: Holder) -> str:
    """Nobody does anything."""
    _until(lambda: scene.asked(holder.card) == "usable", "the oral report lapses")
    return "nobody did anything: usable again, by the database's clock"


def oral_told(scene: Scene, holder: Holder) -> str:
    """The worker's round tells the holder."""
    address = f"/residents/{holder.resident}/messages"
    _until(lambda: "loss.oral_lapsed" in {each["kind"] for each in scene.clerk.get(address)}, "the holder is told")
    return "and its holder was told so"


def written_loss(scene: Scene, holder: Holder) -> str:
    """附表 1; the card is frozen before anybody reviews."""
    ticket = scene.applied("/losses", holder, {"loss_reason": "遗失"}, presented=["identity"])
    expect("the hospital is told", scene.asked(holder.card), "lost")
    scene.verified(ticket["application"])
    expect("the report is", scene.reviewed(ticket["application"]), "completed")
    return f"ticket {ticket['number']}; frozen at acceptance, the hospital refuses the card, then reviewed"


def unloss(scene: Scene, holder: Holder) -> str:
    """附表 2, with the card itself in the reader."""
    card = holder.card
    wish = scene.applied("/unlosses", holder, {"unloss_reason": "已找到"}, card=card.id)["id"]
    scene.verified(wish)
    scene.reviewed(wish)
    scene.clerk.card_session("release loss", card.chip, application=wish, identity=FACE)
    expect("the hospital is told", scene.asked(card), "usable")
    return "the card itself in the reader, read and authenticated: released"


def updated(scene: Scene, holder: Holder) -> str:
    """What the chip lets its issuer rewrite."""
    changes = [{"item": "本人电话", "old": "", "new": "15411111111", "reason": "更换号码"}]
    wish = scene.applied("/updates", holder, {"changes": changes}, card=holder.card.id)["id"]
    done = scene.clerk.card_session("update card", holder.card.chip, application=wish, identity=FACE)
    expect("the update", done["outcome"], "finished")
    faults = scene.at["maker"].card_session("compare", holder.card.chip, card=holder.card.id)["faults"]
    expect("differences between chip and record", faults, [])
    return f"{done['written']} writes on the chip, then the record in one act; both say the same"


def wrong_pins(_scene: Scene, holder: Holder) -> str:
    """At a terminal of a hospital, three times."""
    words = [show_pin(holder.card.chip, WRONG) for _ in range(3)]
    expect("the right PIN", show_pin(holder.card.chip, holder.pin), "6983")
    return f"three wrong PINs at a terminal: {', '.join(words)}; now the right one is refused too"


def unlock(scene: Scene, holder: Holder) -> str:
    """附表 3: never by an agent, never through the clerk's form."""
    card = holder.card
    wish = scene.applied("/unlocks", holder, {"lock_reason": "忘记密码"}, card=card.id)["id"]
    scene.verified(wish)
    holder.pin = "591824"
    done = scene.clerk.card_session("unlock", card.chip, holder, application=wish, identity=FACE)
    expect("unlocking", done["outcome"], "finished")
    expect("the new PIN", show_pin(card.chip, holder.pin), "9000")
    return "unblocked on the card first, then in the record; the holder typed a new PIN on the pad"


def show_pin(chip: RackChip, digits: str) -> str:
    """Show a PIN to a card, as any terminal does; the status word."""
    chip.reset()
    for command in ("00A40000023F00", "00A4000002DDF1", f"0020000003{digits}"):
        answer = chip.transmit(bytes.fromhex(command))
    return answer[-2:].hex().upper()


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise Unlike(f"in {PATIENCE:.0f} s it did not come about that {what}")
        time.sleep(0.5)
