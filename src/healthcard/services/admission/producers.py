"""The register of producers and laboratories: whoever applies is on it, by the unified social credit code."""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.domain import organisations as codes
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.admission.centre import require_centre
from healthcard.services.errors import Conflict, Invalid
from healthcard.storage.models import Producer

PUBLIC_KEY = 64  # bytes, x | y of SM2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerRow:
    """One producer; `signs` tells whether a key is on file that its deliveries are checked with."""

    id: int
    name: str
    credit_code: str
    signs: bool


def enter(actor: Actor, *, name: str, credit_code: str, public_key: bytes = b"") -> int:
    """Put a producer on the register; its id. `public_key`: SM2, 64 bytes, of who makes a COS.

    Raises NotAllowed, TransitionRefused, Invalid, Conflict for one that is on it.
    """
    with act(actor, Permission.ADMISSION_APPLY, "admission.producer") as now:
        require_centre(actor)
        if not name.strip() or len(name) > 120:
            raise Invalid("name", "须填写名称，不超过 120 个字符", "a name has 1 to 120 characters")
        if public_key and len(public_key) != PUBLIC_KEY:
            raise Invalid("public_key", "公钥应为 64 字节（SM2）", "a public key has 64 bytes (SM2)")
        code = _credit_code(credit_code)
        if Producer.objects.filter(credit_code=code).exists():
            raise Conflict("该单位已登记，请直接选用。", "This producer is on the register: take that one.")
        row = Producer.objects.create(
            name=name.strip(), credit_code=code, public_key=public_key or None, entered_by_id=actor.account
        )
        now.note(producer=row.pk)
        return row.pk


def listed(actor: Actor) -> tuple[ProducerRow, ...]:
    """Everybody on the register, by name."""
    actor.require(Permission.ADMISSION_VIEW)
    return tuple(
        ProducerRow(id=row.pk, name=row.name, credit_code=row.credit_code, signs=row.public_key is not None)
        for row in Producer.objects.order_by("name")
    )


def _credit_code(text: str) -> str:
    try:
        return codes.credit_code(text)
    except codes.CodeRefused as refusal:
        raise Invalid("credit_code", refusal.zh, refusal.en) from refusal
