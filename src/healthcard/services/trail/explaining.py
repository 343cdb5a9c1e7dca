"""An auditor's entries in words: who is behind a number, what a rule says; and whom he may ask for by which name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from healthcard.domain import actions
from healthcard.domain.lifecycle import GUARDS, RULES
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.audit import APART
from healthcard.services.errors import Invalid
from healthcard.services.trail.audit_search import AuditRow
from healthcard.storage import statements
from healthcard.storage.models import Account, Card, IssuerIdentity, Organisation, Resident

SERIAL = 10  # digits of an issue serial (item 10); an id has never as many


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry and its words. Names are '' where there is nobody, or nobody in the actor's part of the tree.

    `rule_zh` and `rule_en` are '' for a rule no table holds; `facts` are pairs of a name and its value as written.
    """

    entry: AuditRow
    zh: str
    en: str
    who: str
    where: str
    whom: str
    serial: str
    rule_zh: str
    rule_en: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheck:
    """When the audit was last checked in the actor's part of the tree, and what came out."""

    at: datetime
    entries: int
    faults: int


def told(actor: Actor, entries: Sequence[AuditRow]) -> tuple[Told, ...]:
    """The entries of a search in words. Raises NotAllowed."""
    actor.require(Permission.AUDIT_VIEW)
    names = _Names(entries)
    return tuple(_told(each, names) for each in entries)


def operator(actor: Actor, username: str) -> int:
    """The account with this login name in the actor's part of the tree; raises Invalid."""
    actor.require(Permission.AUDIT_VIEW)
    inside = Account.objects.filter(organisation__path__startswith=actor.path, username=username)
    found = inside.values_list("pk", flat=True).first()
    if found is None:
        raise Invalid("operator", "本辖区没有此操作员账号", "There is no operator with this login name here.")
    return found


def card(actor: Actor, number: str) -> int:
    """The card with this issue serial, of whatever issuer in sight; raises Invalid for none or several."""
    actor.require(Permission.AUDIT_VIEW)
    rows = Card.objects.filter(
        issuer_code__in=IssuerIdentity.objects.values("code"), issue_serial=number
    )  # by the index
    found = list(rows.values_list("pk", flat=True)[:2])
    if len(found) != 1:
        raise Invalid("card", "没有或不止一张卡有此发卡序列号", "No card, or more than one, has this issue serial.")
    return found[0]


def last_check(actor: Actor) -> LastCheck | None:
    """The newest entry of a check; None when there was none yet."""
    actor.require(Permission.AUDIT_VIEW)
    rows = statements.fetch(_LAST, {"chain": APART, "path": actor.path})
    if not rows:
        return None
    ((at, body),) = rows
    facts = json.loads(bytes(body))["facts"]
    return LastCheck(at=at, entries=facts["entries"], faults=facts["faults"])


_LAST = """
    SELECT e.at, e.body FROM audit_entry e JOIN organisation o ON o.id = e.organisation
    WHERE e.chain = %(chain)s AND e.action = 'audit.verify' AND starts_with(o.path, %(path)s)
    ORDER BY e.seq DESC LIMIT 1"""


class _Names:
    """The names behind the numbers of some entries, asked for once each kind."""

    def __init__(self, entries: Sequence[AuditRow]) -> None:
        accounts, places = _ids(each.account for each in entries), _ids(each.organisation for each in entries)
        people, cards = _ids(each.resident for each in entries), _ids(each.card for each in entries)
        self.accounts = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "full_name"))
        self.places = dict(Organisation.objects.filter(pk__in=places).values_list("pk", "name"))
        self.people = dict(Resident.objects.filter(pk__in=people).values_list("pk", "name_masked"))
        self.cards = dict(Card.objects.filter(pk__in=cards).values_list("pk", "issue_serial"))


def _ids(numbers: Iterable[int | None]) -> set[int]:
    return {each for each in numbers if each is not None}


def _told(entry: AuditRow, names: _Names) -> Told:
    action, rule = actions.words(entry.action), RULES.get(entry.rule) or GUARDS.get(entry.rule)
    return Told(
        entry=entry,
        zh=action.zh,
        en=action.en,
        who=names.accounts.get(entry.account or 0, ""),
        where=names.places.get(entry.organisation or 0, ""),
        whom=names.people.get(entry.resident or 0, ""),
        serial=names.cards.get(entry.card or 0, ""),
        rule_zh=rule.zh if rule else "",
        rule_en=rule.en if rule else "",
        facts=tuple((name, _value(value)) for name, value in entry.facts.items()),
    )


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
