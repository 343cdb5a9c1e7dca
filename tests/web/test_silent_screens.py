"""Whatever is typed into a screen, or breaks behind it, the log has nothing of it."""

from __future__ import annotations

import csv
import io
import logging
import re
from importlib.resources import files
from pathlib import Path

import pytest

from doubles.canaries import CANARIES, NAME, NUMBER, seen
from healthcard.services.breakage import Line

ROLES = ("clerk", "maker", "auditor", "admin")
WEB = Path(str(files("healthcard.web")))


def _screens():
    with (Path(__file__).parent / "screens.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _fields():
    """The names of all fields of all forms."""
    texts = [path.read_text("utf-8") for path in WEB.rglob("*.html")]
    return {name for text in texts for name in re.findall(r'\bname="([a-z_]+)"', text)}


@pytest.fixture
def log(installation, monkeypatch):
    """What the web server writes, by the handler that the settings name; another start in this process adds one."""
    handlers = [each for each in logging.getLogger().handlers if isinstance(each.formatter, Line)]
    assert handlers
    written = io.StringIO()
    for handler in handlers:
        monkeypatch.setattr(handler, "stream", written)
    return written


@pytest.mark.parametrize("row", _screens(), ids=lambda row: row["name"])
def test_what_is_typed_wrongly_is_not_logged(browser, world, log, row):
    role = next((role for role in ROLES if row[role] not in ("403", "404")), "clerk")
    path = row["path"].format(**vars(world))
    client = browser(role, raise_request_exception=False)
    for word in CANARIES.values():
        typed = dict.fromkeys(_fields(), word)
        answer = client.get(path, typed) if row["method"] == "GET" else client.post(path, typed)
        assert answer.status_code < 500, log.getvalue()
    assert not seen(log.getvalue().encode())


def test_a_form_from_elsewhere_is_logged_without_its_number(browser, log):
    answer = browser("clerk", enforce_csrf_checks=True).post(f"/people/{NUMBER}/applying/termination/form")
    assert answer.status_code == 403
    assert "Forbidden" in log.getvalue()
    assert not seen(log.getvalue().encode())


def test_what_breaks_is_logged_by_kind_and_place_alone(browser, world, log, monkeypatch):
    from django.db import IntegrityError

    from healthcard.services.workshop import cards

    def fail(*_, **__):
        raise IntegrityError(f"Key (digest)=({NUMBER}) already exists: {NAME}")

    monkeypatch.setattr(cards, "listed", fail)
    assert browser("clerk", raise_request_exception=False).get("/cards").status_code == 500
    assert "Internal Server Error: /cards\nIntegrityError at test_silent_screens.py:" in log.getvalue()
    assert not seen(log.getvalue().encode())
