"""The tree of organisations (第六条至第九条): opened, closed, merged, and what was granted to them."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Day, Id, IdAnswer, PathId, Word
from healthcard.api.operations import acts, reads
from healthcard.services.authority import grants, organisations
from healthcard.services.authority.organisations import NewOrganisation
from healthcard.services.desk.kinds import GrantKind, OrganisationKind

router = Router(tags=["organisations 机构"])

OrganisationCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z-]{1,22}$")]


class OrganisationAnswer(Answer):
    """One organisation; `path` holds the ids from the ministry down to itself."""

    id: int = Field(examples=[4])
    code: str = Field(examples=["990101-1"])
    name: str = Field(examples=["示范市居民健康卡服务中心"])
    kind: str = Field(examples=["implementer"])
    parent: int | None = Field(examples=[3])
    division: str = Field(examples=["990101"], description="GB/T 2260")
    issuer_code: str | None = Field(examples=[None], description="发卡机构代码, provinces alone")
    credit_code: str = Field(examples=[""], description="统一社会信用代码")
    path: str = Field(examples=["/1/2/3/4/"])
    opened_on: date | None = Field(examples=["2026-01-01"])
    closed_on: date | None = Field(examples=[None])
    successor: int | None = Field(examples=[None])


class OrganisationBody(Body):
    """An organisation that opens."""

    code: OrganisationCode = Field(examples=["990101-2"])
    name: Word = Field(examples=["示范市第一人民医院"])
    kind: OrganisationKind = Field(examples=["institution"])
    parent: Id = Field(examples=[4])
    division: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] = Field(examples=["990101"])
    credit_code: Annotated[str, StringConstraints(max_length=18)] = Field("", examples=[""])
    issuer_code: Annotated[str, StringConstraints(max_length=22)] = Field("", examples=[""])


class MergerBody(Body):
    """Into which organisation."""

    into: Id = Field(examples=[4])


class MergedAnswer(Answer):
    """What went over to the successor, in numbers."""

    residents: int = Field(examples=[1200])
    applications: int = Field(examples=[3])
    stock: int = Field(examples=[25])
    organisations: int = Field(examples=[0])
    logins: int = Field(examples=[6])


class GrantAnswer(Answer):
    """An authorisation (发行授权) or delegation of Articles 7 and 8."""

    id: int = Field(examples=[1])
    kind: str = Field(examples=["issue"])
    grantor: int = Field(examples=[1])
    grantee: int = Field(examples=[2])
    document: str = Field(examples=["卫办综发〔2012〕26号"])
    valid_from: date = Field(examples=["2026-01-01"])
    valid_to: date | None = Field(examples=[None])
    filed_on: date | None = Field(examples=["2026-01-01"])


class GrantBody(Body):
    """What is granted to whom, by which document."""

    kind: GrantKind = Field(examples=["issue"])
    grantee: Id = Field(examples=[2])
    document: Word = Field(examples=["卫办综发〔2012〕26号"], max_length=80)
    valid_from: Day = Field(examples=["2026-01-01"])
    valid_to: Day | None = Field(None, examples=[None])


class DayBody(Body):
    """A day."""

    day: Day = Field(examples=["2026-11-23"])


@reads(router, "/organisations", list[OrganisationAnswer])
def listed(request: Call) -> object:
    """My part of the tree, each below its own."""
    return organisations.listed(request.actor)


@reads(router, "/organisations/{organisation}", OrganisationAnswer)
def shown(request: Call, organisation: PathId) -> object:
    """One organisation."""
    return organisations.shown(request.actor, organisation)


@acts(router, "/organisations", IdAnswer, status=HTTPStatus.CREATED)
def opened(request: Call, new: OrganisationBody) -> object:
    """Open an organisation below one of mine (第七条第六项, 第八条第三项)."""
    return {"id": organisations.create(request.actor, NewOrganisation(**new.model_dump()))}


@acts(router, "/organisations/{organisation}/closing", None, status=HTTPStatus.NO_CONTENT)
def closed(request: Call, organisation: PathId) -> None:
    """Close an organisation to which nothing belongs any more."""
    organisations.close(request.actor, organisation)


@acts(router, "/organisations/{organisation}/merger", MergedAnswer)
def merged(request: Call, organisation: PathId, merger: MergerBody) -> object:
    """Close an organisation and give all that belongs to it to another of its kind."""
    return organisations.merge(request.actor, organisation, merger.into)


@reads(router, "/grants", list[GrantAnswer])
def grants_listed(request: Call) -> object:
    """Every grant to my part of the tree or from it, the newest first."""
    return grants.listed(request.actor)


@acts(router, "/grants", IdAnswer, status=HTTPStatus.CREATED)
def granted(request: Call, new: GrantBody) -> object:
    """Authorise a body below mine (第六条第二项, 第七条, 第八条)."""
    given = new.model_dump(exclude={"kind", "grantee"})
    return {"id": grants.give(request.actor, new.kind, new.grantee, **given)}


@acts(router, "/grants/{grant}/filing", None, status=HTTPStatus.NO_CONTENT)
def grant_filed(request: Call, grant: PathId, filing: DayBody) -> None:
    """Note that a grant was filed upward (报备)."""
    grants.file(request.actor, grant, filing.day)


@acts(router, "/grants/{grant}/end", None, status=HTTPStatus.NO_CONTENT)
def grant_ended(request: Call, grant: PathId, end: DayBody) -> None:
    """End a grant; `day` is the first one without it."""
    grants.end(request.actor, grant, end.day)
