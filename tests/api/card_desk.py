"""A desk at the API with a card line: requests of a login, acts of the line, a first card that was made."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import date
from types import SimpleNamespace

import pytest

LINE = [sys.executable, "-c", "from healthcard.site.main import main; main()", "line"]
TODAY = date(2026, 11, 23)
FACE = "document_and_face"
PHONE = {"phone": "15412345678"}
keys = itertools.count(1)


class Pad:
    """The holder's PIN pad."""

    def __init__(self, digits):
        self.digits = digits

    def new_pin(self):
        return self.digits


def _actor(token, **_):
    """Tokens that are the name of a login."""
    from healthcard.services import actor
    from healthcard.storage.models import Account

    return actor.of_account(Account.objects.get(username=token).pk)


def sent(role, method, path, body=None):
    """A request as any client of the API sends it."""
    from doubles.clients import client

    headers = {"authorization": f"Bearer {role}", "idempotency-key": f"k{next(keys)}"}
    data = b"" if body is None else json.dumps(body).encode()
    desk = client(raise_request_exception=False)
    return desk.generic(method, f"/api/v1{path}", data, content_type="application/json", headers=headers)


def read(role, path):
    answer = sent(role, "GET", path)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def asked(role, path, body=None, status=(200, 201, 204)):
    answer = sent(role, "POST", path, body)
    assert answer.status_code in status, answer.content.decode()
    return answer.json() if answer.content else None


@pytest.fixture
def desk(committed_db, helpers, monkeypatch):
    """The demo province with its people and a card line; `at(role)` speaks for a login, `session` plays an act."""
    from healthcard.domain import synthetic
    from healthcard.services.authority import tokens
    from healthcard.services.stage import demo
    from healthcard.storage.models import Resident

    monkeypatch.setattr(tokens, "actor", _actor)
    demo.create(TODAY, people=0)
    from healthcard.services.people import residents
    from healthcard.storage.models import Organisation

    office = Organisation.objects.get(code="990101-1")
    grown = [each for each in synthetic.residents(20, seed=5) if each.birth_date.year < 2000][:1]
    residents.stored(grown, office.pk)
    line = subprocess.Popen(LINE, stdout=subprocess.PIPE, env=os.environ.copy())
    assert line.stdout.readline() == b"ready\n"
    yield SimpleNamespace(person=Resident.objects.get().pk, office=office.pk)
    line.terminate()
    line.wait(timeout=20)
    line.stdout.close()
    for image in helpers.chips.glob("*.img"):
        image.unlink()


def session(role, act, reader, pad=None, **arguments):
    """An act of the line, played to its end."""
    from healthcard.services.line import driver

    state = asked(role, "/card-sessions", {"act": act, "arguments": arguments})
    path = f"/card-sessions/{state['session']}"
    ended = driver.drive(
        state,
        lambda number, answer: asked(role, f"{path}/steps/{number}", answer),
        reader,
        devices={"pad": lambda: {"digits": pad.new_pin()}},
        ask=lambda: read(role, path),
    )
    return ended["result"]


def reviewed(application):
    digest = read("reviewer", f"/applications/{application}")["digest"]
    body = {"approved": True, "opinion": "属实", "digest": digest}
    return asked("reviewer", f"/applications/{application}/review", body)["state"]


def applied(desk, path, form, **more):
    body = {"resident": desk.person, "presented": ["identity", "card"], "identity": FACE, "form": PHONE | form} | more
    return asked("clerk", path, body)


def state(card):
    return read("clerk", f"/cards/{card}/state")


@pytest.fixture
def make(desk):
    """Have a card made for an approved application at `path` and brought to the desk: its id and its chip."""
    from healthcard.services import ports
    from healthcard.services.workshop import chips

    with ExitStack() as stack:
        key_service = stack.enter_context(ports.given().keys())
        rack = stack.enter_context(ports.given().rack())

        def made(path, application):
            card = asked("clerk", f"{path}/{application}/order")["card"]
            serial = read("clerk", f"/cards/{card}")["issue_serial"]
            envelope = key_service.factory_envelope("jia")
            chip = stack.enter_context(rack.blank("jia", int(serial).to_bytes(4, "big"), envelope, chips.slot(serial)))
            assert session("maker", "personalise", chip, card=card)["outcome"] == "finished"
            asked("maker", f"/cards/{card}/dispatch", {"organisation": desk.office})
            asked("clerk", f"/cards/{card}/arrival")
            return card, chip

        yield made


@pytest.fixture
def made(desk, make):
    """A first card made and arrived at the desk: application, card, chip."""
    body = {"presented": ["identity"], "card": None}
    application = applied(desk, "/first-issues", {"entitlement": "1", "consent": True}, **body)["id"]
    assert reviewed(application) == "approved"
    return application, *make("/first-issues", application)


def handed_over(application, chip, presented=("identity",)):
    collected = {"identity": FACE, "presented": list(presented), "text_version": "1", "signer": "持卡人"}
    return session("clerk", "hand over", chip, application=application, **collected)


def pin_is(chip, digits):
    """Show a PIN to a chip as any terminal does; the status word."""
    chip.reset()
    for command in ("00A40000023F00", "00A4000002DDF1", f"0020000003{digits}"):
        answer = chip.transmit(bytes.fromhex(command))
    return answer.hex().upper()
