"""Taking an application at the API: what every kind has beside its form, and the operation made from its form."""

from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import Field, StringConstraints, create_model

from healthcard.api import forms as types
from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Flag, Id
from healthcard.api.operations import acts
from healthcard.api.people import DelegateBody
from healthcard.domain import forms as table
from healthcard.domain.evidence import PAPERS, VERIFICATIONS
from healthcard.services.actor import Actor
from healthcard.services.desk.applications import Delegate, Request

# Without postponed annotations: the bodies of applications are made here, form by form.

Presented = Annotated[str, StringConstraints(pattern=f"^({'|'.join(PAPERS)})$")]
Identity = Annotated[str, StringConstraints(pattern=f"^({'|'.join(VERIFICATIONS)})$")]
Taken = Callable[[Actor, Request], object]


class AcceptanceBody(Body):
    """What every application has beside its form. Nothing is presented, nobody verified, unless it is said."""

    resident: Id = Field(examples=[1204])
    card: Id | None = Field(None, examples=[41])
    presented: list[Presented] = Field(
        examples=[["identity"]], default_factory=list, max_length=20, description="documents laid before the clerk"
    )
    identity: Identity | Literal[""] = Field(examples=[""], default="", description="how whoever came was verified")
    by: Literal["holder", "agent", "guardian", "relative"] = Field("holder", examples=["holder"])
    delegate: DelegateBody | None = Field(None, examples=[None])
    on_site: Flag = Field(default=False, examples=[False])
    fee: Literal["", "quality", "upgrade"] = Field(
        "", examples=[""], description="a replacement for a fault of the card's own, or by a new generation"
    )
    waiver: Annotated[str, StringConstraints(max_length=60)] = Field(
        "", examples=[""], description="why nothing is paid"
    )

    def request(self, kind: str) -> Request:
        """As the services take it."""
        given = self.model_dump(exclude={"form", "delegate", "presented"})
        form: Body = getattr(self, "form")  # noqa: B009 - each kind's body has its own
        delegate = Delegate(**self.delegate.model_dump()) if self.delegate else None
        fields = form.model_dump(exclude_none=True)
        return Request(kind=kind, fields=fields, delegate=delegate, presented=tuple(self.presented), **given)


class AcceptedAnswer(Answer):
    """An application taken; `number` stands on the ticket."""

    id: int = Field(examples=[88])
    number: str = Field(examples=["261123-000004-00000088-1"])
    accepted_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    due_on: date = Field(examples=["2026-11-30"])
    fee_fen: int = Field(examples=[0])
    forwarded: bool = Field(examples=[False], description="the person's home organisation decides it")


def offer(router: Router, path: str, kind: str, take: Taken, answer: type[Answer]) -> None:
    """Declare the operation at `path` that takes applications of `kind`, by the service `take`."""
    form: Any = types.entered(kind)
    name = types.named(kind)
    body: Any = create_model(f"{name}Application", __base__=AcceptanceBody, __doc__=types.title(kind), form=(form, ...))

    def accept(request: Call, application: body) -> object:
        return take(request.actor, application.request(kind))

    accept.__name__ = f"accept_{kind}"
    accept.__doc__ = f"{table.form(kind).zh} {table.form(kind).number}: take it ({table.form(kind).article})."
    acts(router, path, answer, status=HTTPStatus.CREATED)(accept)
