"""A desk's day at the API: cards made, handed over, released, unlocked, locked and destroyed by card sessions."""

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

pytestmark = pytest.mark.xdist_group("line")
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
    from django.test import Client

    headers = {"authorization": f"Bearer {role}", "idempotency-key": f"k{next(keys)}"}
    data = b"" if body is None else json.dumps(body).encode()
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    return client.generic(method, f"/api/v1{path}", data, content_type="application/json", headers=headers)


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
    from healthcard.services import demo, tokens
    from healthcard.storage.models import Resident

    monkeypatch.setattr(tokens, "actor", _actor)
    demo.create(TODAY, people=0)
    from healthcard.services import residents
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
        pad=pad,
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
def made(desk):
    """A first card made and arrived at the desk: application, card, chip."""
    from healthcard.services import chips, ports

    with ExitStack() as stack:
        key_service = stack.enter_context(ports.given().keys())
        rack = stack.enter_context(ports.given().rack())
        body = {"presented": ["identity"], "card": None}
        application = applied(desk, "/first-issues", {"entitlement": "1", "consent": True}, **body)["id"]
        assert reviewed(application) == "approved"
        card = asked("clerk", f"/first-issues/{application}/order")["card"]
        serial = read("clerk", f"/cards/{card}")["issue_serial"]
        envelope = key_service.factory_envelope("jia")
        chip = stack.enter_context(rack.blank("jia", int(serial).to_bytes(4, "big"), envelope, chips.slot(serial)))
        assert session("maker", "personalise", chip, card=card)["outcome"] == "finished"
        asked("maker", f"/cards/{card}/dispatch", {"organisation": desk.office})
        asked("clerk", f"/cards/{card}/arrival")
        yield application, card, chip


def handed_over(application, chip):
    collected = {"identity": FACE, "presented": ["identity"], "text_version": "1", "signer": "持卡人"}
    return session("clerk", "hand over", chip, application=application, **collected)


def pin_is(chip, digits):
    """Show a PIN to a chip as any terminal does; the status word."""
    chip.reset()
    for command in ("00A40000023F00", "00A4000002DDF1", f"0020000003{digits}"):
        answer = chip.transmit(bytes.fromhex(command))
    return answer.hex().upper()


def test_a_card_goes_from_the_application_to_its_holder_who_sets_his_pin(desk, made):
    application, card, chip = made
    done = session("clerk", "set pin", chip, Pad("482913"), application=application, identity=FACE)
    assert (done["outcome"], done["proved"]) == ("finished", True)
    assert pin_is(chip, "482913") == "9000"
    assert handed_over(application, chip) == {"outcome": "finished"}
    told = state(card)
    assert (told["life"], told["place"], told["usable"]) == ("issued", "holder", True)
    events = read("clerk", f"/cards/{card}/events")
    assert [each["event"] for each in events] == ["ordered", "made", "dispatched", "arrived", "handed_over"]
    (work,) = read("clerk", f"/cards/{card}/chip-work")
    assert (work["kind"], work["state"], work["application"]) == ("set_pin", "finished", application)
    late = {"act": "set pin", "arguments": {"application": application, "identity": FACE}}
    asked("clerk", "/card-sessions", late, status=(404,))


def test_a_lost_card_is_released_with_itself_and_a_locked_pin_unlocked(desk, made):
    application, card, chip = made
    handed_over(application, chip)
    ticket = applied(desk, "/losses", {"loss_reason": "遗失"})
    assert (ticket["cards"], state(card)["reason"]) == ([card], "lost")
    asked("clerk", f"/applications/{ticket['application']}/verification", {"finding": "已核实"})
    reviewed(ticket["application"])
    wish = applied(desk, "/unlosses", {"unloss_reason": "找到"}, card=card)["id"]
    asked("clerk", f"/applications/{wish}/verification", {"finding": "已核实"})
    reviewed(wish)
    assert session("clerk", "release loss", chip, application=wish, identity=FACE) == {"outcome": "finished"}
    assert state(card)["usable"]
    while pin_is(chip, "000000") != "6983":
        pass
    wish = applied(desk, "/unlocks", {"lock_reason": "忘记"}, card=card)["id"]
    assert state(card)["pin_locked"]
    asked("clerk", f"/applications/{wish}/verification", {"finding": "已核实"})
    assert session("clerk", "unlock", chip, Pad("591824"), application=wish, identity=FACE)["outcome"] == "finished"
    assert (pin_is(chip, "591824"), state(card)["pin_locked"]) == ("9000", False)


def test_a_returned_card_is_locked_and_destroyed_by_two_people(desk, made):
    application, card, chip = made
    handed_over(application, chip)
    receipt = applied(desk, "/returns", {"irrevocable": True})["receipt"]
    assert state(card)["life"] == "ended"
    assert session("clerk", "lock returned", chip, card=card)["outcome"] == "finished"
    (kept,) = read("clerk", "/returned-chips")["items"]
    assert (kept["receipt"], kept["chip_end"]) == (receipt["number"], "locked")
    asked("clerk", "/returned-chips/set-aside", {"cards": [card]})
    alone = asked("clerk", "/returned-chips/destruction", {"cards": [card]}, status=(409,))
    assert alone["rule"] == "two_people"
    certificate = asked("supervisor", "/returned-chips/destruction", {"cards": [card]})
    path = f"/returned-chips/certificates/{certificate['digest']}"
    assert read("clerk", path) == certificate
    assert sent("clerk", "GET", "/returned-chips/certificates/" + "00" * 32).status_code == 404
    assert state(card)["place"] == "destroyed"


def test_a_card_nobody_can_be_given_ends_before_it_is_issued(desk, made):
    application, card, _ = made
    early = asked("clerk", f"/applications/{application}/giving-up", {"reason": "uncollected"}, status=(409,))
    assert early["rule"] == "kept_long_enough"
    asked("clerk", f"/applications/{application}/giving-up", {"reason": "undeliverable"})
    assert (state(card)["life"], state(card)["end_reason"]) == ("ended", "undeliverable")
    again = asked("maker", f"/cards/{card}/scrapping", {"reason": "x"}, status=(409,))
    assert "made once only" in again["detail_en"]


def test_the_auditor_reads_what_was_done_and_is_read_himself(desk, made):
    _, card, _ = made
    first = asked("auditor", "/audit/search", {"card": card, "limit": 2})
    assert [each["action"] for each in first["items"]] == ["card.arrive", "card.dispatch"]
    rest = asked("auditor", "/audit/search", {"card": card, "after": first["next"], "limit": 100})
    actions = [each["action"] for each in first["items"] + rest["items"]]
    assert actions[-1] == "first_issue.order"
    assert len({(each["chain"], each["seq"]) for each in first["items"] + rest["items"]}) == len(actions)
    me = read("auditor", "/me")["account"]
    looked = asked("auditor", "/audit/search", {"account": me, "action": "audit."})["items"]
    assert [each["facts"]["asked"]["card"] for each in looked] == [str(card)] * 2
    assert asked("auditor", "/audit/search", {"action": "card."}, status=(422,))
    assert asked("clerk", "/audit/search", {"card": card}, status=(403,))
    verdict = asked("auditor", "/audit/check")
    assert (verdict["whole"], verdict["faults"]) == (True, [])
    assert verdict["entries"] > len(actions)
