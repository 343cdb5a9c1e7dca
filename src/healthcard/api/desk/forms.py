"""The application forms: what stands on each, and whether one is filled in rightly before it is handed in."""

from typing import Annotated, Any

from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from healthcard.api import forms as types
from healthcard.api.authentication import Call
from healthcard.api.fields import LARGEST_ID, Answer, Whole
from healthcard.api.operations import opens, reads
from healthcard.domain import forms as table
from healthcard.services.desk import applications, forms

# Without postponed annotations: the types of the handlers below are made here, form by form.

router = Router(tags=["forms 申请单"])


class ChoiceAnswer(Answer):
    """One of a field's answers."""

    code: str = Field(examples=["1"])
    zh: str = Field(examples=["丢失"])
    en: str = Field(examples=["lost"])


class FieldAnswer(Answer):
    """One field: who knows its value (declared and event: the desk enters it; the record or the act otherwise)."""

    key: str = Field(examples=["phone"])
    zh: str = Field(examples=["电话"])
    en: str = Field(examples=["telephone"])
    type: str = Field(examples=["phone"])
    source: str = Field(examples=["declared"])
    required: bool = Field(examples=[True])
    choices: list[ChoiceAnswer]


class FormAnswer(Answer):
    """One form; `number` as in the Measures, empty for our own."""

    kind: str = Field(examples=["loss"])
    number: str = Field(examples=["附表 1"])
    zh: str = Field(examples=["居民健康卡挂失申请单"])
    en: str = Field(examples=["application for a loss report"])
    article: str = Field(examples=["第十二条第三项"])
    fields: list[FieldAnswer]


Kind = Annotated[str, Path(pattern=f"^({'|'.join(table.KINDS)})$")]


class WhomQuery(BaseModel):
    """For whom, and about which of his cards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resident: Whole = Field(ge=1, le=LARGEST_ID)
    card: Whole | None = Field(None, ge=1, le=LARGEST_ID)


class KnownAnswer(Answer):
    """The fields that the record fills in, by key; numbers and names covered."""

    fields: dict[str, str | bool | list[dict[str, str]]] = Field(examples=[{"name": "张*", "loss_date": "2026-11-20"}])


@reads(router, "/{kind}/known", KnownAnswer)
def known(request: Call, kind: Kind, whom: Annotated[WhomQuery, Query()]) -> object:
    """What the record fills into a form for somebody; nobody enters it by hand."""
    return {"fields": applications.prefill(request.actor, kind, whom.resident, whom.card)}


@reads(router, "", list[FormAnswer])
def listed(request: Call) -> object:
    """Every form with its fields, in the order of the paper."""
    return tuple(table.FORMS.values())


def _offer(kind: str) -> None:
    """The operation that checks the form of `kind`."""
    entered: Any = types.entered(kind)

    def check(request: Call, form: entered) -> object:
        return forms.checked(request.actor, kind, form.model_dump(exclude_none=True))

    check.__name__ = f"check_{kind}"
    check.__doc__ = f"{table.form(kind).zh} {table.form(kind).number}: is it filled in rightly? Has no effect."
    opens(router, f"/{kind}/check", types.filled(kind))(check)


for _kind in table.KINDS:
    _offer(_kind)
