"""Acts of the desk on a card in its reader: first PIN, hand-over, release, unlock, locks of applications and chips."""

from __future__ import annotations

from base64 import b64decode

from healthcard.services.desk import initial_pin, issue, locks, loss, recovery, unlock
from healthcard.services.desk.applications.request import Delegate
from healthcard.services.desk.issue import Collection
from healthcard.services.errors import Invalid
from healthcard.services.line.calls import Call, Result
from healthcard.services.line.chip_acts import told
from healthcard.services.line.devices import PICTURE
from healthcard.services.ports import key_service


def set_pin(call: Call) -> Result:
    """{"application": id, "identity": how he was verified, "by": holder|guardian}: he types his first PIN."""
    with key_service() as keys:
        return told(
            initial_pin.set_pin(
                call.actor,
                call.number("application"),
                call.reader,
                keys,
                call.pad,
                identity=call.text("identity"),
                by=call.text("by", otherwise="holder"),
            )
        )


def hand_over(call: Call) -> Result:
    """{"application": id, ...}: hand over the card in the reader, first issue or replacement; see `collection`."""
    with key_service() as keys:
        done = issue.hand_over(call.actor, call.number("application"), call.reader, keys, collection(call))
    receipts = [{"card": each.card, "number": each.number, "day": each.day.isoformat()} for each in done.receipts]
    return {"outcome": "finished", "card": done.card, "receipts": receipts}


def release(call: Call) -> Result:
    """{"application": id, "identity": how he was verified}: lift the loss report, the card itself in the reader."""
    with key_service() as keys:
        loss.release(call.actor, call.number("application"), call.reader, keys, identity=call.text("identity"))
    return {"outcome": "finished"}


def unlock_pin(call: Call) -> Result:
    """{"application": id, "identity": how he was verified}: unblock the PIN; the holder types a new one on the pad."""
    with key_service() as keys:
        return told(
            unlock.carry_out(
                call.actor,
                call.number("application"),
                call.reader,
                keys,
                call.pad,
                identity=call.text("identity"),
            )
        )


def lock_returned(call: Call) -> Result:
    """{"card": id, "whole": false}: lock an ended card's applications for ever, or with `whole` the card itself."""
    with key_service() as keys:
        return told(recovery.lock_chip(call.actor, call.number("card"), call.reader, keys, whole=call.flag("whole")))


def carry_out_lock(call: Call) -> Result:
    """{"order": id}: lock the applications of the card in the reader, or release them, as another person ordered."""
    with key_service() as keys:
        return told(locks.carry_out_on_chip(call.actor, call.number("order"), call.reader, keys))


def collection(call: Call) -> Collection:
    """Who collects: identity, presented (a list), text_version, signer, by; delegate_name ... for who comes instead.

    `signature`: what he wrote on the pad, base64; at a desk `reader_acts.start` puts it in the place of the session.
    """
    return Collection(
        identity=call.text("identity"),
        presented=call.texts("presented"),
        text_version=call.text("text_version"),
        signer=call.text("signer"),
        by=call.text("by", otherwise="holder"),
        delegate=_delegate(call) if "delegate_name" in call.arguments else None,
        signature=_signature(call),
    )


def _signature(call: Call) -> bytes:
    try:
        return b64decode(call.text("signature", longest=PICTURE, otherwise=""), validate=True)
    except ValueError:
        raise Invalid("signature", "签名图片有误", "The picture of a signature is base64.") from None


def _delegate(call: Call) -> Delegate:
    return Delegate(
        name=call.text("delegate_name"),
        document_kind=call.text("delegate_document_kind"),
        document_number=call.text("delegate_document_number"),
        phone=call.text("delegate_phone", otherwise=""),
        relation=call.text("delegate_relation", otherwise=""),
    )
