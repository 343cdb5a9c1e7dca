"""People's records at the API: put on file, corrected, their history, seen in clear; the fields a province adds."""

# Without postponed annotations: the collection form's body is made here, from the form's own table.

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import Field, StringConstraints, create_model

from healthcard.api.authentication import Call
from healthcard.api.desk import residents
from healthcard.api.desk.acceptance import Identity, Presented
from healthcard.api.fields import Answer, Body, Flag, IdAnswer, Number, PathId, Word
from healthcard.api.operations import acts, opens, reads
from healthcard.api.people import DelegateBody
from healthcard.domain import form
from healthcard.services.desk.applications import Delegate
from healthcard.services.errors import Invalid
from healthcard.services.people import corrections, extra_fields, record_changes, registering, unmasking
from healthcard.services.people.corrections import Correction
from healthcard.services.people.registering import Entry

router = Router(tags=["records 档案"])

Cell = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1F\x7F]*$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,39}$")]
Picture = Annotated[str, StringConstraints(max_length=1_000_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
PartName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(unmasking.PARTS)})$")]
_EXAMPLES = {
    "name": "张三",
    "sex": "1",
    "ethnic_group": "汉",
    "birth_date": "19800101",
    "citizen_number": "990101198001010014",
    "contact_name_1": "李四",
    "contact_relation_1": "配偶",
    "contact_phone_1": "13900000001",
}


def _cells(name: str, words: str, absent: Any) -> Any:
    """A body with the form's cells, each titled as the form has it."""
    kind = Cell if absent == "" else Cell | None
    cells: dict[str, Any] = {
        key: (kind, Field(absent, title=column.heading, examples=[_EXAMPLES.get(key, absent)], repr=False))
        for key, column in form.COLUMNS.items()
    }
    return create_model(name, __base__=Body, __doc__=words, **cells)


CollectionForm = _cells("CollectionForm", f"居民健康卡基础数据采集表 {form.EDITION}, whole.", "")
CorrectionForm = _cells("CorrectionForm", "The cells that change; '' empties one.", None)


class CameBody(Body):
    """Who came, what he showed, how he was verified. Nothing is presented, nobody verified, unless it is said."""

    presented: list[Presented] = Field(examples=[["identity"]], default_factory=list, max_length=20)
    identity: Identity | Literal[""] = Field(examples=["document_and_face"], default="")
    by: Literal["holder", "agent", "guardian", "relative"] = Field("holder", examples=["holder"])
    delegate: DelegateBody | None = Field(None, examples=[None])

    def came(self) -> dict[str, Any]:
        """As the services take it."""
        delegate = Delegate(**self.delegate.model_dump()) if self.delegate else None
        return {"presented": tuple(self.presented), "identity": self.identity, "by": self.by, "delegate": delegate}


class RegistrationBody(CameBody):
    """One person to be put on file. `consented`: the notice was shown and signed; a guardian signs below fourteen."""

    form: CollectionForm  # type: ignore[valid-type] # a type made here
    extra: dict[Key, Cell] = Field(default_factory=dict, examples=[{}], max_length=50, description="the province's own")
    photo: Picture = Field(
        "", examples=[""], repr=False, description="JPEG or PNG in base64; it is shrunk for the chip"
    )
    consented: Flag = Field(examples=[True])


class RegisteredAnswer(Answer):
    """Somebody on file; `warnings` are to be looked at once more."""

    id: int = Field(examples=[1204])
    photo_bytes: int = Field(examples=[2811])
    consented: str = Field(examples=["holder"])
    warnings: list[str] = Field(examples=[[]])


class CorrectionBody(CameBody):
    """What shall stand in which cells, and why."""

    form: CorrectionForm  # type: ignore[valid-type] # a type made here
    reason: Word = Field(examples=["本人申请更正"], max_length=200)


class ChangedAnswer(Answer):
    """A field that changed: `write` it on the chip at the desk, `replace` the card, or `record` alone."""

    field: str = Field(examples=["phones"])
    zh: str = Field(examples=["本人电话"])
    en: str = Field(examples=["telephone"])
    road: Literal["write", "replace", "record"] = Field(examples=["write"])
    items: list[int] = Field(examples=[[16, 17]], description="of the chip")


class CorrectedAnswer(Answer):
    """What changed and what the card in use needs for it; `card` null: none is out."""

    changed: list[ChangedAnswer]
    road: Literal["write", "replace", "record"] = Field(examples=["write"])
    card: int | None = Field(examples=[41])
    warnings: list[str] = Field(examples=[[]])


class PhotoBody(CameBody):
    """A new photo."""

    photo: Annotated[Picture, StringConstraints(min_length=4)] = Field(examples=["/9j/4AAQ"], repr=False)


