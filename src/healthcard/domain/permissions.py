"""Who may do what: one table, permission by role; where, is told by the actor's place in the tree (第六条至第九条)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files


class Role(StrEnum):
    """What a person (or a machine) does in its organisation."""

    CLERK = "clerk"  # 经办: takes applications, registers people
    REVIEWER = "reviewer"  # 审核: judges what clerks accepted
    SUPERVISOR = "supervisor"  # 主管: authorises exceptions, decides parameters
    MAKER = "maker"  # 制卡: personalises cards
    CUSTODIAN = "custodian"  # 密钥保管: keys and key carriers, no people, no cards
    AUDITOR = "auditor"  # 审计: sees, never acts
    ADMIN = "admin"  # 管理: organisations and accounts, no people, no cards
    INSTITUTION = "institution"  # 医疗卫生机构的系统: asks about cards


class Permission(StrEnum):
    """One thing that can be allowed."""

    RESIDENT_VIEW = "resident.view"
    RESIDENT_IMPORT = "resident.import"
    RESIDENT_CORRECT = "resident.correct"
    RESIDENT_UNMASK = "resident.unmask"
    RESIDENT_MOVE = "resident.move"
    CARD_VIEW = "card.view"
    CARD_READ_CHIP = "card.read_chip"
    CARD_PLAN = "card.plan"
    CARD_PERSONALISE = "card.personalise"
    CARD_MAKE_TEMPORARY = "card.make_temporary"  # a desk makes no formal card (第十二条第七项)
    CARD_STOCK = "card.stock"
    CARD_SUPERVISE = "card.supervise"
    CARD_DESTROY = "card.destroy"
    APPLICATION_VIEW = "application.view"
    APPLICATION_ACCEPT = "application.accept"
    APPLICATION_REVIEW = "application.review"
    LOSS_REPORT = "loss.report"
    DESK_ACT = "desk.act"
    JOURNAL_VIEW = "journal.view"
    AUDIT_VIEW = "audit.view"
    PARAMETER_PROPOSE = "parameter.propose"
    PARAMETER_APPROVE = "parameter.approve"
    ORGANISATION_VIEW = "organisation.view"
    ORGANISATION_CHANGE = "organisation.change"
    ACCOUNT_CHANGE = "account.change"
    KEY_CUSTODY = "key.custody"
    STATUS_ASK = "status.ask"
    VERIFY = "card.verify"
    REGISTER = "business.register"
    MISUSE_REPORT = "misuse.report"
    ADMISSION_VIEW = "admission.view"
    ADMISSION_APPLY = "admission.apply"  # at the registration centre (第六条第一项), as the next two
    ADMISSION_REVIEW = "admission.review"
    ADMISSION_CERTIFY = "admission.certify"
    SUPPLY_DECIDE = "supply.decide"  # what a province selects, what is blocked (第七条第一项)
    SUPPLY_ACCEPT = "supply.accept"  # scripts and sample cards (第十一条)


def load(text: str) -> dict[Role, frozenset[Permission]]:
    """Parse the table: one line a permission, one column a role, x where it is given."""
    lines = list(csv.DictReader(text.splitlines()))
    unknown = {line["permission"] for line in lines} ^ {permission.value for permission in Permission}
    if unknown:
        raise ValueError(f"the table of permissions and its names differ: {', '.join(sorted(unknown))}")
    return {role: frozenset(Permission(line["permission"]) for line in lines if line[role] == "x") for role in Role}


GRANTS: Mapping[Role, frozenset[Permission]] = load(
    files("healthcard.domain").joinpath("tables", "permissions.csv").read_text("utf-8")
)

# Nobody is two of these, in no two logins (I-38): the database compares persons.
EXCLUSIVE: tuple[frozenset[Role], ...] = (
    frozenset({Role.CLERK, Role.CUSTODIAN, Role.AUDITOR}),
    frozenset({Role.MAKER, Role.CUSTODIAN, Role.AUDITOR}),
    frozenset({Role.ADMIN, Role.AUDITOR}),
    frozenset({Role.REVIEWER, Role.CUSTODIAN, Role.AUDITOR}),
    frozenset({Role.SUPERVISOR, Role.CUSTODIAN, Role.AUDITOR}),
)


class NotAllowed(Exception):
    """Whoever acts does not have the permission."""

    def __init__(self, who: str, permission: Permission) -> None:
        """`who` is the actor's name: the reader has to know whom it concerns."""
        super().__init__(f"{who} may not do {permission.value}: ask somebody whose role may.")
        self.permission = permission
