"""The papers of a desk as PDF: forms filled in or blank, tickets, receipts, the hand-over slip, the certificate.

A filled paper shows its person in clear: printing it is an act of the desk and stands in the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from healthcard.documents import paper, slips
from healthcard.documents.errors import GlyphMissing
from healthcard.documents.paper import Review, Sheet
from healthcard.documents.slips import SLIPS, Slip
from healthcard.domain.calendar import CHINA, day_of
from healthcard.domain.forms import FORMS, KINDS
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, returned_chips
from healthcard.services.desk.applications import content
from healthcard.services.desk.recovery import anywhere, kept_at
from healthcard.services.desk.stamps import stamp
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.services.people import unmasking
from healthcard.storage.models import Account, Application, Card, CardEvent, Organisation

DUTIES_VERSION = SLIPS["handover"].version  # of the text that is signed at a hand-over
SEEN = "paper"  # why somebody's data were seen, in his list of accesses
_MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdf:
    """One paper: its PDF, and a file name that tells nobody's name."""

    content: bytes = field(repr=False)
    name: str


def duties() -> tuple[str, ...]:
    """What a holder reads and signs when he takes his card (第十二条第二项); its version is `DUTIES_VERSION`."""
    return SLIPS["handover"].text


def blank(kind: str) -> Pdf:
    """The form of `kind` to be filled in by hand; raises NotFound."""
    if kind not in KINDS:
        raise NotFound("There is no such form.")
    return _pdf(f"{kind}-blank", lambda: paper.blank(kind))


def form(actor: Actor, application_id: int) -> Pdf:
    """The form of an application as it was accepted and reviewed. Raises NotFound, Invalid for a missing glyph."""
    with _printing(actor, application_id) as now:
        row = _application(now, application_id, "form")
        values = {**content.opened(row).fields, "application_date": _day(row.accepted_at)}
        sheet = Sheet(
            kind=row.kind,
            values=values,
            stamp=stamp(row.kind, row.number),
            organisation=row.desk.name,
            review=_review(row),
        )
        return _pdf(f"{row.kind}-{row.number}", lambda: paper.printed(sheet))


def ticket(actor: Actor, application_id: int) -> Pdf:
    """What the reporter of a loss takes home (挂失回执). Raises NotFound, Invalid."""
    with _printing(actor, application_id) as now:
        row = _application(now, application_id, "loss_ticket")
        frozen = CardEvent.objects.filter(application=row, event="written_loss").order_by("pk")
        serials = frozen.values_list("card__issue_serial", flat=True)
        if not serials:
            raise NotFound("No card was frozen by this application: there is no ticket for it.")
        lines = {
            "name": _name(row),
            "number": row.number,
            "cards": "、".join(serials),
            "frozen_at": row.accepted_at.astimezone(CHINA).strftime(_MINUTE),
            "organisation": row.desk.name,
        }
        return _slip("loss_ticket", row.number, lines)


def handover_slip(actor: Actor, application_id: int) -> Pdf:
    """What is signed when a card is handed over, with the duties of 第十二条第二项. Raises NotFound, Invalid."""
    with _printing(actor, application_id) as now:
        row = _application(now, application_id, "handover")
        card = Card.objects.filter(application=row).exclude(life="scrapped").order_by("-pk").first()
        if card is None or card.valid_until is None:
            raise NotFound("No card was made for this application: there is nothing to hand over.")
        delegate = content.opened(row).delegate
        slip = handover(row, card, delegate.name if delegate else _name(row))
        return _pdf(f"handover-{row.number}", lambda: slips.printed(slip))


def handover(row: Application, card: Card, collector: str, signature: bytes = b"") -> Slip:
    """The hand-over slip of a card; with the `signature` (a JPEG of ours) it was signed on a pad."""
    lines = {
        "name": _name(row),
        "number": row.number,
        "card": card.issue_serial,
        "kind": card.get_kind_display(),
        "valid_until": card.valid_until.isoformat() if card.valid_until else "",
        "collector": collector,
        "text_version": DUTIES_VERSION,
        "organisation": row.desk.name,
    }
    return Slip(kind="handover", lines=lines, stamp=stamp("handover", row.number), signature=signature)


