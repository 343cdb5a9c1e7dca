from __future__ import annotations

from datetime import date

import pytest


@pytest.fixture
def new_person(province):
    from healthcard.storage.models import Resident

    def make(number, **fields):
        given = {
            "identity_digest": number.to_bytes(32, "big"),
            "sealed": bytes(60),
            "name_masked": "张*",
            "document_kind": "01",
            "document_masked": "990101********001X",
            "birth_year": 1990,
            "home": province,
        }
        return Resident.objects.create(**{**given, **fields})

    return make


@pytest.fixture
def new_card(new_person, issuer):
    from healthcard.storage.models import Card

    def make(serial, person=None, **fields):
        given = {
            "issuer": issuer,
            "issuer_code": "9" * 22,
            "issue_serial": f"{serial:010d}",
            "city": "990100",
            "issued_on": date(2026, 1, 1),
            "valid_until": date(2036, 1, 1),
        }
        return Card.objects.create(resident=person or new_person(serial), **{**given, **fields})

    return make


@pytest.fixture
def job(new_card):
    from healthcard.storage.models import PersoJob

    return PersoJob.objects.create(card=new_card(1))


@pytest.fixture
def happen(db):
    """Let an event happen to a card as services do: with its entry in the audit, in one statement after the other."""
    from uuid import uuid4

    from healthcard.domain.lifecycle import RULES
    from healthcard.storage.models import AuditEntry, CardEvent

    def insert(card, event, *, audited=True, **changes):
        card.refresh_from_db()
        operation = uuid4()
        rule = RULES.get(event)
        certain = {fact: values[0] for fact, values in rule.sets.items() if len(values) == 1} if rule else {}
        if audited:
            seq = AuditEntry.objects.filter(chain=0).count() + 1
            AuditEntry.objects.create(
                chain=0, seq=seq, operation=operation, action="test", body=b"{}", previous=bytes(32), hash=bytes(32)
            )
        return CardEvent.objects.create(
            card=card,
            version=card.version + 1,
            event=event,
            changes={**certain, **changes},
            operation=operation,
            organisation=card.issuer.organisation,
        )

    return insert


@pytest.fixture
def refused(db):
    """Run a change that the database must refuse, and name what refused it."""
    from django.db import Error, connection, transaction

    def commit(change):
        with transaction.atomic():
            change()
            connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    def check(change, pattern):
        with pytest.raises(Error, match=pattern):
            commit(change)

    return check
