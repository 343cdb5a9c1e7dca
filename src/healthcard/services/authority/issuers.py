"""Who issues: the organisation's identity as its cards carry it, and its never-reused serials."""

from __future__ import annotations

from datetime import date

from django.db import connection

from healthcard.services.errors import Conflict
from healthcard.services.ports import key_service
from healthcard.storage.models import IssuerIdentity, Organisation

NAME_BYTES = 30  # item 3
CERTIFICATE_YEARS = 20  # longer than any card made under it
SERIAL_DIGITS = 10  # item 10


def identity(organisation: Organisation, today: date) -> IssuerIdentity:
    """What cards of `organisation` say of their issuer today: its own identity or that of the nearest body above it.

    Raises Conflict when nobody above has one.
    """
    body: Organisation | None = organisation
    while body is not None:
        found = body.identities.filter(valid_from__lte=today, valid_to__gt=today).order_by("-id").first()
        if found is not None:
            return found
        body = body.parent
    raise Conflict(
        f"{organisation}没有所属的发卡机构：请先登记省级发卡机构身份（第五条）。",
        f"{organisation} belongs to no issuer of cards: enter the province's issuer identity first (Art. 5).",
    )


def establish(province: Organisation, today: date) -> IssuerIdentity:
    """Have a province's issuer certificate signed and keep it with the name and code its cards will carry."""
    if province.issuer_code is None:
        raise Conflict(
            f"{province}没有发卡机构代码，不能发卡（第五条）。",
            f"{province} has no issuer code: it issues no cards (Art. 5).",
        )
    until = today.replace(year=today.year + CERTIFICATE_YEARS, day=min(today.day, 28))
    with key_service() as keys:
        certificate = keys.issuer_certificate(province.issuer_code, today, until)
    return IssuerIdentity.objects.create(
        organisation=province,
        name=_cut(province.name),
        code=province.issuer_code,
        certificate=certificate,
        valid_from=today,
        valid_to=until,
    )


def next_serial(issuer_code: str) -> str:
    """The next issue serial of an issuer, 10 digits. Its row stays locked until the transaction ends.

    A serial whose transaction fails is given out again; one that was committed never is.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO issue_serial (issuer_code, last) VALUES (%s, 1)"
            " ON CONFLICT (issuer_code) DO UPDATE SET last = issue_serial.last + 1 RETURNING last",
            [issuer_code],
        )
        (number,) = cursor.fetchone()
    return f"{number:0{SERIAL_DIGITS}d}"


def _cut(name: str) -> str:
    """At most 30 bytes of GBK, never half a character."""
    return name.encode("gbk")[:NAME_BYTES].decode("gbk", errors="ignore")
