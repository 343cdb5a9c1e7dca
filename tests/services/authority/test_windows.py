"""A window (服务窗口) has no people of its own: who serves there sees those of the organisation it stands in."""

from __future__ import annotations

import pytest

from doubles.authenticator import code_of

PASSWORD = "correct horse battery"


@pytest.fixture
def office(province):
    from healthcard.storage.models import Organisation

    row = Organisation.objects.create(
        code="I1", name="服务中心", kind="implementer", parent=province, division="990101"
    )
    row.refresh_from_db()
    return row


@pytest.fixture
def at_window(helpers, office):
    """Somebody in a role at the window, as he comes to a screen and to the API."""
    from healthcard.services import actor
    from healthcard.services.authority import accounts, tokens
    from healthcard.storage.models import Organisation

    window = Organisation.objects.create(code="D1", name="一号窗口", kind="desk", parent=office, division="990101")

    def make(role):
        login = accounts.create(window, username=f"{role}1", full_name="x", role=role, password=PASSWORD)
        token = tokens.open(f"{role}1", PASSWORD, code_of(login)).token
        return actor.of_account(login.id), tokens.actor(token)

    return make


@pytest.mark.parametrize("role", ["clerk", "reviewer", "supervisor"])
def test_who_serves_at_a_window_finds_the_people_of_its_organisation_and_no_others(at_window, office, people, role):
    from healthcard.services.errors import NotFound
    from healthcard.services.people import finding, residents
    from healthcard.storage.models import Resident

    here, far = people[0], people[1]
    Resident.objects.filter(pk=here).update(home=office)
    document = residents.opened(here).document
    for actor in at_window(role):
        assert actor.path == office.path
        assert finding.found(actor, document) == here
        assert [each.id for each in residents.listed(actor).people] == [here]
        with pytest.raises(NotFound):
            residents.shown(actor, far)


@pytest.mark.parametrize("role", ["admin", "auditor", "custodian", "maker"])
def test_whoever_else_works_there_sees_the_window_alone(at_window, office, role):
    assert {actor.path.startswith(office.path) and actor.path != office.path for actor in at_window(role)} == {True}