def receipt(actor: Actor, card_id: int) -> Pdf:
    """What somebody gets who brought a card back; its holder stays masked for him. Raises NotFound, Invalid."""
    with act(anywhere(actor), Permission.DESK_ACT, "paper.print", card=card_id) as now:
        row = kept_at(actor.organisation).select_related("card__resident", "organisation").filter(card=card_id).first()
        if row is None:
            raise NotFound("This desk has not taken in that card.")
        now.about(resident=row.card.resident_id)
        now.note(paper="receipt")
        lines = {
            "name": row.card.resident.name_masked,
            "number": row.receipt,
            "card": row.card.issue_serial,
            "day": _day(row.received_at),
            "organisation": row.organisation.name,
        }
        return _slip("receipt", row.receipt, lines)


def certificate(actor: Actor, digest: str) -> Pdf:
    """The certificate of destruction with this digest (64 hexadecimal digits). Raises Invalid, NotFound."""
    found = returned_chips.certificate(actor, digest)
    names = dict(Account.objects.filter(pk__in=found.witnesses).values_list("pk", "full_name"))
    witness, account = (names.get(each, "") for each in found.witnesses)
    lines = {
        "organisation": Organisation.objects.get(pk=found.organisation).name,
        "day": found.day.isoformat(),
        "count": str(len(found.chips)),
        "witness": witness,
        "account": account,
        "digest": found.digest.hex(),
    }
    return _slip("certificate", found.digest.hex().upper(), lines, found.chips)


def _printing(actor: Actor, application_id: int) -> AbstractContextManager[Act]:
    """The act of printing a paper of an application, also of one that this desk took for somebody at home elsewhere."""
    seen = applications.printing(actor, application_id)
    return act(seen, Permission.APPLICATION_ACCEPT, "paper.print", application=application_id)


def _application(now: Act, application_id: int, printed: str) -> Application:
    """The application that a paper is printed of, with its desk and its reviewer.

    The audit says which paper, and so does the person's own list of who saw his data.
    """
    rows = Application.objects.select_related("desk", "reviewed_by", "resident")
    row = rows.filter(pk=application_id).first()
    if row is None:
        raise NotFound("There is no such application.")
    if not row.sealed:
        raise Conflict(
            "此申请的内容已随个人信息删除，无可打印。",
            "What stood on this application was deleted with its person's data: nothing is left to print.",
        )
    now.about(resident=row.resident_id, card=row.card_id)
    now.note(paper=printed)
    title = SLIPS[printed].title if printed in SLIPS else FORMS[row.kind].zh
    unmasking.recorded(now, row.resident_id, SEEN, f"{title} {row.number}", "打印", tell=False)
    return row


def _name(row: Application) -> str:
    return str(content.opened(row).fields.get("name", ""))


def _review(row: Application) -> Review:
    if row.reviewed_at is None or row.reviewed_by is None:
        return Review()
    verdict = "不同意" if row.state == "rejected" else "同意"
    opinion = f"{verdict}。{row.opinion}" if row.opinion else verdict
    return Review(opinion=opinion, reviewer=row.reviewed_by.full_name, day=_day(row.reviewed_at))


def _day(at: datetime) -> str:
    return day_of(at).isoformat()


def _slip(kind: str, number: str, lines: Mapping[str, str], rows: Sequence[Sequence[str]] = ()) -> Pdf:
    slip = Slip(kind=kind, lines=lines, stamp=stamp(kind, number), rows=rows)
    return _pdf(f"{kind}-{number}", lambda: slips.printed(slip))


def _pdf(name: str, printed: Callable[[], bytes]) -> Pdf:
    try:
        return Pdf(content=printed(), name=f"{name}.pdf")
    except GlyphMissing as error:
        raise Invalid("paper", error.zh, str(error)) from error
