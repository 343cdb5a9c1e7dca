"""Who acts: every service takes it first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import QuerySet

from healthcard.domain.permissions import GRANTS, NotAllowed, Permission, Role
from healthcard.services import scope
from healthcard.services.errors import NotFound
from healthcard.storage.models import Account, Organisation, OrganisationKind

_SERVE = frozenset({Role.CLERK, Role.REVIEWER, Role.SUPERVISOR})  # roles that work with people


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person at work, or the operator at the console (`account` is None)."""

    account: int | None
    name: str
    organisation: int
    permissions: frozenset[Permission]
    path: str
    credential: int | None = None
    terminal: str = ""
    address: str = ""
    request: str = ""

    def __post_init__(self) -> None:
        """Refuse one who may something without a place in the tree: every path begins with the empty one."""
        if self.permissions and not self.path.startswith("/"):
            raise ValueError(f"{self.name} has no place in the tree of organisations")

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed unless the actor has it; from now on the database shows this actor's part of the tree."""
        if permission not in self.permissions:
            raise NotAllowed(self.name, permission)
        scope.limit(self.path)

    def may(self, permission: Permission) -> bool:
        """Whether the actor has it."""
        return permission in self.permissions


def sight(role: Role, path: str, above: str) -> str:
    """How far somebody sees who works at `path`: his organisation and what is below it.

    A window (服务窗口) has no people of its own: who serves there sees those of the organisation it stands in, at
    `above` ('' for whoever works at no window). Any other role sees the window alone.
    """
    return above if above and role in _SERVE else path


def of_account(account_id: int, *, terminal: str = "", address: str = "", request: str = "") -> Actor:
    """Who is logged in, and from where; raises NotFound for an account that is gone or closed."""
    rows = Account.objects.select_related("organisation__parent").filter(pk=account_id, is_active=True)
    account = rows.first()
    if account is None:
        raise NotFound("This account is closed.")
    works, role = account.organisation, Role(account.role)
    return Actor(
        account=account.pk,
        name=account.full_name,
        organisation=account.organisation_id,
        permissions=GRANTS[role],
        path=sight(role, works.path, works.parent.path if works.parent and works.kind == OrganisationKind.DESK else ""),
        terminal=terminal,
        address=address,
        request=request,
    )


def console(organisation_code: str = "") -> Actor:
    """The operator at the console, acting for an organisation; without a code, for the only province there is."""
    wanted = Organisation.objects.filter(code=organisation_code) if organisation_code else _provinces()
    found = list(wanted[:2])
    if len(found) != 1:
        known = ", ".join(Organisation.objects.order_by("code").values_list("code", flat=True)[:20])
        raise NotFound(f"Name the organisation to act for by its code. There are: {known or 'none yet'}.")
    return of_console(found[0])


def of_console(organisation: Organisation, name: str = "console") -> Actor:
    """The operator, acting for `organisation` with every permission."""
    if not organisation.path:  # a row just made: the database gave it its path
        organisation.refresh_from_db(fields=["path"])
    return Actor(
        account=None,
        name=name,
        organisation=organisation.pk,
        permissions=frozenset(Permission),
        path=organisation.path,
    )


def of_clock(organisation: Organisation) -> Actor:
    """What time alone brings about among the people of `organisation`: reports lapse, holders are reminded."""
    allowed = frozenset({Permission.LOSS_REPORT, Permission.CARD_STOCK})
    return replace(of_console(organisation, "clock"), permissions=allowed)


def _provinces() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=OrganisationKind.PROVINCE)
