"""What an issuer decides (第七条第五项), and the days off its deadlines count with."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPMethod, HTTPStatus
from typing import Annotated

from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Day, Flag, IdAnswer, Number, PathId, Whole
from healthcard.api.operations import acts, reads
from healthcard.domain.parameters import PARAMETERS, shown
from healthcard.services.authority import holidays, parameters

router = Router(tags=["parameters 参数"])

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_.]{1,60}$")]
Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[!-~]*$")]


class ForceAnswer(Answer):
    """What counts today; `values` holds every parameter, as text."""

    version: int = Field(examples=[3], description="0: nothing was decided, the defaults count")
    values: dict[str, str] = Field(examples=[{"loss.oral_days": "7"}])


class VersionAnswer(Answer):
    """One version; `values` holds what differs from the defaults, as text."""

    id: int = Field(examples=[5])
    issuer: int = Field(examples=[2])
    version: int = Field(examples=[3])
    values: dict[str, str] = Field(examples=[{"loss.oral_days": "5"}])
    valid_from: date = Field(examples=["2027-01-01"])
    proposed_by: str = Field(examples=["示范主管"])
    proposed_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    approved_by: str = Field(examples=[""])
    approved_at: datetime | None = Field(examples=[None])
    filed_at: datetime | None = Field(examples=[None])


class VersionBody(Body):
    """A whole version: what differs from the defaults, and from when on."""

    values: dict[Name, Number | Flag | Text] = Field(examples=[{"loss.oral_days": 5}], max_length=200)
    valid_from: Day = Field(examples=["2027-01-01"])


class HolidayBody(Body):
    """A day off though its weekday works, or one at work though it is a weekend (调休)."""

    day: Day = Field(examples=["2027-01-01"])
    working: Flag = Field(examples=[False])
    name: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["元旦"])


class HolidaysBody(Body):
    """Days as the State Council announced them."""

    days: list[HolidayBody] = Field(min_length=1, max_length=100)


class HolidayAnswer(Answer):
    """One day that is not what its weekday says."""

    day: date = Field(examples=["2027-01-01"])
    working: bool = Field(examples=[False])
    name: str = Field(examples=["元旦"])


class CountAnswer(Answer):
    """How many."""

    count: int = Field(examples=[7])


class YearQuery(BaseModel):
    """Which year."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: Whole = Field(ge=2000, le=2199, examples=[2026])


@reads(router, "/parameters", ForceAnswer)
def in_force(request: Call) -> object:
    """What counts today where I work."""
    found = parameters.in_force(request.actor)
    return {"version": found.version, "values": {name: shown(found.value(name)) for name in PARAMETERS}}


@reads(router, "/parameters/versions", list[VersionAnswer])
def listed(request: Call) -> object:
    """Every version of my province, the newest first."""
    return parameters.listed(request.actor)


@acts(router, "/parameters/versions", IdAnswer, status=HTTPStatus.CREATED)
def proposed(request: Call, new: VersionBody) -> object:
    """Propose a version; another person approves it."""
    return {"id": parameters.propose(request.actor, new.values, new.valid_from)}


@acts(router, "/parameters/versions/{version}/approval", None, status=HTTPStatus.NO_CONTENT)
def approved(request: Call, version: PathId) -> None:
    """Put a proposed version in force."""
    parameters.approve(request.actor, version)


@acts(router, "/parameters/versions/{version}/filing", None, status=HTTPStatus.NO_CONTENT)
def filed(request: Call, version: PathId) -> None:
    """Note that a version was filed with the ministry (报备)."""
    parameters.file(request.actor, version)


@reads(router, "/holidays", list[HolidayAnswer])
def holidays_listed(request: Call, asked: Annotated[YearQuery, Query()]) -> object:
    """The days of a year that are not what their weekday says."""
    return holidays.listed(request.actor, asked.year)


@acts(router, "/holidays", CountAnswer, method=HTTPMethod.PUT)
def holidays_put(request: Call, given: HolidaysBody) -> object:
    """Enter or change days off and make-up days."""
    return {"count": holidays.put(request.actor, [holidays.Day(**each.model_dump()) for each in given.days])}
