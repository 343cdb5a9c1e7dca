"""A resident's base data as the official collection form has it (居民健康卡基础数据采集表; 第六条第四项).

Codes are the form's own (their tables and editions are in `domain.codes`); the chip's codes are mapped from them,
never passed through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An identity document: kind by CV02.01.101 ("01" = citizen ID card) and its number, normalised."""

    kind: str
    number: str

    @property
    def is_citizen_number(self) -> bool:
        """Whether the number is an 18-character citizen number."""
        return self.kind == "01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody to be reached in an emergency; relation by GB/T 4761 as the form has it."""

    name: str
    relation: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy:
    """A substance and the reaction to it."""

    substance: str
    reaction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vaccination:
    """A vaccine and the day it was last given."""

    vaccine: str
    given: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """One person. Optional fields are '' or () when the form leaves them blank; `photo` is a JPEG of <= 3072 bytes.

    `chip_name` is the reviewed spelling for the chip where GBK cannot write the name ('' = the name itself).
    `other_documents` are further documents of the same person; the card carries `document` alone.
    """

    name: str
    document: Document
    sex: str
    ethnic_group: str
    birth_date: date
    chip_name: str = ""
    phones: tuple[str, ...] = ()
    payment_methods: tuple[str, ...] = ()
    registered_address: str = ""
    residence_address: str = ""
    contacts: tuple[Contact, ...] = ()
    education: str = ""
    marital_status: str = ""
    occupation: str = ""
    health_record_no: str = ""
    ncms_card_no: str = ""
    abo: str = ""
    rh_negative: str = ""
    alerts: frozenset[str] = frozenset()
    other_alert: str = ""
    allergies: tuple[Allergy, ...] = ()
    vaccinations: tuple[Vaccination, ...] = ()
    photo: bytes = b""
    other_documents: tuple[Document, ...] = ()
