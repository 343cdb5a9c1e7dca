from __future__ import annotations

import pytest
from admission_desk import Centre


@pytest.fixture
def today(db):
    from healthcard.services.acting import clock

    return clock()[1]


@pytest.fixture
def member(province):
    """Somebody who works at an organisation, in a role; each call is another person."""
    from healthcard.services import actor
    from healthcard.storage.models import Account

    def make(role, place=None):
        name = f"{role}{Account.objects.count()}"
        place = place or province
        row = Account.objects.create(username=name, full_name=name, organisation=place, role=role, password="!")
        return actor.of_account(row.pk)

    return make


@pytest.fixture
def centre(province, member, today):
    ministry = province.parent
    return Centre(*(member(role, ministry) for role in ("clerk", "reviewer", "supervisor")), today)


@pytest.fixture
def suppliers(centre, member):
    """Invented suppliers, nothing of theirs filed yet."""
    from healthcard.services.stage.admitted import Staff, Suppliers

    selector, second = member("supervisor"), member("supervisor")
    people = {"taker": centre.taker, "reviewer": centre.reviewer, "certifier": centre.head}
    return Suppliers(staff=Staff(**people, selector=selector, second=second))


@pytest.fixture
def filed(suppliers):
    suppliers.file("jia")
    return suppliers


@pytest.fixture
def case(province, today):
    from healthcard.services.admission.gates import Case

    def make(product="jia", place=None, day=today):
        return Case(issuer=province, place=place or province, day=day, product=product)

    return make
