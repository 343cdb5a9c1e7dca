"""People found again (查询): by document, telephone, full name, or name and birth date; masked, in pages.

What is searched for is digested with a key and compared with digests: the database never sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from healthcard.domain import identity, traces
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Document
from healthcard.services.actor import Actor
from healthcard.services.errors import Invalid
from healthcard.services.people import residents
from healthcard.services.people.residents import LAST, PAGE, Page, Person
from healthcard.services.sealing import sealer
from healthcard.storage.models import Card, IssuerIdentity, ResidentKey

MOST = 20  # of those whom one box finds
_SERIAL = re.compile(r"[0-9]{10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom to look for: by exactly one of document, phone and name; a name with or without the birth date."""

    document: Document | None = field(default=None, repr=False)
    phone: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)


def searched(actor: Actor, wanted: Wanted, *, after: int | None = None, limit: int = PAGE) -> Page:
    """The people of the actor's part of the tree who fit, the newest first; raises Invalid for no question."""
    actor.require(Permission.RESIDENT_VIEW)
    return residents.page(_fitting(_digest(wanted), after or LAST, limit + 1), limit)


def anything(actor: Actor, text: str) -> tuple[Person, ...]:
    """Whoever fits what was typed in one box: document or card number, issue serial, telephone or full name.

    At most `MOST`, masked; raises Invalid for a blank.
    """
    actor.require(Permission.RESIDENT_VIEW)
    wanted = text.strip()
    if not wanted:
        raise Invalid("wanted", "请输入证件号码、卡号、发卡序列号、电话或姓名", "enter a number, a telephone or a name")
    ids = list(
        dict.fromkeys([*_holders(wanted), *(one for each in _read(wanted) for one in _fitting(each, LAST, MOST))])
    )
    return residents.page(ids[:MOST], MOST).people


def found(actor: Actor, document: Document) -> int | None:
    """The id of the person with this document, if on file in the actor's part of the tree."""
    actor.require(Permission.RESIDENT_VIEW)
    return next(iter(_fitting(sealer().digest(document), LAST, 1)), None)


def by_document(number: str) -> list[int]:
    """Who has a document with exactly this number, of whichever kind; for services that know how far may be seen."""
    digests = (sealer().digest(each) for each in dict.fromkeys(_documents(number.strip())))
    return list(dict.fromkeys(one for each in digests for one in _fitting(each, LAST, 1)))


def holder(document: Document) -> int | None:
    """The id of whoever has this document, wherever he is at home: for acts that make two people one, or must not."""
    rows = ResidentKey.objects.filter(kind="document", digest=sealer().digest(document))
    return rows.values_list("resident_id", flat=True).first()


def _read(text: str) -> Iterator[bytes]:
    """The digests of everything `text` may be."""
    for one in dict.fromkeys(_documents(text)):
        yield sealer().digest(one)
    for trace in (traces.phone(text), traces.name(text)):
        if trace is not None:
            yield sealer().trace(trace)


def _documents(text: str) -> Iterator[Document]:
    for kind in (identity.CITIZEN, *identity.SHAPES):
        try:
            yield identity.document(kind, text)
        except identity.NumberRefused:
            continue


def _holders(text: str) -> list[int]:
    """Who has or had a card with this issue serial, of whichever issuer."""
    digits = "".join(text.split())
    if not _SERIAL.fullmatch(digits):
        return []
    codes = IssuerIdentity.objects.values("code")
    rows = Card.objects.filter(issuer_code__in=codes, issue_serial=digits).order_by("-pk")
    return list(rows.values_list("resident_id", flat=True)[:MOST])


def _digest(wanted: Wanted) -> bytes:
    asked = [wanted.document is not None, bool(wanted.phone.strip()), bool(wanted.name.strip())]
    if sum(asked) != 1 or (wanted.birth_date and not wanted.name):
        raise Invalid(
            "document",
            "证件、电话、姓名三者填其一；出生日期与姓名一起填",
            "one of document, phone and name; a birth date goes with a name",
        )
    if wanted.document is not None:
        return sealer().digest(wanted.document)
    if wanted.birth_date and wanted.name:
        trace = traces.name_birth(wanted.name, wanted.birth_date)
    else:
        trace = traces.name(wanted.name) if wanted.name else traces.phone(wanted.phone)
    if trace is None:
        raise Invalid("phone" if wanted.phone else "name", "不是电话号码或姓名", "no telephone number, or no name")
    return sealer().trace(trace)


def _fitting(digest: bytes, before: int, count: int) -> list[int]:
    """People by a digest, the newest first; who is not in scope is not there for the database either."""
    with connection.cursor() as cursor:
        cursor.execute(_FITTING, [digest, before, count])
        return [number for (number,) in cursor.fetchall()]


_FITTING = """
    SELECT resident.id FROM resident_key JOIN resident ON resident.id = resident_id
    WHERE digest = %s AND resident_id < %s ORDER BY resident_id DESC LIMIT %s"""
