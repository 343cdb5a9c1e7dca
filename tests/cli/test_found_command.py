"""`healthcard found`: an installation that is no demo begins with one organisation and one login."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from doubles.authenticator import code_of
from healthcard.cli.main import cli
from healthcard.domain.synthetic import resident as synthetic

NUMBER = synthetic(1, 5).document.number


@pytest.fixture
def found(db, helpers, installation):
    """Run the command in the transaction of this test, the number typed as it asks for it."""
    here = SimpleNamespace(working=nullcontext, state=installation.state, set_up_django=lambda: None)
    arguments = ["found", "--name", "测试部", "--username", "root.admin", "--full-name", "管理员"]

    def run(number=NUMBER):
        return CliRunner().invoke(cli, arguments, obj=lambda: here, input=f"{number}\n")

    return run


def told(output):
    words = output.split()
    password, address = words[words.index("password") + 1], words[-1]
    return SimpleNamespace(username="root.admin", password=password, second_factor=address)


def test_the_first_administrator_logs_in_and_opens_a_province(found):
    from healthcard.services import actor
    from healthcard.services.authority import login, organisations
    from healthcard.services.authority.organisations import NewOrganisation
    from healthcard.storage.models import Organisation, OrganisationKind

    result = found()
    assert result.exit_code == 0, result.output
    login_told = told(result.output)
    proven = login.prove("root.admin", login_told.password, code_of(login_told))
    assert proven.must_change
    ministry = Organisation.objects.get()
    new = NewOrganisation(
        code="37",
        name="测试省",
        kind=OrganisationKind.PROVINCE,
        parent=ministry.pk,
        division="370000",
        issuer_code="1" * 22,
    )
    assert organisations.create(actor.of_account(proven.account), new)


def test_its_number_is_not_repeated_and_founding_happens_once(found):
    first, second = found(), found()
    assert NUMBER not in first.output
    assert second.exit_code == 1
    assert "has organisations" in second.output


def test_an_impossible_number_is_refused_and_nothing_is_founded(found):
    from healthcard.storage.models import Organisation

    result = found("990101198001010010")
    assert result.exit_code == 1
    assert "cannot be right" in result.output
    assert not Organisation.objects.exists()
