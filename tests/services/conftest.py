from __future__ import annotations

from datetime import date

import pytest

TODAY = date(2026, 11, 23)


@pytest.fixture
def today():
    return TODAY


@pytest.fixture
def console(province):
    from healthcard.services import actor

    return actor.console(province.code)


@pytest.fixture
def as_role(province):
    """An actor in a role of the province."""
    from healthcard.services import actor
    from healthcard.storage.models import Account

    def make(role):
        account = Account.objects.create(username=role, full_name=role, organisation=province, role=role, password="!")
        return actor.of_account(account.pk)

    return make


@pytest.fixture
def people(helpers, province):
    """Synthetic residents put on file; their ids."""
    from healthcard.domain.synthetic import residents as synthetic
    from healthcard.services import residents
    from healthcard.storage.models import Resident

    assert residents.stored(list(synthetic(5)), province.pk) == 5
    return list(Resident.objects.order_by("pk").values_list("pk", flat=True))
