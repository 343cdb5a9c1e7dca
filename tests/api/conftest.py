from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace

import authority
import endpoints
import pytest
from card_desk import desk, made, make  # noqa: F401 - fixtures of several modules

TODAY = date(2026, 11, 23)
ROLES = ("clerk", "maker", "auditor", "admin")


def _actor(token, **_):
    """Tokens that are the name of a login."""
    from healthcard.services import actor
    from healthcard.services.errors import NotAuthenticated
    from healthcard.storage.models import Account

    account = Account.objects.filter(username=token).first()
    if account is None:
        raise NotAuthenticated("There is no such token.")
    return actor.of_account(account.pk)


@pytest.fixture(scope="module")
def world(helpers):
    """The demo province with a made card and people; nothing of it stays."""
    from django.db import transaction

    from healthcard.services.authority import tokens
    from healthcard.services.stage import demo
    from healthcard.storage.models import Account, Card, Resident

    with pytest.MonkeyPatch.context() as known, transaction.atomic():
        known.setattr(tokens, "actor", _actor)
        demo.create(TODAY, people=7)
        list(demo.make_cards(TODAY, 1))
        admin = Account.objects.get(username="clerk")
        admin.pk, admin.username, admin.role = None, "admin", "admin"
        admin.save()
        hospital = Account.objects.get(username="clerk")
        hospital.pk, hospital.username, hospital.role = None, "hospital", "institution"
        hospital.save()
        card = Card.objects.get(life="made")
        others = Resident.objects.exclude(pk=card.resident_id).order_by("pk").values_list("pk", flat=True)
        yield SimpleNamespace(card=card.pk, holder=card.resident_id, other=others[0])
        transaction.set_rollback(True)
    for image in helpers.chips.glob("*.img"):
        image.unlink()


@pytest.fixture(scope="module")
def country(helpers):
    """Organisations in every relation to one office, and objects of that office (see authority)."""
    with authority.country() as world:
        yield world
    for image in helpers.chips.glob("*.img"):  # the next world has cards of the same serials
        image.unlink()


@pytest.fixture(scope="module")
def documents(country):
    """What each door says of itself, by door."""
    return {door: json.loads(endpoints.sent(door, "GET", "/openapi.json").content) for door in endpoints.DOORS}


class Caller:
    """An HTTP client of the API with a token."""

    def __init__(self, token):
        from doubles.clients import client

        self._client = client(raise_request_exception=False)
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, path, **query):
        return self.send("GET", path, query=query)

    def post(self, path, body=None, **options):
        return self.send("POST", path, body=body, **options)

    def send(self, method, path, body=None, *, key="", raw=None, kind="application/json", query=None, headers=None):
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        address = f"/api/v1{path}" if path.startswith("/") else f"/api/v1/{path}"
        sent = self._headers | ({"idempotency-key": key} if key else {}) | (headers or {})
        options = {"query_params": query} if query else {}
        return self._client.generic(method, address, data, content_type=kind, headers=sent, **options)


@pytest.fixture
def caller(world):
    """A client of the API, known as a role, or as nobody ('')."""
    return Caller


@pytest.fixture
def application(helpers):
    """What the web server runs; it leaves the connection of the test's transaction alone."""
    from django.core.signals import request_finished, request_started
    from django.core.wsgi import get_wsgi_application
    from django.db import close_old_connections

    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals:
        signal.connect(close_old_connections)
