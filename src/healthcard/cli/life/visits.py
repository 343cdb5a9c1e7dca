"""What happens at a hospital: the card proves that it is there, is verified, written on; business is registered."""

from __future__ import annotations

from hashlib import sha256

from healthcard.cli.life.scene import Card, Holder, Scene, expect
from healthcard.services.line.driver import Json

FIRST, SECOND = "20261120093000", "20261122141500"  # when the holder was there
BUSINESS = "门诊"


def visited(scene: Scene, holder: Holder) -> str:
    """Verified with the chip's own proof, written on by the terminal with its SAM, registered."""
    card = holder.card
    expect("the chip's proof", _verified(scene, card)["present"], True)  # noqa: FBT003 - what is expected
    written = scene.terminal.visit(card.chip, FIRST)
    kept = {"card": _key(card), "business": BUSINESS, "items": 1, "digest": _digest(FIRST)}
    scene.hospital.post("/registrations", kept)
    return f"the chip proved that it is there; a visit of {written} bytes written by SAM and terminal; registered"


def used(scene: Scene, holder: Holder) -> str:
    """The temporary card is a card like any other."""
    expect("the temporary card may be used", _verified(scene, holder.card)["usable"], True)  # noqa: FBT003
    written = scene.terminal.visit(holder.card.chip, SECOND)
    return f"verified for treatment and written on at the hospital: {written} bytes"


def followed(scene: Scene, holder: Holder) -> str:
    """The hospital is told, and confirms that it keeps under the new card what it kept under the old one."""
    (notice,) = scene.hospital.get("/transfer-notices")["items"]
    expect("the notice's new card", notice["new_issue_serial"], holder.card.issue_serial)
    kept = {"items": notice["items"], "digest": _digest(FIRST)}
    scene.hospital.post(f"/transfer-notices/{notice['id']}/confirmation", kept)
    expect("notices still waiting", scene.hospital.get("/transfer-notices")["items"], [])
    return f"the registration follows the card; the hospital confirms {kept['items']} item and its digest"


def seen(scene: Scene, holder: Holder) -> str:
    """Who asked about his card, the holder may know."""
    log = scene.clerk.get(f"/residents/{holder.resident}/verifications")["items"]
    expect("the holder's log names the hospital", len(log) > 1, True)  # noqa: FBT003 - what is expected
    return f"{len(log)} questions about his cards are in the log he may see"


def _verified(scene: Scene, card: Card) -> Json:
    """Verified for treatment with a challenge that the chip answers."""
    asked = scene.hospital.post("/challenges", {"card": _key(card)})
    card.chip.reset()
    for command in asked["commands"]:
        answer = card.chip.transmit(bytes.fromhex(command))
        if answer[-2] == 0x61:
            answer = card.chip.transmit(bytes((0x00, 0xC0, 0x00, 0x00, answer[-1])))
    presence = {"challenge": asked["challenge"], "answer": answer[:-2].hex().upper()}
    body = {"card": _key(card), "purpose": "treatment", "step": "registration", "presence": presence}
    told: Json = scene.hospital.post("/verifications", body)
    return told


def _key(card: Card) -> dict[str, str]:
    return {"issuer_code": card.issuer_code, "issue_serial": card.issue_serial}


def _digest(moment: str) -> str:
    """What the hospital's digest of its own records is, is its own affair."""
    return sha256(moment.encode()).hexdigest()