class HistoryAnswer(Answer):
    """One change of a record; what stood before is kept sealed."""

    id: int = Field(examples=[7])
    fields: list[str] = Field(examples=[["phones"]])
    zh: list[str] = Field(examples=[["本人电话"]])
    reason: str = Field(examples=["本人申请更正"])
    changed_by: str = Field(examples=["示范经办员"])
    changed_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])


class SightBody(Body):
    """Why an application's form is seen in clear."""

    reason: Word = Field(examples=["复核申请内容"], max_length=200)


class PartsBody(SightBody):
    """Which parts of a record are seen in clear, and why."""

    parts: list[PartName] = Field(examples=[["name"]], min_length=1, max_length=10)


class SightAnswer(Answer):
    """What was asked for, in clear; `access` is its number in the person's access log."""

    access: int = Field(examples=[12])
    parts: dict[str, str | bool | list[dict[str, str]]] = Field(examples=[{"name": "张三"}])


class ExtraBody(Body):
    """A field that the province asks beside the official form."""

    key: Key = Field(examples=["low_income"])
    zh: Word = Field(examples=["低保"], max_length=40)
    en: Word = Field(examples=["subsistence allowance"], max_length=60)
    size: Annotated[Number, Field(ge=1, le=200)] = Field(examples=[4])
    required: Flag = Field(examples=[False])


class ExtraAnswer(Answer):
    """A field of the province's own."""

    id: int = Field(examples=[3])
    key: str = Field(examples=["low_income"])
    zh: str = Field(examples=["低保"])
    en: str = Field(examples=["subsistence allowance"])
    size: int = Field(examples=[4])
    required: bool = Field(examples=[False])


@acts(residents.router, "", RegisteredAnswer, status=HTTPStatus.CREATED)  # one address, one router
def register(request: Call, entry: RegistrationBody) -> object:
    """Put one person on file, with how the data were collected (采集)."""
    cells = _given(entry.form)
    return registering.register(
        request.actor,
        Entry(cells=cells, extra=entry.extra, photo=_picture(entry.photo), consented=entry.consented, **entry.came()),
    )


@acts(router, "/residents/{resident}/corrections", CorrectedAnswer)
def correct(request: Call, resident: PathId, correction: CorrectionBody) -> object:
    """Correct a record; per field: whether the chip can be rewritten or a new card is needed."""
    wanted = Correction(cells=_given(correction.form), reason=correction.reason, **correction.came())
    return corrections.correct(request.actor, resident, wanted)


@acts(router, "/residents/{resident}/photo", None, status=HTTPStatus.NO_CONTENT)
def photo(request: Call, resident: PathId, taken: PhotoBody) -> None:
    """Keep a new photo, checked and shrunk for the chip."""
    corrections.take_photo(request.actor, resident, _picture(taken.photo), **taken.came())


@reads(router, "/residents/{resident}/changes", list[HistoryAnswer])
def history(request: Call, resident: PathId) -> object:
    """Every change of a record, the newest first."""
    return record_changes.history(request.actor, resident)


@opens(router, "/residents/{resident}/unmasking", SightAnswer)
def unmask(request: Call, resident: PathId, wanted: PartsBody) -> object:
    """Parts of a record in clear; every time is a recorded act, and the person is told."""
    return unmasking.unmask(request.actor, resident, tuple(wanted.parts), reason=wanted.reason)


@opens(router, "/applications/{application}/unmasking", SightAnswer)
def unmask_application(request: Call, application: PathId, wanted: SightBody) -> object:
    """An application's form in clear; every time is a recorded act, and the person is told."""
    return unmasking.unmask_application(request.actor, application, reason=wanted.reason)


@reads(router, "/extra-fields", list[ExtraAnswer])
def extra(request: Call) -> object:
    """What the province asks beside the official form."""
    return extra_fields.listed(request.actor)


@acts(router, "/extra-fields", IdAnswer, status=HTTPStatus.CREATED)
def add_extra(request: Call, field: ExtraBody) -> object:
    """Ask one more field; the official form's own are never changed."""
    return {"id": extra_fields.add(request.actor, **field.model_dump())}


@acts(router, "/extra-fields/{field}/ending", None, status=HTTPStatus.NO_CONTENT)
def end_extra(request: Call, field: PathId) -> None:
    """Ask a field no longer."""
    extra_fields.end(request.actor, field)


def _given(cells: Body) -> Mapping[str, str]:
    return cells.model_dump(exclude_unset=True, exclude_none=True)


def _picture(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except NotBase64 as error:
        raise Invalid("photo", "不是 base64", "no base64") from error
