"""Django's settings as an operator's proxy meets them."""

from __future__ import annotations

import re
import runpy
from importlib.resources import files

import pytest

from doubles.authenticator import code_of

PASSWORD = "of a clerk who is none"
BEHIND = ("SECURE_PROXY_SSL_HEADER", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")


def _settings(monkeypatch, https):
    monkeypatch.setenv("HEALTHCARD_HTTPS", https)
    return runpy.run_path(str(files("healthcard.site") / "settings.py"))


@pytest.fixture
def log_in(helpers, province, monkeypatch):
    """Log in as a browser at a proxy does that speaks HTTPS; the last answer."""
    from django.test import Client, override_settings

    from healthcard.domain.permissions import Role
    from healthcard.services.authority import accounts

    login = accounts.create(province, username="clerk", full_name="clerk", role=Role.CLERK, password=PASSWORD)
    given = _settings(monkeypatch, "1")

    def make(**headers):
        with override_settings(**{name: given[name] for name in BEHIND}):
            browser = Client(enforce_csrf_checks=True, headers={"host": "localhost", **headers})
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/login").content.decode())[1]
            code = code_of(login)
            form = {"username": "clerk", "password": PASSWORD, "code": code, "csrfmiddlewaretoken": token}
            return browser.post("/login", form, headers={"origin": "https://localhost"})

    return make


def test_a_login_works_behind_a_proxy_that_says_it_speaks_https(log_in):
    answer = log_in(x_forwarded_proto="https")
    assert answer.status_code == 302
    assert answer.cookies["sessionid"]["secure"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_behind_a_proxy_that_does_not_say_so_nobody_logs_in(log_in):
    answer = log_in()
    assert answer.status_code == 403
    assert "sessionid" not in answer.cookies


def test_without_https_no_header_makes_a_request_secure(installation, monkeypatch):
    given = _settings(monkeypatch, "0")
    assert "SECURE_PROXY_SSL_HEADER" not in given
    assert given["SECURE_HSTS_SECONDS"] == 0
