"""People of another organisation at a desk: found by their whole document, served as far as the issuer allows."""

from __future__ import annotations

import pytest

from healthcard.services.errors import NotFound


@pytest.fixture
def stranger(adult, province):
    """A grown person of the province's own, and a clerk of a city below it, to whom he is not at home."""
    from healthcard.services import actor
    from healthcard.storage.models import Account, Organisation

    city = Organisation.objects.create(code="990900", name="别市", kind="city", parent=province, division="990900")
    row = Account.objects.create(username="citydesk", full_name="c", organisation=city, role="clerk", password="!")
    return adult, actor.of_account(row.pk)


def _number(person):
    from healthcard.services.people import residents

    return residents.opened(person).document.number


def test_the_whole_number_finds_him_masked_and_the_search_is_on_record(stranger):
    from healthcard.services.people import elsewhere, residents
    from healthcard.storage.models import AuditEntry

    person, clerk = stranger
    number = _number(person)
    met = elsewhere.found(clerk, number)
    assert (met.id, number in repr(met)) == (person, False)
    assert AuditEntry.objects.filter(action="resident.find_elsewhere", resident=person).exists()
    with pytest.raises(NotFound):
        residents.shown(clerk, person)


def test_part_of_a_number_finds_nobody_and_is_on_record_too(stranger):
    from healthcard.services.people import elsewhere
    from healthcard.storage.models import AuditEntry

    person, clerk = stranger
    with pytest.raises(NotFound):
        elsewhere.found(clerk, _number(person)[:12])
    assert AuditEntry.objects.filter(action="resident.find_elsewhere", resident=None).exists()


def test_only_what_the_issuer_lets_other_desks_take_is_offered(stranger):
    from healthcard.services.desk import possible

    person, clerk = stranger
    found = {each.kind: each for each in possible.elsewhere(clerk, person)}
    assert "first_issue" not in found, "the parameter refuses it"
    assert found["move"].allowed
    assert found["loss"].zh == "此人名下没有可挂失的卡"
