"""Whether a certificate counts on a day, as the database tells it, and the checks of the procedure that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from healthcard.domain.admission import procedure
from healthcard.storage import statements
from healthcard.storage.models import Dossier, DossierKind, Validity


def in_force(dossier_id: int | None, day: date | None) -> bool:
    """Whether the certificate of a dossier counts on `day`; nobody's certificate never does."""
    if dossier_id is None or day is None:
        return False
    ((counts,),) = statements.fetch("SELECT in_force(%s, %s)", [dossier_id, day])
    return bool(counts)


def admission_of(producer_id: int, field: str) -> int | None:
    """The newest admission of a producer in a field; None where it has none."""
    rows = Dossier.objects.filter(producer=producer_id, field=field, kind=DossierKind.ADMISSION)
    return rows.order_by("-pk").values_list("pk", flat=True).first()


def last_day(dossier_id: int) -> date | None:
    """The last day of the newest certificate; None where there never was one."""
    rows = Validity.objects.filter(dossier=dossier_id, cut_on=None).order_by("-version")
    return rows.values_list("last_day", flat=True).first()


def require(checks: tuple[str, ...], dossier: Dossier, today: date) -> None:
    """Raise TransitionRefused for the first of `checks` that does not hold for the dossier today."""
    for check in checks:
        procedure.require(check, _CHECKS[check](dossier, today), dossier=dossier.pk, day=today.isoformat())


def _producer_admitted(dossier: Dossier, today: date) -> bool:
    if dossier.kind == DossierKind.ADMISSION:
        return True
    return in_force(admission_of(dossier.producer_id, dossier.field), today)


def _report_designated(dossier: Dossier, today: date) -> bool:
    if dossier.kind == DossierKind.ADMISSION or not procedure.FIELDS[dossier.field].report:
        return True
    return in_force(dossier.laboratory_id, dossier.report_on)


def _basis_valid(dossier: Dossier, today: date) -> bool:
    if dossier.kind == DossierKind.ADMISSION or not procedure.FIELDS[dossier.field].rests_on:
        return True
    return in_force(dossier.basis_id, today)


def _renewal_window(dossier: Dossier, today: date) -> bool:
    last = last_day(dossier.pk)
    return last is not None and procedure.renewable(last, today)


_CHECKS: Final[Mapping[str, Callable[[Dossier, date], bool]]] = {
    "producer_admitted": _producer_admitted,
    "report_designated": _report_designated,
    "basis_valid": _basis_valid,
    "renewal_window": _renewal_window,
}
