"""The beginning of an installation that is no demo: the ministry, and who may open what is below it."""

from __future__ import annotations

from django.db import transaction

from healthcard.domain.permissions import Permission, Role
from healthcard.domain.resident import Document
from healthcard.services.acting import act, clock
from healthcard.services.actor import of_console
from healthcard.services.authority import accounts
from healthcard.services.authority.accounts import Login
from healthcard.services.errors import Conflict
from healthcard.storage.models import Organisation, OrganisationKind

COUNTRY = "000000"  # GB/T 2260 has no division for the whole country


def found(name: str, *, username: str, full_name: str, document: Document) -> Login:
    """The root of the tree (第六条) and the login of its first administrator, who opens all others through the API.

    The password is one to be replaced at the first login. Raises Conflict where there are organisations already.
    """
    with transaction.atomic():
        if Organisation.objects.exists():
            raise Conflict(
                "系统中已有机构：新的机构和账号由管理员开设。",
                "This installation has organisations: its administrators open further ones and their logins.",
            )
        ministry = Organisation.objects.create(
            code=COUNTRY, name=name, kind=OrganisationKind.MINISTRY, division=COUNTRY, opened_on=clock()[1]
        )
        operator = of_console(ministry)
        with act(operator, Permission.ORGANISATION_CHANGE, "organisation.found") as now:
            now.note(organisation=ministry.pk)
        return accounts.open_for(
            operator, ministry.pk, username=username, full_name=full_name, role=Role.ADMIN, document=document
        )
