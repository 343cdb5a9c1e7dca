from __future__ import annotations

import itertools
from contextlib import ExitStack, contextmanager
from datetime import date

import pytest
from desk import collection, request

TODAY = date(2026, 11, 23)
numbers = itertools.count(1)


@pytest.fixture
def today():
    return TODAY


@pytest.fixture
def console(province):
    from healthcard.services import actor

    return actor.console(province.code)


@pytest.fixture
def as_role(province):
    """An actor in a role of the province."""
    from healthcard.services import actor
    from healthcard.storage.models import Account

    def make(role):
        account = Account.objects.create(username=role, full_name=role, organisation=province, role=role, password="!")
        return actor.of_account(account.pk)

    return make


@pytest.fixture
def people(helpers, province):
    """Synthetic residents put on file; their ids."""
    from healthcard.domain.synthetic import residents as synthetic
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    assert residents.stored(list(synthetic(5)), province.pk) == 5
    return list(Resident.objects.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def shop(helpers):
    from healthcard.services.workshop import making

    with making.workshop() as shop:
        yield shop


@pytest.fixture
def order(people, issuer, console, today):
    """Order a card for the person number `n`; its id and the serial its slot is named by."""
    from healthcard.services.workshop import cards

    def make(n=0):
        card = cards.plan(console, people[n], today=today)
        return card, cards.shown(console, card).issue_serial

    return make


@pytest.fixture
def supplied():
    """Have a product filed, selected and accepted in the province of the test, by people invented for it."""
    from doubles.supply import Supply

    return Supply()


@pytest.fixture
def blank(helpers, installation, supplied):
    """A blank chip in the slot of a card; the slots are emptied afterwards."""
    from healthcard.card.os.products import PRODUCTS as CHIPS
    from healthcard.services import ports
    from healthcard.services.workshop import chips

    @contextmanager
    def put(product, issue_serial, number=1):
        supplied(product)
        with ports.given().keys() as keys, ports.given().rack() as rack:
            serial = number.to_bytes(CHIPS[product].serial_length, "big")
            name = chips.slot(issue_serial)
            with rack.blank(product, serial, keys.factory_envelope(product), name) as chip:
                yield chip

    yield put
    for image in installation.state.chips.glob("*.img"):
        image.unlink()


@pytest.fixture
def adult(people):
    from healthcard.services.people import residents

    return next(each for each in people if residents.opened(each).birth_date.year < 2000)


@pytest.fixture
def clerk(as_role):
    return as_role("clerk")


@pytest.fixture
def reviewer(as_role):
    return as_role("reviewer")


@pytest.fixture
def supervisor(as_role):
    return as_role("supervisor")


@pytest.fixture
def maker(as_role):
    return as_role("maker")


@pytest.fixture
def judge(reviewer):
    from healthcard.services.desk import applications, reviewing

    def review(application, approved=True):
        digest = applications.shown(reviewer, application).digest
        return reviewing.review(reviewer, application, approved=approved, opinion="属实", digest=digest)

    return review


@pytest.fixture
def arrived(adult, issuer, clerk, console, judge, shop, blank):
    """A card that waits at the desk: its application, its id, its chip."""
    from healthcard.services.desk import issue
    from healthcard.services.workshop import cards, making

    with ExitStack() as stack:
        application = issue.ask(clerk, request("first_issue", adult)).id
        judge(application)
        card = issue.order(clerk, application)
        chip = stack.enter_context(blank("jia", cards.shown(console, card).issue_serial, next(numbers)))
        making.personalise(console, card, chip, shop)
        issue.arrive(clerk, card)
        yield application, card, chip


@pytest.fixture
def issued(arrived, clerk, shop):
    from healthcard.services.desk import issue

    application, card, chip = arrived
    issue.hand_over(clerk, application, chip, shop.keys, collection())
    return card, chip


@pytest.fixture
def institution(province, console):
    """The machine of a new medical institution, as it comes in by its credential."""
    from healthcard.services.authority import credentials, tokens
    from healthcard.storage.models import Organisation

    def make(number=1):
        row = Organisation.objects.create(
            code=f"H{number}", name=f"测试医院{number}", kind="institution", parent=province, division="990100"
        )
        secret = credentials.create(console, row.pk, name=f"HIS {number}").secret
        return tokens.actor(credentials.enter(secret).token)

    return make


@pytest.fixture
def hospital(institution):
    return institution()


@pytest.fixture
def in_use(people, issuer, console, today):
    """A card of person number `n` that is in its holder's hand, by its events alone: no chip. Its row."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Card

    def make(n=0):
        card = cards.plan(console, people[n], today=today)
        chip = {"product": "jia", "chip8": card.to_bytes(8, "big"), "answer_to_reset": bytes(13), "layout": "full"}
        Card.objects.filter(pk=card).update(**chip)
        with act(console, Permission.DESK_ACT, "test.life") as now:
            now.event(card, "made")
            now.event(card, "arrived", place_org=console.organisation)
            now.event(card, "handed_over", place_org=None)
        return Card.objects.get(pk=card)

    return make


@pytest.fixture
def loopback(installation, monkeypatch):
    """The operator lets webhooks go to this machine."""
    from dataclasses import replace

    from healthcard.services import ports

    given = replace(ports.given(), webhook_networks=("127.0.0.0/8",))
    monkeypatch.setattr(ports, "_given", [given])
