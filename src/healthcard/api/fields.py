"""The kinds of fields that requests are made of, each as strict as its OpenAPI schema says."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Final

from ninja import Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

LARGEST_ID: Final = 2**63 - 1
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_NO_CONTROLS: Final = r"^[^\x00-\x1F\x7F]*$"
_NO_CONTROLS_BUT_LINES: Final = r"^[^\x00-\x09\x0B-\x1F\x7F]*$"


def _whole(value: object) -> object:
    """A whole number as people write it: no blanks, signs, underscores, points, or digits of other scripts."""
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise PydanticCustomError("int_parsing", "This should be a whole number in plain digits")
    return value


def _moment(value: object) -> object:
    """A time with its offset, as a text."""
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise PydanticCustomError("datetime_type", "This should be a time as YYYY-MM-DDThh:mm:ss+hh:mm")


def _day(value: object) -> object:
    """A day in the one form; never a time of day, never a number."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("date_type", "This should be a day as YYYY-MM-DD")


Word = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_NO_CONTROLS)]
Words = Annotated[str, StringConstraints(max_length=500, pattern=_NO_CONTROLS_BUT_LINES)]
Whole = Annotated[int, BeforeValidator(_whole, json_schema_input_type=int)]
Number = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
Id = Annotated[Number, Field(ge=1, le=LARGEST_ID)]
PathId = Annotated[Whole, Path(ge=1, le=LARGEST_ID)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment, json_schema_input_type=datetime)]


class Body(BaseModel):
    """A request body: what is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """A response body, filled from what a service returns."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class IdAnswer(Answer):
    """The number of what was made."""

    id: int = Field(examples=[8])
