"""What a client is acknowledged under a key of its own is in the audit, under the number of its request (I-41)."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from authority import undone
from endpoints import DOORS, Endpoint, key, lines

from healthcard.domain.permissions import Role
from healthcard.fsck import INVARIANTS

(QUESTION,) = (each.sql for each in INVARIANTS if each.id == "I-41")


@pytest.fixture
def numbered(country, monkeypatch):
    """Requests have numbers, as those of real tokens have."""
    from healthcard.services.authority import tokens

    known = tokens.actor
    monkeypatch.setattr(tokens, "actor", lambda token, **_: replace(known(token), request=uuid4().hex))


def sent(door, method, path, query=None, body=None, *, token=""):
    from django.test import Client, override_settings

    headers = {"idempotency-key": key(), "authorization": f"Bearer {token}"}
    with override_settings(ROOT_URLCONF=DOORS[door]):
        data = b"" if body is None else json.dumps(body).encode()
        options = {"query_params": query} if query else {}
        return Client(SERVER_NAME="localhost").generic(
            method, f"/api/v1{path}", data, content_type="application/json", headers=headers, **options
        )


def asked(statement):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_every_kept_answer_has_its_entry(country, numbered):
    documents = {door: json.loads(sent(door, "GET", "/openapi.json").content) for door in DOORS}
    kept, wrong = 0, {}
    for line in lines():
        role = next((role.value for role in Role if line[role.value] == "x"), "")
        if line["method"] in ("GET", "ACT") or not role:
            continue
        with undone():
            request = Endpoint(line, documents[line["door"]]).request(country)
            sent(line["door"], *request, token=f"{role}.{line['seat'] or 'own'}")
            ((count,),) = asked("SELECT count(*) FROM idempotent_answer WHERE request IS NOT NULL")
            kept += count
            if found := asked(QUESTION):
                wrong[f"{line['method']} {line['path']}"] = found
    assert kept > 50
    assert wrong == {}
