"""The card line as a process: cards are made and mended through it, and killing it loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from healthcard.card.host.rack import TearMoment

pytestmark = pytest.mark.xdist_group("line")
COMMAND = [sys.executable, "-c", "from healthcard.site.main import main; main()", "line"]


@pytest.fixture
def db(committed_db):
    """The line works on a connection of its own: what the test writes has to be committed."""


@pytest.fixture
def line(helpers, installation):
    """Start a line process; it ends with the test."""
    started = []

    def start():
        process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, env=os.environ.copy())
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture
def client(line):
    from healthcard.services.line import client

    line()
    return client.line()


@pytest.fixture
def station(client, console):
    """Play an act to its end with a chip; `after` steps the driver stops and leaves the rest to the test."""
    from healthcard.services.line import driver

    def play(act, reader, key="", **arguments):
        state = client.open(console, act, arguments, key)

        def post(number, answer):
            return client.answer(console, state["session"], number, answer)

        return driver.drive(state, post, reader, ask=lambda: client.status(console, state["session"]))

    return play


@contextmanager
def refused(kind, match):
    with pytest.raises(kind, match=match):
        yield


@pytest.mark.parametrize("product", ["jia", "yi", "bing"])
def test_a_card_is_made_compared_and_looked_at_over_the_line(station, order, blank, console, product):
    from healthcard.services.workshop import cards

    card, serial = order()
    with blank(product, serial) as chip:
        end = station("personalise", chip, card=card)
        assert end["result"]["outcome"] == "finished"
        assert cards.shown(console, card).life == "made"
        assert station("compare", chip, card=card)["result"] == {"faults": []}
        found = station("look", chip)["result"]
    assert (found["card"], found["genuine"], found["dead"], found["pin_tries"]) == (card, True, False, 3)
    assert found["locks"] == {"DF01": "none", "DF02": "none", "DF03": "none"}


def test_a_card_pulled_in_the_middle_is_settled_over_the_line(station, order, blank, console):
    from healthcard.services.workshop import cards

    card, serial = order()
    with blank("yi", serial) as chip:
        chip.arm(60, TearMoment.AFTER)
        assert station("personalise", chip, card=card)["result"]["outcome"] == "held"
        assert station("settle making", chip, card=card)["result"]["outcome"] == "finished"
    assert cards.shown(console, card).life == "made"


def test_a_line_killed_in_the_middle_leaves_a_card_that_another_line_settles(line, order, blank, console):
    from healthcard.services.errors import NotFound
    from healthcard.services.line import client as door
    from healthcard.services.line import driver
    from healthcard.services.line.failures import LineGone
    from healthcard.services.workshop import cards

    card, serial = order()
    process, client = line(), door.line()
    with blank("jia", serial) as chip:
        state = client.open(console, "personalise", {"card": card})
        session = state["session"]
        for _ in range(12):
            state = client.answer(
                console, session, state["step"]["number"], driver.carried_out(state["step"], chip, {})
            )
        answer = driver.carried_out(state["step"], chip, {})
        process.kill()
        process.wait()
        with refused(LineGone, "settle the card"):
            client.answer(console, session, state["step"]["number"], answer)
        line()
        with refused(NotFound, "Settle the card"):
            client.answer(console, session, state["step"]["number"], answer)
        again = client.open(console, "settle making", {"card": card})
        end = driver.drive(again, lambda n, a: client.answer(console, again["session"], n, a), chip)
    assert end["result"]["outcome"] == "finished"
    assert cards.shown(console, card).life == "made"


def test_a_line_that_is_stopped_holds_its_cards(line, order, blank, console):
    from healthcard.services.line import client as door
    from healthcard.services.line import driver
    from healthcard.services.workshop import jobs

    card, serial = order()
    process, client = line(), door.line()
    with blank("jia", serial) as chip:
        state = client.open(console, "personalise", {"card": card})
        for _ in range(12):
            step = state["step"]
            state = client.answer(console, state["session"], step["number"], driver.carried_out(step, chip, {}))
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert jobs.of_card(console, card)[0].state == "writing"


def test_any_worker_goes_on_and_a_repeated_question_gets_the_same_answer(client, order, blank, console):
    from healthcard.services.errors import Conflict, NotFound
    from healthcard.services.idempotency import KeyReused
    from healthcard.services.line import driver
    from healthcard.services.line.client import line as another_worker

    card, serial = order()
    with blank("bing", serial) as chip:
        first = client.open(console, "personalise", {"card": card}, "key-1")
        assert another_worker().open(console, "personalise", {"card": card}, "key-1") == first
        with refused(KeyReused, "another request"):
            client.open(console, "personalise", {"card": card + 1}, "key-1")
        session, step = first["session"], first["step"]
        answer = driver.carried_out(step, chip, {})
        second = client.answer(console, session, step["number"], answer)
        assert another_worker().answer(console, session, step["number"], answer) == second
        assert another_worker().status(console, session) == second
        with refused(Conflict, "not due"):
            client.answer(console, session, 99, answer)
        end = driver.drive(second, lambda n, a: another_worker().answer(console, session, n, a), chip)
        assert end["result"]["outcome"] == "finished"
        assert client.open(console, "personalise", {"card": card}, "key-1") == end == client.status(console, session)
        with refused(NotFound, "no such session"):
            client.status(console, "nobody's")


def test_nobody_goes_on_with_anothers_session(client, order, blank, console, as_role):
    from healthcard.services.errors import NotFound

    card, serial = order()
    with blank("jia", serial):
        state = client.open(as_role("maker"), "personalise", {"card": card})
        for act in (client.status, lambda *of: client.answer(*of, 1, {"responses": ["9000"]})):
            with refused(NotFound, "no such session"):
                act(console, state["session"])


def test_refusals_reach_the_door_as_the_errors_they_are(client, order, console, as_role):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services.errors import Conflict, Invalid, NotFound

    card, _ = order()
    with refused(NotFound, "no such card"):
        client.open(console, "personalise", {"card": 1 << 40})
    with refused(Conflict, "no finished chip"):
        client.open(console, "compare", {"card": card})
    with refused(NotAllowed, "card.personalise"):
        client.open(as_role("auditor"), "personalise", {"card": card})
    with refused(Invalid, "whole number"):
        client.open(console, "personalise", {"card": "one"})
    with refused(NotFound, "knows no act"):
        client.open(console, "fly", {})


def test_the_holder_types_a_new_pin_at_the_station(order, blank, console, shop):
    from healthcard.perso.upkeep.pin import UnlockPin
    from healthcard.services.line import driver
    from healthcard.services.line.sessions import Sessions
    from healthcard.services.workshop import making, upkeep

    def unlock(call):
        goals = [UnlockPin(pad=call.pad, renew=True)]
        upkeep.carry_out(call.actor, call.number("card"), "unlock", goals, call.reader, shop.keys)
        return {}

    card, serial = order()
    sessions = Sessions(acts={"unlock": unlock})
    with blank("bing", serial) as chip:
        making.personalise(console, card, chip, shop)
        state = sessions.open(console, "unlock", {"card": card}, "")
        session, kinds = state["session"], []

        def post(number, answer):
            kinds.append("pad" if "told" in answer else "card")
            return sessions.answer(console, session, number, answer)

        end = driver.drive(state, post, chip, devices={"pad": lambda: {"digits": "482913"}})
        assert end["state"] == "ended"
        assert (end["result"], kinds.count("pad")) == ({}, 1)
        chip.reset()
        for command in ("00A40000023F00", "00A4000002DDF1", "0020000003482913"):
            answer = chip.transmit(bytes.fromhex(command))
        assert answer == b"\x90\x00"
    assert upkeep.open_job(card) is None
    sessions.close("done", 5)


def test_a_station_that_falls_silent_loses_its_session_and_nothing_else(order, blank, console, helpers):
    from healthcard.services.line import acts
    from healthcard.services.line.sessions import Sessions

    card, serial = order()
    sessions = Sessions(acts=acts.ACTS, idle=0.2)
    with blank("jia", serial):
        state = sessions.open(console, "personalise", {"card": card}, "")
        for _ in range(100):
            if (state := sessions.status(console, state["session"]))["state"] == "ended":
                break
            time.sleep(0.05)
    assert "silent" in state["refused"]["message"]
    sessions.close("done", 5)
