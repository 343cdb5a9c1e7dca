"""Signed webhooks: every change once it is certain, in order, until it is taken; nobody makes us call our insides."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import psycopg
import pytest

TODAY = date(2026, 11, 23)
_CHANGE = """
    INSERT INTO card_change (card_id, version, usable, reason, at, xid)
    VALUES (%s, %s, false, 'lost', now(), pg_current_xact_id()::text::bigint)"""


@pytest.fixture
def world(committed_db, helpers, loopback, superuser):
    """A hospital's machine, and `change(*versions)`: changes of a card, each committed."""
    from healthcard.services import actor
    from healthcard.services.authority import credentials, tokens
    from healthcard.services.stage import demo
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Organisation, Resident

    demo.create(TODAY, people=2)
    console = actor.console()
    card = cards.plan(console, Resident.objects.order_by("pk").values_list("pk", flat=True)[0], today=TODAY)
    row = Organisation.objects.create(
        code="H1", name="测试医院", kind="institution", parent_id=console.organisation, division="990100"
    )
    told = credentials.create(console, row.pk, name="HIS")
    hospital = tokens.actor(credentials.enter(told.secret).token)

    def change(*versions):
        with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
            for version in versions:
                connection.execute(_CHANGE, [card, version])

    def due():
        with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
            connection.execute("UPDATE webhook SET next_try = now()")

    return SimpleNamespace(hospital=hospital, change=change, due=due, console=console, credential=told.id)


