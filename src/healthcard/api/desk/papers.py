"""Papers of the desk as PDF, pages that came back as scans, the lists of cards on their way, the desk's day.

A filled paper shows its person in clear: each printing, and each look at a scan, stands in the audit.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.desk.returned_chips import Digest
from healthcard.api.fields import Answer, Body, Id, IdAnswer, PathId, Whole
from healthcard.api.operations import acts, opens, reads
from healthcard.services.actor import Actor
from healthcard.services.desk import day, papers, scans, stock, stock_lists
from healthcard.services.desk.papers import Pdf
from healthcard.services.desk.stock_lists import Workbook

router = Router(tags=["papers, stock, day 单据、库存、日结"])

PageNumber = Annotated[Whole, Path(ge=1, le=scans.MOST_PAGES)]
StockPlace = Literal["maker", "transit", "desk"]
_PRINTED: Mapping[str, Callable[[Actor, int], Pdf]] = {
    "form": papers.form,
    "ticket": papers.ticket,
    "handover": papers.handover_slip,
}


class PaperAnswer(Answer):
    """One file; its name tells nobody's."""

    name: str = Field(examples=["handover-261123-000005-0000041.pdf"])
    content: str = Field(examples=["JVBERi0xLjc="], description="base64")


class ScansAnswer(Answer):
    """The pages kept with an application, by number."""

    pages: list[int] = Field(examples=[[1, 2]])


class ScannedAnswer(Answer):
    """One page that is kept with an application, a JPEG."""

    page: int = Field(examples=[1])
    content: str = Field(examples=["/9j/4AAQ"], description="base64")


class StockQuery(BaseModel):
    """Where the page before ended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[str, StringConstraints(max_length=80, pattern=r"^[0-9A-Za-z:+._-]*$")] = ""


class StockedAnswer(Answer):
    """A finished card nobody was given yet, its holder masked; at a desk it is kept `until` that day."""

    id: int = Field(examples=[41])
    issue_serial: str = Field(examples=["0000000007"])
    holder_masked: str = Field(examples=["张*"])
    document_masked: str = Field(examples=["6299**********001X"])
    application: int | None = Field(examples=[12])
    number: str = Field(examples=["261123-000005-0000012"])
    organisation: str = Field(examples=["桂花街道便民服务中心"])
    since: datetime = Field(examples=["2026-11-23T09:00:00+08:00"])
    until: date | None = Field(examples=["2027-02-21"])
    overdue: bool = Field(examples=[False])


class StockAnswer(Answer):
    """One page of a place, what waits longest first; `after` is where it ends ('' = the last one)."""

    cards: list[StockedAnswer]
    after: str = Field(examples=[""])


class GroupBody(Body):
    """The cards of a group that is handed over outside the desk, and the sort of file."""

    cards: list[Id] = Field(examples=[[41, 42]], min_length=1, max_length=stock.MOST)
    file: Literal["pdf", "xlsx"] = Field("pdf", examples=["pdf"])


class FeeAnswer(Answer):
    """Fees of one kind of application: how often, how much in all (分)."""

    kind: str = Field(examples=["replacement"])
    count: int = Field(examples=[2])
    fen: int = Field(examples=[4000])


class SumsAnswer(Answer):
    """What a desk's people did in a time: acts and events of cards by name, fees."""

    since: datetime | None = Field(examples=["2026-11-22T17:30:00+08:00"])
    until: datetime = Field(examples=["2026-11-23T17:30:00+08:00"])
    acts: dict[str, int] = Field(examples=[{"loss.accept": 2}])
    cards: dict[str, int] = Field(examples=[{"written_loss": 2}])
    fees: list[FeeAnswer]


class DayAnswer(Answer):
    """What has come together since the last close."""

    day: date = Field(examples=["2026-11-23"])
    closed: bool = Field(examples=[False])
    sums: SumsAnswer


class DayCloseAnswer(Answer):
    """A day that was closed, by whom, with its sums."""

    id: int = Field(examples=[8])
    day: date = Field(examples=["2026-11-23"])
    by: str = Field(examples=["周敏"])
    at: datetime = Field(examples=["2026-11-23T17:30:00+08:00"])
    sums: SumsAnswer


@opens(router, "/applications/{application}/papers/{paper}/print", PaperAnswer)
def printed(request: Call, application: PathId, paper: Literal["form", "ticket", "handover"]) -> object:
    """A paper of an application: its form, the loss ticket, the hand-over slip."""
    return _file(_PRINTED[paper](request.actor, application))


@opens(router, "/cards/{card}/receipt/print", PaperAnswer)
def receipt(request: Call, card: PathId) -> object:
    """The receipt of a card this desk took in."""
    return _file(papers.receipt(request.actor, card))


@opens(router, "/returned-chips/certificates/{digest}/print", PaperAnswer)
def certificate(request: Call, digest: Digest) -> object:
    """A certificate of destruction."""
    return _file(papers.certificate(request.actor, digest))


@reads(router, "/applications/{application}/scans", ScansAnswer)
def scanned(request: Call, application: PathId) -> object:
    """The pages kept with an application, by number."""
    return {"pages": scans.attached(request.actor, application)}


@reads(router, "/applications/{application}/scans/{page}", ScannedAnswer)
def page_seen(request: Call, application: PathId, page: PageNumber) -> object:
    """One of these pages."""
    return {"page": page, "content": _text(scans.picture(request.actor, application, page))}


@reads(router, "/stock/{place}", StockAnswer)
def stocked(request: Call, place: StockPlace, wanted: Annotated[StockQuery, Query()]) -> object:
    """Cards on their way: at their maker, sent, at this desk."""
    return stock.listed(request.actor, place, after=wanted.after)


@opens(router, "/handover-lists/print", PaperAnswer)
def group_list(request: Call, group: GroupBody) -> object:
    """The list of a group, to be signed at a school or in a village."""
    made = stock_lists.handover_pdf if group.file == "pdf" else stock_lists.handover_xlsx
    return _file(made(request.actor, group.cards))


@opens(router, "/dispatch-lists/print", PaperAnswer)
def dispatch_list(request: Call) -> object:
    """The list of what is on its way, to be signed by who sends and who receives."""
    return _file(stock_lists.dispatch_pdf(request.actor))


@reads(router, "/day", DayAnswer)
def day_so_far(request: Call) -> object:
    """What this desk did since its last close."""
    return day.today(request.actor)


@reads(router, "/day/closes", list[DayCloseAnswer])
def day_closes(request: Call) -> object:
    """The closed days of this desk, the newest first."""
    return day.closes(request.actor)


@acts(router, "/day/closes", IdAnswer, status=HTTPStatus.CREATED)
def day_closed(request: Call) -> object:
    """Close today, once."""
    return {"id": day.close(request.actor)}


def _file(made: Pdf | Workbook) -> dict[str, str]:
    return {"name": made.name, "content": _text(made.content)}


def _text(content: bytes) -> str:
    return b64encode(content).decode()
