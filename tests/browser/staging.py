"""Scenes in the demo that a browser then looks at. Runs in a process of its own: Playwright's loop and Django's
database do not go together in one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from typing import TypeVar

import paper

Made = TypeVar("Made")

FORM = {"phone": "15412345678", "entitlement": "1", "consent": True}
FACE = "document_and_face"
WRONG = "0000000001"  # a card of the demo that belongs to somebody else
_open = ExitStack()


def enter(home: str) -> None:
    """Open the installation of this folder until the process ends."""
    for name in [name for name in os.environ if name.startswith("HEALTHCARD_")]:
        del os.environ[name]
    os.environ["HEALTHCARD_HOME"] = home
    from healthcard.site.installation import Site

    _open.enter_context(Site.open(os.environ).working())


def played(work: Callable[..., Made], *given: object) -> Made:
    """What one of the functions below makes of it, seeing everybody."""
    from healthcard.services import scope

    scope.limit(scope.EVERYBODY)
    return work(*given)


def world() -> dict[str, int]:
    """What the addresses of tests/web/screens.csv name: a made card, one on order, somebody without, an application;
    and for the pictures somebody with his card, and the application of one that waits at the desk.
    """
    from scenes import waiting

    from healthcard.services.stage import demo
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Card

    arrived = _played_on_paper(waiting)  # a card at the desk: its stock is not empty
    made = Card.objects.filter(life="made").order_by("pk")[0]
    return {
        "card": made.pk,
        "holder": made.resident_id,
        "ordered": cards.plan(demo.maker(), _free(), today=_today()),
        "application": first_issue(_free()),
        "issued": int(issued()["person"]),
        "arrived": arrived.about,
        "without": _free(),
    }


def first_issue(person: int, **fields: str) -> int:
    """His application for a card, as the demo's clerk takes it."""
    from healthcard.services.desk import issue
    from healthcard.services.desk.applications import Request

    given = {**FORM, **fields}
    asked = Request(kind="first_issue", resident=person, fields=given, presented=("identity",), identity=FACE)
    return issue.ask(_actor("clerk"), asked).id


def issued() -> dict[str, object]:
    """Somebody grown has a card in his hands now, made on paper: who he is."""
    from scenes import issued as scene

    from healthcard.services.people import residents

    given = _played_on_paper(scene)
    whole = residents.opened(given.person)
    return {"person": given.person, "card": given.card, "document": whole.document.number, "name": whole.name}


def _played_on_paper(scene: Callable[[object], Made]) -> Made:
    """A scene of the services' tests with somebody of the demo."""
    here = _office()
    here.waiting.append(_free())
    with paper.chips_on_paper():
        return scene(here)


def somebody() -> dict[str, str]:
    """Somebody grown without a card or an application: what to type to find him."""
    from healthcard.services.people import residents

    return {"document": residents.opened(_free()).document.number}


def caller() -> str:
    """Somebody with a card in his hands and a telephone, to which a code can be sent: the number of his document."""
    from healthcard.services.people import residents
    from healthcard.storage.models import Card

    for person in Card.objects.filter(life="issued").order_by("-pk").values_list("resident", flat=True):
        whole = residents.opened(person)
        if whole.phones:
            return str(whole.document.number)
    issued()
    return caller()


def colleague(username: str, role: str = "clerk") -> tuple[str, str]:
    """One more login of the demo's office: its password, and what the authenticator app is given."""
    from healthcard.domain.permissions import Role
    from healthcard.domain.synthetic import resident
    from healthcard.services.authority import accounts
    from healthcard.storage.models import Organisation

    login = accounts.create(
        Organisation.objects.get(pk=_actor("clerk").organisation),
        username=username,
        full_name={"admin": "示范管理员"}.get(role, "示范经办员二"),
        role=Role(role),
        password=accounts.random_password(),
        document=resident(len(username), 98).document,
    )
    return login.password, login.second_factor


def frozen(person: int) -> str:
    """How the loss of somebody's first card stands on record."""
    from healthcard.storage.models import Card

    return str(Card.objects.filter(resident=person).order_by("pk").values_list("loss", flat=True)[0])


def applications(person: int, kind: str) -> int:
    """How many of that kind he has."""
    from healthcard.storage.models import Application

    return Application.objects.filter(resident=person, kind=kind).count()