@pytest.fixture
def server():
    """A hospital's server on this machine: what it was sent, and the status it answers with."""
    seen = SimpleNamespace(calls=[], status=200)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.calls.append((dict(self.headers), body))
            self.send_response(seen.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        seen.url = f"http://127.0.0.1:{http.server_port}/changes"
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield seen
        http.shutdown()
        thread.join()


def versions(calls):
    return [item["version"] for _, body in calls for item in json.loads(body)["items"]]


def state(world):
    from healthcard.services.institutions import webhooks

    (row,) = webhooks.listed(world.hospital)
    return row.state, row.failures


def test_changes_are_delivered_once_in_order_and_signed(world, server):
    from healthcard.services.institutions import delivery, webhooks

    world.change(90)
    told = webhooks.register(world.hospital, server.url)
    assert delivery.deliver_due() == 0  # what happened before is in the feed
    world.change(101, 102, 103)
    assert delivery.deliver_due() == 1
    assert delivery.deliver_due() == 0
    assert versions(server.calls) == [101, 102, 103]
    headers, body = server.calls[0]
    message = f"{headers['Healthcard-Timestamp']}.{headers['Healthcard-Delivery']}.".encode() + body
    signed = dict(part.split("=") for part in headers["Healthcard-Signature"].split(","))
    assert signed == {name: hmac.new(told.secret.encode(), message, name).hexdigest() for name in ("sm3", "sha256")}
    item = json.loads(body)["items"][0]
    assert set(item) == {"issuer_code", "issue_serial", "version", "usable", "reason", "at"}


def test_a_webhook_may_begin_at_an_earlier_place_of_the_feed(world, server):
    from healthcard.services.institutions import changes, delivery, webhooks

    world.change(1, 2)
    webhooks.register(world.hospital, server.url, changes.BEGINNING)
    delivery.deliver_due()
    assert versions(server.calls)[-2:] == [1, 2]


def test_what_was_not_taken_comes_again_before_anything_newer(world, server):
    from healthcard.services.institutions import delivery, webhooks

    webhooks.register(world.hospital, server.url)
    server.status = 503
    world.change(1, 2)
    assert delivery.deliver_due() == 0
    assert state(world) == ("failing", 1)
    world.change(3)
    assert delivery.deliver_due() == 0  # not due yet
    assert len(server.calls) == 1
    server.status = 204
    world.due()
    assert delivery.deliver_due() == 1
    assert versions(server.calls) == [1, 2, 1, 2, 3]
    assert state(world) == ("working", 0)


@pytest.mark.parametrize("status", [301, 302, 400, 500])
def test_an_answer_that_is_no_yes_is_a_failure_and_no_redirect_is_followed(world, server, status):
    from healthcard.services.institutions import delivery, webhooks

    webhooks.register(world.hospital, server.url)
    server.status = status
    world.change(1)
    assert delivery.deliver_due() == 0
    assert (len(server.calls), state(world)) == (1, ("failing", 1))


def test_a_webhook_rests_after_too_many_failures_and_goes_on_where_it_stood(world, server, caplog):
    from healthcard.services.institutions import delivery, webhooks
    from healthcard.services.institutions.webhooks import PATIENCE

    told = webhooks.register(world.hospital, server.url)
    server.status = 500
    world.change(1)
    for _ in range(PATIENCE):
        world.due()
        delivery.deliver_due()
    assert state(world) == ("stopped", PATIENCE)
    assert "rests after" in caplog.text
    assert server.url not in caplog.text
    world.due()
    delivery.deliver_due()
    assert len(server.calls) == PATIENCE
    server.status = 200
    world.change(2)
    assert webhooks.resume(world.hospital, told.id).state == "working"
    assert delivery.deliver_due() == 1
    assert versions(server.calls[PATIENCE:]) == [1, 2]


def test_one_server_that_is_away_does_not_keep_another_waiting(world, server):
    from healthcard.services.institutions import delivery, webhooks

    webhooks.register(world.hospital, "http://127.0.0.1:1/")
    webhooks.register(world.hospital, server.url)
    world.change(1)
    assert delivery.deliver_due() == 1
    assert versions(server.calls) == [1]


def test_one_whose_secret_does_not_open_does_not_keep_another_waiting(world, server, superuser):
    from healthcard.services.institutions import delivery, webhooks

    broken = webhooks.register(world.hospital, f"{server.url}?broken").id
    webhooks.register(world.hospital, server.url)
    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE webhook SET sealed_secret = sealed_secret || 'x' WHERE id = %s", [broken])
    world.change(1)
    assert delivery.deliver_due() == 1
    assert versions(server.calls) == [1]
    assert {row.id: row.state for row in webhooks.listed(world.hospital)}[broken] == "failing"


def test_a_worker_that_died_in_a_call_leaves_nothing_out(world, server, monkeypatch):
    from healthcard.services.institutions import delivery, webhooks

    webhooks.register(world.hospital, server.url)
    world.change(1)
    with monkeypatch.context() as broken:
        broken.setattr(delivery, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            delivery.deliver_due()
    assert delivery.deliver_due() == 0  # claimed still
    world.due()
    assert delivery.deliver_due() == 1
    assert [headers["Healthcard-Delivery"] for headers, _ in server.calls[:1]] * 2 == [
        headers["Healthcard-Delivery"] for headers, _ in server.calls
    ]


def test_nothing_is_sent_for_a_credential_that_was_revoked(world, server):
    from healthcard.services.authority import credentials
    from healthcard.services.institutions import delivery, webhooks

    webhooks.register(world.hospital, server.url)
    world.change(1)
    credentials.revoke(world.console, world.credential)
    assert delivery.deliver_due() == 0
    assert server.calls == []


def test_a_closed_webhook_is_not_called_and_not_there(world, server):
    from healthcard.services.errors import NotFound
    from healthcard.services.institutions import delivery, webhooks

    told = webhooks.register(world.hospital, server.url)
    webhooks.close(world.hospital, told.id)
    world.change(1)
    assert delivery.deliver_due() == 0
    assert webhooks.listed(world.hospital) == ()
    for act in (webhooks.close, webhooks.resume):
        with pytest.raises(NotFound):
            act(world.hospital, told.id)


def test_the_secret_is_told_once_and_kept_sealed(world, server):
    from healthcard.services.institutions import webhooks
    from healthcard.storage.models import Webhook

    told = webhooks.register(world.hospital, server.url)
    assert told.secret not in repr(told)
    assert told.secret.encode() not in bytes(Webhook.objects.get().sealed_secret)
    assert "secret" not in repr(webhooks.listed(world.hospital))


def test_an_institution_has_only_so_many_and_sees_its_own(world, server):
    from dataclasses import replace

    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.institutions import webhooks

    for number in range(webhooks.MOST):
        webhooks.register(world.hospital, f"{server.url}?{number}")
    with pytest.raises(TransitionRefused) as refused:
        webhooks.register(world.hospital, server.url)
    assert refused.value.rule == "webhooks_few"
    assert webhooks.listed(replace(world.hospital, organisation=world.console.organisation)) == ()


def test_the_signature_is_the_documented_one():
    from healthcard.services.institutions import delivery

    said = delivery.signature("secret", "1700000000", "1.2.3", b"{}")
    assert said.endswith(hmac.new(b"secret", b"1700000000.1.2.3.{}", hashlib.sha256).hexdigest())
    assert said.startswith("sm3=")
