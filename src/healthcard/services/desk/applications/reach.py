"""Whom a desk may act for: its own people, and others as the issuer's parameter says (第九条第二项)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from healthcard.domain.lifecycle import require
from healthcard.services.acting import alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.services.errors import NotFound
from healthcard.services.scope import limit, widened
from healthcard.storage import rows, statements
from healthcard.storage.models import Account, Organisation, OrganisationKind, Resident

REFUSE, FORWARD, DO = "refuse", "forward", "do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A person somebody acts for, and the database's moment; `elsewhere` is '' at his home, else forward or do."""

    person: Resident
    elsewhere: str
    parameters: ParametersInForce
    path: str
    at: datetime


@contextmanager
def reached(actor: Actor, kind: str, resident_id: int) -> Iterator[Reached]:
    """See a person, his cards and his applications inside this block of an act of `kind` (loss, hand_over ...).

    Nobody else acts on him meanwhile: what is read here still holds when the act is written. Where the parameter
    refuses, and where there is nobody, the answer is the same NotFound.
    """
    alone_with_person(resident_id)
    ((desk_kind, desk_path, parent_path, issuer_path, at, today),) = statements.fetch(_DESK, [actor.organisation])
    rules = parameters.at(desk_path, today)
    mode = rules.code(f"elsewhere.{kind}")
    home = _home_path(desk_kind, desk_path, parent_path)
    ways = [("", home)] + ([(mode, issuer_path)] if issuer_path and mode != REFUSE else [])
    for elsewhere, path in ways:
        with widened(path), transaction.atomic(savepoint=False):
            person = _person(resident_id)
            if person is not None:
                require_another(actor, person)
                same = issuer_path and person.home_path.startswith(issuer_path)
                found = rules if same else parameters.at(person.home_path, today)
                yield Reached(person=person, elsewhere=elsewhere, parameters=found, path=path, at=at)
                return
    raise NotFound("There is no such person at this organisation. Somebody of another one is served there (第九条).")


def province_path(actor: Actor) -> str:
    """The path of the province whose desks may act for people of each other; '' above all provinces."""
    return elsewhere_of(actor, "")[1]


def elsewhere_of(actor: Actor, kind: str) -> tuple[str, str]:
    """What the actor's desk does for people at home elsewhere by an act of `kind` ('' = nothing is asked); the path of
    the province whose desks may act for people of each other ('' above all provinces).
    """
    ((_kind, path, _parent, province, _at, today),) = statements.fetch(_DESK, [actor.organisation])
    mode = parameters.at(path, today).code(f"elsewhere.{kind}") if kind else ""
    return mode, str(province)


# Asked for every act on somebody: of the desk its kind, its path, that of its parent, that of its province; the day.
_DESK = """
    SELECT desk.kind, desk.path, coalesce(parent.path, ''), coalesce((SELECT province.path FROM organisation province
        WHERE province.kind = 'province' AND starts_with(desk.path, province.path)
        AND province.id = ANY(string_to_array(trim(BOTH '/' FROM desk.path), '/')::bigint[])
        ORDER BY province.path DESC LIMIT 1), ''), now(), (now() AT TIME ZONE 'Asia/Shanghai')::date
    FROM organisation desk LEFT JOIN organisation parent ON parent.id = desk.parent_id WHERE desk.id = %s"""


_PERSON = "SELECT {} FROM resident JOIN organisation home ON home.id = home_id WHERE resident.id = %s"


def _person(resident_id: int) -> Resident | None:
    """The person with his home."""
    names = f"{rows.columns(Resident, 'resident')}, {rows.columns(Organisation, 'home')}"
    found = statements.fetch(_PERSON.format(names), [resident_id])
    if not found:
        return None
    person = rows.made(Resident, found[0])
    person.home = rows.made(Organisation, rows.rest(Resident, found[0]))
    return person


def require_another(actor: Actor, person: Resident) -> None:
    """Nobody acts for himself, in whichever login (I-38)."""
    if actor.account is not None:
        own = Account.objects.filter(pk=actor.account, person_digest=bytes(person.identity_digest)).exists()
        require("not_own_card", not own)


def reaching(actor: Actor, kind: str, resident_id: int) -> Actor:
    """The same actor, seeing as far as `reached` does: for work on a chip, which is more than one transaction."""
    with transaction.atomic():
        limit(actor.path)
        with reached(actor, kind, resident_id) as found:
            require_doing(found)
            return replace(actor, path=found.path)


def require_doing(found: Reached) -> None:
    """Raise NotFound where this desk forwards only: what follows is the home organisation's."""
    if found.elsewhere == FORWARD:
        raise NotFound("This application was forwarded: the person's home organisation decides it and carries it out.")


def home_path(desk: Organisation) -> str:
    """What lies below this path is at home here: a desk (服务窗口) works for the organisation it stands in."""
    return _home_path(desk.kind, desk.path, desk.parent.path if desk.parent else "")


def _home_path(kind: str, path: str, parent_path: str) -> str:
    return parent_path if kind == OrganisationKind.DESK and parent_path else path
