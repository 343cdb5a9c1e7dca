"""What a client is acknowledged under a key of its own is in the audit, under the number of its request (I-41)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from authority import undone
from endpoints import Endpoint, lines, sent

from healthcard.domain.permissions import Role
from healthcard.fsck import INVARIANTS

(QUESTION,) = (each.sql for each in INVARIANTS if each.id == "I-41")


@pytest.fixture
def numbered(country, monkeypatch):
    """Requests have numbers, as those of real tokens have."""
    from healthcard.services.authority import tokens

    known = tokens.actor
    monkeypatch.setattr(tokens, "actor", lambda token, **_: replace(known(token), request=uuid4().hex))


def asked(statement):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_every_kept_answer_has_its_entry(country, numbered, documents):
    kept, wrong = 0, {}
    for line in lines():
        role = next((role.value for role in Role if line[role.value] == "x"), "")
        if line["method"] in ("GET", "ACT") or not role:
            continue
        with undone():
            request = Endpoint(line, documents[line["door"]]).request(country)
            sent(line["door"], *request, token=f"{role}.{line['seat'] or 'own'}", raising=True)
            ((count,),) = asked("SELECT count(*) FROM idempotent_answer WHERE request IS NOT NULL")
            kept += count
            if found := asked(QUESTION):
                wrong[f"{line['method']} {line['path']}"] = found
    assert kept > 50
    assert wrong == {}
