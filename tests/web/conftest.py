from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def world(helpers):
    """The demo province with a made card, a card on order and somebody without one; nothing of it stays."""
    from django.db import transaction

    from healthcard.services.actor import of_account
    from healthcard.services.desk import issue
    from healthcard.services.desk.applications import Request
    from healthcard.services.stage import demo
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Account, Card, Resident

    with transaction.atomic():
        demo.create(TODAY)
        list(demo.make_cards(TODAY, 1))
        without = Resident.objects.order_by("-pk").values_list("pk", flat=True)
        ordered = cards.plan(demo.maker(), without[0], today=TODAY)
        form = {"phone": "15412345678", "entitlement": "1", "consent": True}
        asked = Request(
            kind="first_issue", resident=without[2], fields=form, presented=("identity",), identity="document_and_face"
        )
        application = issue.ask(of_account(Account.objects.get(username="clerk").pk), asked).id
        admin = Account.objects.get(username="clerk")
        admin.pk, admin.username, admin.role = None, "admin", "admin"
        admin.save()
        yield SimpleNamespace(
            card=Card.objects.get(life="made").pk,
            ordered=ordered,
            holder=Card.objects.get(life="made").resident_id,
            without=without[1],
            application=application,
        )
        transaction.set_rollback(True)
    for image in demo_images(helpers):
        image.unlink()


def demo_images(state):
    return state.chips.glob("*.img")


@pytest.fixture
def browser(world):
    """A browser, logged in as a role or ("anonymous") not."""
    from doubles.clients import client as opened
    from healthcard.storage.models import Account

    def make(role, **options):
        client = opened(**options)
        if role != "anonymous":
            client.force_login(Account.objects.get(username=role))
        return client

    return make
