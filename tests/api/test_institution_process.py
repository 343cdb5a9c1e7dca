"""The process for institutions as an installation runs it: its own role in the database, asked by the sample client."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

TODAY = date(2026, 11, 23)
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
_MOVE = """
    WITH moved AS (
        INSERT INTO transfer (application_id, old_card_id, new_card_id, source, items, written_items, not_transferable)
        SELECT 1, card_id, card_id, 'none', 0, 0, '[]' FROM registration RETURNING id)
    INSERT INTO transfer_notice (transfer_id, registration_id, items, digest)
    SELECT moved.id, registration.id, registration.items, registration.digest FROM moved, registration"""


@pytest.fixture
def sample():
    """The sample client of the documentation, as a module."""
    described = importlib.util.spec_from_file_location("institution_client", EXAMPLES / "institution_client.py")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.fixture
def world(committed_db, helpers, installation, superuser):
    """A card in its holder's hand with its chip in the rack, and the secret of a hospital's machine."""
    from healthcard.services import actor
    from healthcard.services.authority import credentials
    from healthcard.services.stage import demo
    from healthcard.storage.models import Card, Organisation

    demo.create(TODAY, people=2)
    list(demo.make_cards(TODAY, 1))
    console = actor.console()
    row = Organisation.objects.create(
        code="H1", name="测试医院", kind="institution", parent_id=console.organisation, division="990100"
    )
    secret = credentials.create(console, row.pk, name="HIS").secret

    def past_the_guards(statement):
        with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement)

    past_the_guards("UPDATE card SET life = 'issued', place = 'holder' WHERE life = 'made'")
    card = Card.objects.get(life="issued")
    key = {"issuer_code": card.issuer_code, "issue_serial": card.issue_serial}
    yield SimpleNamespace(card=key, secret=secret, past_the_guards=past_the_guards, resident=card.resident_id)
    for image in helpers.chips.glob("*.img"):
        image.unlink()


@pytest.fixture
def served(world, installation, monkeypatch, tmp_path):
    """The process itself, on a free port: where it answers."""
    from healthcard.cli.supervisor import start_web
    from healthcard.services import processes

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = processes.environment(**installation.institution_environment())
    process = start_web(environment, host="127.0.0.1", port=port, workers=1, log=tmp_path / "log")
    server = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{server}/api/v1/openapi.json")
        yield server
    finally:
        processes.stop(process)
    assert "Traceback" not in (tmp_path / "log").read_text()


def _wait(address, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")


def _roles(superuser):
    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        rows = connection.execute("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'healthcard'")
        return {name for (name,) in rows}


def test_a_hospital_does_its_whole_day_with_the_role_that_changes_no_card(world, served, sample, superuser, tmp_path):
    from healthcard.services import ports
    from healthcard.services.workshop import chips
    from healthcard.storage.models import Card, Message, Misuse, TransferNotice, Verification
    from healthcard.storage.roles import INSTITUTION

    client = sample.Client(served, world.secret)
    before = Card.objects.values_list("version", flat=True).get(life="issued")

    assert client.status(**world.card)["usable"] is True
    with ports.given().rack() as rack, rack.open(chips.slot(world.card["issue_serial"])) as chip:
        chip.reset()
        presence = sample.proof(client, world.card, chip.transmit)
    told = client.verify(world.card, "treatment", "registration", presence)
    assert (told["usable"], told["present"]) == (True, True)
    with pytest.raises(sample.Refused, match="409"):
        client.verify(world.card, "treatment", "registration", presence)
    assert Verification.objects.get().present is True

    items = tmp_path / "items"
    items.write_text("2026-11-01 门诊\n2026-11-02 检验\n")
    kept = sample.counted(items)
    assert client.register(world.card, "门诊", **kept)["items"] == 2
    world.past_the_guards(_MOVE)
    (notice,) = client.notices()
    with pytest.raises(sample.Refused, match="409"):
        client.confirm(notice["id"], 3, kept["digest"])
    assert client.confirm(notice["id"], **kept)["confirmed_at"]
    assert TransferNotice.objects.get().confirmed_at is not None

    report = {"card": world.card, "kind": "lent", "seen": "就诊人与持卡人不符"}
    assert client._asked("POST", "/misuses", report, key="m")["id"] == Misuse.objects.get().pk
    assert set(Message.objects.values_list("kind", flat=True)) >= {"misuse.reported", "registration.moved"}
    assert client._asked("GET", "/webhooks") == []
    assert client.changes()["next"]
    assert INSTITUTION in _roles(superuser)
    assert Card.objects.values_list("version", flat=True).get(life="issued") == before


def test_the_sample_client_does_the_same_from_the_command_line(world, served, tmp_path):
    import json
    import subprocess

    items = tmp_path / "items"
    items.write_text("a\nb\n")

    def run(*arguments):
        command = [sys.executable, str(EXAMPLES / "institution_client.py"), served, *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], "HEALTHCARD_SECRET": world.secret}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout or "null"), done.stderr

    card = tuple(world.card.values())
    assert run("verify", *card, "care", "chronic")[1]["reason"] == "usable"
    assert run("register", *card, "随访", items)[1]["items"] == 2
    assert run("confirm", items) == (0, [], "")
    status, _, said = run("verify", *card, "care", "vaccination")
    assert status == 1
    assert "422" in said


def test_a_call_to_a_webhook_is_told_from_a_forged_or_an_old_one(sample):
    from healthcard.services.institutions import delivery

    headers = {"Healthcard-Timestamp": "1700000000", "Healthcard-Delivery": "1.2.3"}
    headers["Healthcard-Signature"] = delivery.signature("secret", "1700000000", "1.2.3", b"{}")
    assert sample.is_ours("secret", headers, b"{}", 1700000100)
    assert not sample.is_ours("secret", headers, b"{ }", 1700000100)
    assert not sample.is_ours("other", headers, b"{}", 1700000100)
    assert not sample.is_ours("secret", headers, b"{}", 1700000301)
