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
