"""Who plays in the demo's life of cards: logins of the demo office, two of the province, a hospital.

They are put there by the operator, as the ministry would; what they do afterwards they do through the API.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from healthcard.domain.permissions import Role
from healthcard.domain.synthetic import resident as synthetic
from healthcard.services import actor as actors
from healthcard.services import scope
from healthcard.services.authority import accounts, credentials
from healthcard.services.authority.accounts import Login
from healthcard.services.stage import demo
from healthcard.storage.models import Organisation, OrganisationKind

OFFICE, HOSPITAL = "990101-1", "990101-9"
_PROVINCE = (("proposer", "示范省拟稿人"), ("approver", "示范省审批人"))
_SEED = 98  # invented documents of the people who work there


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Logins, the secret of the hospital's machine, and the office's id."""

    logins: tuple[Login, ...] = field(repr=False)
    secret: str = field(repr=False)
    office: int


def engage() -> Cast:
    """Put them there; passwords and the secret are told this once."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        office = Organisation.objects.get(code=OFFICE)
        known = accounts.renew_passwords(demo.USERNAMES)
        return Cast(
            logins=known + tuple(_provincial(number) for number in range(len(_PROVINCE))),
            secret=_hospital(office),
            office=office.pk,
        )


def _provincial(number: int) -> Login:
    username, full_name = _PROVINCE[number]
    return accounts.create(
        Organisation.objects.get(code=demo.PROVINCE),
        username=username,
        full_name=full_name,
        role=Role.SUPERVISOR,
        password=accounts.random_password(),
        document=synthetic(number, _SEED).document,
    )


def _hospital(office: Organisation) -> str:
    """A hospital below the city, and what its machine shows at the institutions' door."""
    hospital = Organisation.objects.create(
        code=HOSPITAL,
        name="示范市第一医院",
        kind=OrganisationKind.INSTITUTION,
        parent=office.parent,
        division=office.division,
    )
    above = actors.of_console(office.parent or office, "demo")
    return credentials.create(above, hospital.pk, name="HIS").secret


__all__ = ["Cast", "engage"]
