"""Scripts and test commands of COS makers (第十一条): delivered signed, accepted by two, bound to the filed product."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models.functions import Now

from healthcard.domain.admission.procedure import require
from healthcard.domain.permissions import Permission
from healthcard.keys.certificates import signed
from healthcard.perso.errors import BadScript
from healthcard.perso.products import load
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.admission import dossiers
from healthcard.services.admission.centre import require_province
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.services.second_person import is_another
from healthcard.storage.models import CosScript, Dossier

KINDS: Final = ("script", "test_commands")
LARGEST: Final = 256 * 1024  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a COS maker hands over: `content` as bytes, `signature` SM2 r | s (64 bytes) over `message` of it.

    `document` is that of its acceptance where it was in use before this system came ('' = it is new).
    """

    dossier: int
    kind: str
    version: str
    content: bytes
    signature: bytes
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRow:
    """One delivery; `digest` in hexadecimal digits. `state`: delivered, rehearsed, accepted_once, in_force, ended."""

    id: int
    dossier: int
    product: str
    kind: str
    version: str
    digest: str
    document: str
    state: str
    delivered_at: datetime


def message(product: str, kind: str, version: str, digest: bytes) -> bytes:
    """What the maker signs."""
    return f"healthcard delivery|{product}|{kind}|{version}|{digest.hex()}".encode()


def deliver(actor: Actor, delivery: Delivery) -> int:
    """Take a delivery in for the actor's province; its id.

    Raises NotAllowed, NotFound, TransitionRefused for a signature that does not fit or another product's file, Invalid,
    Conflict for a version that came before.
    """
    with act(actor, Permission.SUPPLY_ACCEPT, "supply.script") as now:
        province = require_province(actor)
        dossier = dossiers.found(delivery.dossier)
        digest = _require_file(dossier, delivery)
        same = {"organisation": province, "dossier": dossier, "kind": delivery.kind, "version": delivery.version}
        if CosScript.objects.filter(**same).exists():
            raise Conflict("此版本已接收。", "This version was delivered already.")
        row = CosScript.objects.create(
            **same,
            content=delivery.content,
            digest=digest,
            signature=delivery.signature,
            document=delivery.document[:80],
            delivered_by_id=actor.account,
        )
        now.note(script=row.pk, dossier=dossier.pk, kind=row.kind, version=row.version, digest=digest.hex())
        return row.pk


def accept(actor: Actor, script_id: int) -> None:
    """Accept a delivery as the first person, or as the second; then it is in force and the one before ends.

    Raises NotAllowed, NotFound, TransitionRefused.
    """
    with act(actor, Permission.SUPPLY_ACCEPT, "supply.accept") as now:
        row = _own(actor, script_id)
        require("not_decided", row.second_at is None and row.ended_at is None, script=row.pk)
        now.note(script=row.pk, dossier=row.dossier_id, digest=bytes(row.digest).hex())
        own = CosScript.objects.filter(pk=row.pk)
        if row.accepted_at is None:
            require("rehearsed_first", row.rehearsal is not None or bool(row.document), script=row.pk)
            own.update(accepted_at=Now(), accepted_by=actor.account)
            return
        require("two_people", is_another(actor, row.accepted_by_id), script=row.pk)
        before = CosScript.objects.filter(
            organisation=row.organisation_id,
            dossier=row.dossier_id,
            kind=row.kind,
            second_at__isnull=False,
            ended_at=None,
        )
        before.update(ended_at=Now())
        own.update(second_at=Now(), second_by=actor.account)


def listed(actor: Actor, dossier_id: int | None = None) -> tuple[ScriptRow, ...]:
    """The deliveries the actor may see, the newest first."""
    actor.require(Permission.ADMISSION_VIEW)
    rows = CosScript.objects.select_related("dossier").order_by("-pk")
    return tuple(map(_row, rows if dossier_id is None else rows.filter(dossier=dossier_id)))


def _require_file(dossier: Dossier, delivery: Delivery) -> bytes:
    """SM3 of the delivered file, which is the product's and signed by its producer."""
    if delivery.kind not in KINDS or not 0 < len(delivery.version) <= 20 or not 0 < len(delivery.content) <= LARGEST:
        raise Invalid("content", "类别、版本或文件大小不合要求", "kind, version or size of the file cannot be")
    digest = hashlib.new("sm3", delivery.content).digest()
    key = dossier.producer.public_key
    told = message(dossier.product, delivery.kind, delivery.version, digest)
    fits = key is not None and len(delivery.signature) == 64 and signed(bytes(key), told, delivery.signature)
    require("signature_fits", fits, dossier=dossier.pk, digest=digest.hex())
    require("script_of_product", bool(dossier.product) and _is_of(dossier.product, delivery), dossier=dossier.pk)
    return digest


def _is_of(product: str, delivery: Delivery) -> bool:
    if delivery.kind != "script":
        return True
    try:
        return load(delivery.content.decode("utf-8")).name == product
    except (BadScript, UnicodeDecodeError):
        return False


def _own(actor: Actor, script_id: int) -> CosScript:
    """A delivery to the province where the actor works, held until the transaction ends; raises NotFound."""
    province = require_province(actor)
    row = CosScript.objects.select_for_update().filter(pk=script_id, organisation=province).first()
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


def _row(row: CosScript) -> ScriptRow:
    return ScriptRow(
        id=row.pk,
        dossier=row.dossier_id,
        product=row.dossier.product,
        kind=row.kind,
        version=row.version,
        digest=bytes(row.digest).hex(),
        document=row.document,
        state=_state(row),
        delivered_at=row.delivered_at,
    )


def _state(row: CosScript) -> str:
    if row.ended_at is not None:
        return "ended"
    if row.second_at is not None:
        return "in_force"
    if row.accepted_at is not None:
        return "accepted_once"
    return "rehearsed" if row.rehearsal is not None or row.document else "delivered"
