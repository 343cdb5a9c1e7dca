"""Lists of cards on paper and as files: what goes from hand to hand, what is handed over to a group outside the desk.

Names and numbers are masked: whoever hands a card over compares it with the holder's own document, not with the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from healthcard.documents import slips
from healthcard.documents.listing import workbook
from healthcard.documents.slips import SLIPS, Slip
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act, clock
from healthcard.services.actor import Actor
from healthcard.services.desk import stock
from healthcard.services.desk.papers import Pdf
from healthcard.services.desk.stock import Stocked
from healthcard.services.errors import NotFound
from healthcard.storage.models import Organisation

HANDOVER, DISPATCH = "handover_list", "dispatch_list"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """A list as a file, with a name that tells nobody's."""

    content: bytes = field(repr=False)
    name: str


def handover_pdf(actor: Actor, cards: Sequence[int]) -> Pdf:
    """The list that goes to a school or a village, to be signed there. Raises NotFound where none of them waits."""
    return _pdf(actor, HANDOVER, _noted(actor, HANDOVER, stock.chosen(actor, cards)))


def handover_xlsx(actor: Actor, cards: Sequence[int]) -> Workbook:
    """The same as a workbook, for a PC without a network. Raises NotFound where none of them waits."""
    rows = _noted(actor, HANDOVER, stock.chosen(actor, cards))
    words = SLIPS[HANDOVER]
    content = workbook(words.title, words.columns, [_handed(each) for each in rows])
    return Workbook(content=content, name=f"{HANDOVER}-{_day()}.xlsx")


def dispatch_pdf(actor: Actor) -> Pdf:
    """What is on its way in the actor's part of the tree, to be signed by who sends and who receives.

    Raises NotFound where nothing is.
    """
    return _pdf(actor, DISPATCH, _noted(actor, DISPATCH, stock.listed(actor, stock.TRANSIT).cards))


def _noted(actor: Actor, kind: str, rows: tuple[Stocked, ...]) -> tuple[Stocked, ...]:
    if not rows:
        raise NotFound("None of these cards is there.")
    with act(actor, Permission.CARD_STOCK, "paper.print") as now:
        now.note(paper=kind, cards=[each.id for each in rows])
    return rows


def _pdf(actor: Actor, kind: str, rows: tuple[Stocked, ...]) -> Pdf:
    lines = {
        "organisation": Organisation.objects.values_list("name", flat=True).get(pk=actor.organisation),
        "day": _day(),
        "count": str(len(rows)),
    }
    told = [_handed(each) if kind == HANDOVER else _sent(each) for each in rows]
    return Pdf(content=slips.printed(Slip(kind=kind, lines=lines, rows=told)), name=f"{kind}-{_day()}.pdf")


def _handed(each: Stocked) -> tuple[str, ...]:
    return (each.issue_serial, each.holder_masked, each.document_masked, str(each.birth_year), each.number, "")


def _sent(each: Stocked) -> tuple[str, ...]:
    return (each.issue_serial, each.holder_masked, each.number, each.organisation)


def _day() -> str:
    _, today = clock()
    return today.isoformat()
