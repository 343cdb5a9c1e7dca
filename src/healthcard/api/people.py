"""How requests speak of people: documents, telephones, agents; brought into their one normal form at the door."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from healthcard.api.fields import Body
from healthcard.domain import identity
from healthcard.domain.resident import Document
from healthcard.services.errors import Invalid

Kind = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9A-Z]$")]
Number = Annotated[str, StringConstraints(min_length=4, max_length=40, pattern=r"^[^\x00-\x1F\x7F]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1F\x7F]*$")]
OptionalName = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1F\x7F]*$")]
Phone = Annotated[str, StringConstraints(max_length=30, pattern=r"^[^\x00-\x1F\x7F]*$")]


class DocumentBody(Body):
    """An identity document: 居民身份证号码, or 其他证件 with its 证件号码."""

    kind: Kind = Field("01", examples=["01"], description="CV02.01.101; 01 = 居民身份证")
    number: Number = Field(examples=["990101198001010014"], description="证件号码")

    def normal(self) -> Document:
        """The document in its one form; raises Invalid."""
        try:
            return identity.document(self.kind, self.number)
        except identity.NumberRefused as refusal:
            raise Invalid(
                "document.number", "证件号码有误。", f"This number cannot be right: {refusal.rule}."
            ) from refusal
        except KeyError as unknown:
            raise Invalid("document.kind", "没有这种证件。", "There is no such kind of document.") from unknown


class DelegateBody(Body):
    """Who comes in the holder's stead."""

    name: Name = Field(examples=["李四"], repr=False)
    document_kind: Kind = Field(examples=["01"])
    document_number: Number = Field(examples=["990101197505050023"], repr=False)
    phone: Phone = Field("", examples=["13900000001"], repr=False)
    relation: Annotated[str, StringConstraints(max_length=30, pattern=r"^[^\x00-\x1F\x7F]*$")] = Field(
        "", examples=["儿子"]
    )
