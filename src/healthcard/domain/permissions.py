"""Who may do what: one table, permission by role (第三条至第九条 give the duties; B narrows them by organisation)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person does in his organisation."""

    CLERK = "clerk"  # 经办: takes applications, registers people
    MAKER = "maker"  # 制卡: personalises cards
    AUDITOR = "auditor"  # 审计: sees, never acts
    ADMIN = "admin"  # 管理: organisations and accounts, no people, no cards


class Permission(StrEnum):
    """One thing that can be allowed."""

    RESIDENT_VIEW = "resident.view"
    RESIDENT_IMPORT = "resident.import"
    RESIDENT_CORRECT = "resident.correct"
    CARD_VIEW = "card.view"
    CARD_READ_CHIP = "card.read_chip"
    CARD_PLAN = "card.plan"
    CARD_PERSONALISE = "card.personalise"
    JOURNAL_VIEW = "journal.view"


_P = Permission

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.CLERK: frozenset(set(Permission) - {_P.CARD_PERSONALISE}),
    Role.MAKER: frozenset({_P.CARD_VIEW, _P.CARD_READ_CHIP, _P.CARD_PERSONALISE, _P.JOURNAL_VIEW}),
    Role.AUDITOR: frozenset({_P.RESIDENT_VIEW, _P.CARD_VIEW, _P.JOURNAL_VIEW}),
    Role.ADMIN: frozenset(),
}


class NotAllowed(Exception):
    """Whoever acts does not have the permission."""

    def __init__(self, who: str, permission: Permission) -> None:
        """`who` is the actor's name: the reader has to know whom it concerns."""
        super().__init__(f"{who} may not do {permission.value}: ask somebody whose role may.")
        self.permission = permission