def rest(username: str) -> int:
    """Make it so that the sessions of a login have rested too long; how many there were."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    from healthcard.storage.models import Account

    account, found = Account.objects.get(username=username).pk, 0
    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        if session.get("_auth_user_id") == str(account):
            session["seen"] -= 24 * 3600
            session.save()
            found += 1
    return found


HOSTILE = "<img src=x onerror=alert(1)>"  # 28 characters: it fits on a chip too


def poison() -> dict[str, int]:
    """A world in which everything that people write holds markup; the same names of rows as in `world`."""
    from dataclasses import replace

    from healthcard.domain.synthetic import resident
    from healthcard.services.desk import applications, loss, reviewing
    from healthcard.services.desk.applications import Delegate, Request
    from healthcard.services.people import residents
    from healthcard.storage.models import Account, Organisation, Resident

    office = _actor("clerk").organisation
    Account.objects.update(full_name=HOSTILE)
    Organisation.objects.filter(pk=office).update(name=HOSTILE)
    found = (resident(number, 7) for number in range(50))
    whole = next(each for each in found if each.birth_date.year < 2000 and each.document.kind == "01")
    hostile = {
        "name": HOSTILE,
        "chip_name": "",
        "phones": (FORM["phone"],),
        "registered_address": HOSTILE,
        "residence_address": HOSTILE,
    }
    residents.stored([replace(whole, **hostile, other_alert=HOSTILE)], office)
    person = Resident.objects.order_by("-pk").values_list("pk", flat=True)[0]
    here = _office()
    application = here.ask_first(person)
    here.review(application)
    card = here.order(application)
    _made(card)
    here.arrive(card)
    with paper.chips_on_paper():
        here.hand_over(application, card)
    agent = residents.opened(_free()).document
    sent = Delegate(name=HOSTILE, document_kind=agent.kind, document_number=agent.number, relation="")
    asked = Request(
        kind="loss",
        resident=person,
        fields={"phone": FORM["phone"], "loss_reason": HOSTILE},
        presented=("identity", "agent_identity", "authority"),
        identity=FACE,
        by="agent",
        delegate=sent,
    )
    lost = loss.report(_actor("clerk"), asked).application
    applications.verify(_actor("clerk"), lost, HOSTILE)
    digest = applications.shown(_actor("reviewer"), lost).digest
    reviewing.review(_actor("reviewer"), lost, approved=False, opinion=HOSTILE, digest=digest)
    other = first_issue(_free())
    applications.withdraw(_actor("clerk"), other, HOSTILE)
    return {"card": card, "holder": person, "application": lost, "withdrawn": other}


def names() -> dict[str, str]:
    """What the staff are called, by login; "" is their office."""
    from healthcard.storage.models import Account, Organisation

    called = dict(Account.objects.values_list("username", "full_name"))
    return called | {"": Organisation.objects.get(pk=_actor("clerk").organisation).name}


def rename(called: dict[str, str]) -> None:
    """Call them so again."""
    from healthcard.storage.models import Account, Organisation

    for username, name in called.items():
        Account.objects.filter(username=username).update(full_name=name)
    Organisation.objects.filter(pk=_actor("clerk").organisation).update(name=called[""])


def data() -> set[str]:
    """What is Chinese on every screen because it is data: names of organisations, staff, stations, people as masked."""
    from healthcard.domain.identity import mask_name
    from healthcard.services.people import residents
    from healthcard.storage.models import Account, Organisation, Resident, Station

    people = [residents.opened(each).name for each in Resident.objects.values_list("pk", flat=True)]
    names = {*people, *map(mask_name, people)}
    for kept in (Organisation, Station):
        names |= set(kept.objects.values_list("name", flat=True))
    return names | set(Account.objects.values_list("full_name", flat=True))


def _free() -> int:
    """Somebody grown without a card or an application."""
    from healthcard.services.people import residents
    from healthcard.storage.models import Application, Card, Resident

    taken = {*Card.objects.values_list("resident_id", flat=True)}
    taken |= {*Application.objects.values_list("resident_id", flat=True)}
    people = Resident.objects.exclude(pk__in=taken).order_by("-pk").values_list("pk", flat=True)
    return next(each for each in people if residents.opened(each).birth_date.year < 2000)


def _made(card: int) -> None:
    """Make an ordered card on a virtual chip of the demo."""
    from healthcard.card.os.products import PRODUCTS
    from healthcard.services.ports import given
    from healthcard.services.stage import demo
    from healthcard.services.workshop import cards, chips, making
    from healthcard.services.workshop.bench import RackBench

    actor = demo.maker()
    serial = cards.shown(actor, card).issue_serial
    with making.workshop() as shop, given().rack() as rack:
        envelope = RackBench(rack, shop.keys).envelope("jia")
        number = int(serial).to_bytes(PRODUCTS["jia"].serial_length, "big")
        with rack.blank("jia", number, envelope, chips.slot(serial)) as chip:
            making.personalise(actor, card, chip, shop)


def _office():
    """The demo's desk, for scenes of the services' tests."""
    from office import Office

    roles = {name: _actor(name) for name in ("clerk", "reviewer", "supervisor", "maker")}
    return Office(roles=roles, home=roles["clerk"].organisation)


def _actor(username: str):
    from healthcard.services.actor import of_account
    from healthcard.storage.models import Account

    return of_account(Account.objects.get(username=username).pk)


def _today() -> date:
    from healthcard.services.acting import clock

    return clock()[1]
