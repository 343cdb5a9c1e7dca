"""What an application for an admission or a filing says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """An organisation is admitted (准入), a product is filed (备案): two separate acts."""

    ADMISSION = "admission"
    FILING = "filing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that was handed in: its name and SM3 of the file, 64 hexadecimal digits; an archive keeps it."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a laboratory, which is named by its own admission."""

    laboratory: int
    number: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an application says; a change or a correction says anew what differs ('' and None = as before)."""

    name: str = ""
    documents: tuple[Document, ...] = ()
    report: Report | None = None


EMPTY = Content()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDossier:
    """An application: a producer's admission in a field, or the filing of a product of it.

    `product` is the name by which making knows a COS, `basis` the chip filing that COS rests on.
    """

    kind: Kind
    field: str
    producer: int
    content: Content = EMPTY
    product: str = ""
    basis: int | None = None
