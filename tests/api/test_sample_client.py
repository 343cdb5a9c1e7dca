"""The sample client of the documentation, run as an institution would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

CLIENT = Path(__file__).parents[2] / "docs" / "examples" / "institution_client.py"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(application):
    """Run the client against the API, which answers from this very thread and transaction; what it printed."""
    from django.test import override_settings

    def run(secret, *arguments):
        with (
            override_settings(ROOT_URLCONF="healthcard.site.institution_urls"),
            make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server,
        ):
            server.timeout = 0.1
            command = [sys.executable, str(CLIENT), f"http://127.0.0.1:{server.server_port}", *arguments]
            environment = {"PATH": os.environ["PATH"], "HEALTHCARD_SECRET": secret}
            with subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True) as client:
                while client.poll() is None:
                    server.handle_request()
                return client.returncode, client.stdout.read(), client.stderr.read()

    return run


@pytest.fixture
def secret(world, monkeypatch):
    """The secret of a machine of the demo's office; its tokens are real ones."""
    from healthcard.services import actor
    from healthcard.services.authority import credentials, tokens
    from healthcard.services.stage import demo
    from healthcard.storage.models import Account

    hospital = actor.of_account(Account.objects.get(username="hospital").pk)
    monkeypatch.setattr(tokens, "actor", lambda token, **_: hospital)
    return credentials.create(demo.maker(), hospital.organisation, name="HIS").secret


def test_the_sample_client_asks_for_a_status(served, secret, world):
    from healthcard.services.stage import demo
    from healthcard.services.workshop import cards

    card = cards.shown(demo.maker(), world.card)
    status, out, err = served(secret, "ask", card.issuer_code, card.issue_serial)
    assert (status, err) == (0, "")
    assert json.loads(out)["reason"] == "not_issued"


def test_the_sample_client_tells_a_refusal(served, secret):
    status, _, err = served("x" * 43, "ask", "9" * 22, "0" * 10)
    assert status == 1
    assert "401" in err
