"""Whom a desk may act for: its own people, and others as the issuer's parameter says (第九条第二项)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import transaction

from healthcard.domain.lifecycle import require
from healthcard.services import parameters
from healthcard.services.acting import clock
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.issuing_body import issuing_body
from healthcard.services.parameters import ParametersInForce
from healthcard.services.scope import limit, widened
from healthcard.storage.models import Account, Organisation, OrganisationKind, Resident

REFUSE, FORWARD, DO = "refuse", "forward", "do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A person somebody acts for; `elsewhere` is '' at his home, else forward or do."""

    person: Resident
    elsewhere: str
    parameters: ParametersInForce
    path: str


@contextmanager
def reached(actor: Actor, kind: str, resident_id: int) -> Iterator[Reached]:
    """See a person, his cards and his applications inside this block of an act of `kind` (loss, hand_over ...).

    Where the parameter refuses, and where there is nobody, the answer is the same NotFound.
    """
    desk = Organisation.objects.select_related("parent").get(pk=actor.organisation)
    issuer = issuing_body(desk.path)
    _, today = clock()
    mode = parameters.of(desk, today).code(f"elsewhere.{kind}")
    ways = [("", home_path(desk))] + ([(mode, issuer.path)] if issuer and mode != REFUSE else [])
    for elsewhere, path in ways:
        with widened(path), transaction.atomic():
            person = Resident.objects.select_related("home").filter(pk=resident_id).first()
            if person is not None:
                require_another(actor, person)
                yield Reached(
                    person=person, elsewhere=elsewhere, parameters=parameters.of(person.home, today), path=path
                )
                return
    raise NotFound("There is no such person at this organisation. Somebody of another one is served there (第九条).")


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
    if desk.kind == OrganisationKind.DESK and desk.parent is not None:
        return desk.parent.path
    return desk.path
