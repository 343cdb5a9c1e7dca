"""What of the record follows a person to his new card (第十二条第六项), counted and hashed as it was handed over.

Registrations are pointed to it and their institutions confirm. Open applications and the log of who saw his data are
the person's own: they stay where they are, and the count says that nothing was left behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from healthcard.perso.digest import sm3
from healthcard.storage.models import Access, Application, TransferNotice, Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsMoved:
    """So many records of one kind: registration, application or access; `digest` (64 hexadecimal digits) is SM3.

    `confirmed`: how many of the registrations their institutions have confirmed.
    """

    kind: str
    count: int
    digest: str
    confirmed: int = 0


def records_of(row: Application) -> tuple[RecordsMoved, ...]:
    """What followed with the card of a completed application; nothing before it is completed."""
    if row.state != "completed":
        return ()
    return (_registrations(row), _applications(row), _accesses(row))


def _registrations(row: Application) -> RecordsMoved:
    notices = list(TransferNotice.objects.filter(transfer__application=row).order_by("registration"))
    lines = (f"{each.registration_id}:{each.items}:{bytes(each.digest).hex()}" for each in notices)
    return _counted("registration", lines, confirmed=sum(each.confirmed_at is not None for each in notices))


def _applications(row: Application) -> RecordsMoved:
    """Those that were open then, this one apart."""
    others = Application.objects.filter(resident=row.resident_id, accepted_at__lte=row.closed_at).exclude(pk=row.pk)
    still = others.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=row.closed_at))
    return _counted("application", still.values_list("number", flat=True))


def _accesses(row: Application) -> RecordsMoved:
    """Who saw the person's data in clear, and which institution asked for his cards."""
    seen = Access.objects.filter(resident=row.resident_id, at__lte=row.closed_at)
    asked = Verification.objects.filter(card__resident=row.resident_id, at__lte=row.closed_at)
    lines = [f"access:{pk}" for pk in seen.values_list("pk", flat=True)]
    return _counted("access", lines + [f"verification:{pk}" for pk in asked.values_list("pk", flat=True)])


def _counted(kind: str, lines: Iterable[str], *, confirmed: int = 0) -> RecordsMoved:
    sorted_lines = sorted(lines)
    digest = sm3("\n".join(sorted_lines).encode()).hex()
    return RecordsMoved(kind=kind, count=len(sorted_lines), digest=digest, confirmed=confirmed)
