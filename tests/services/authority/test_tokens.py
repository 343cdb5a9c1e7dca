"""Sessions at the API, of people and of machines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doubles.authenticator import code_of

PASSWORD = "correct horse battery"


@pytest.fixture
def clerk(helpers, province):
    from healthcard.domain.permissions import Role
    from healthcard.services.authority import accounts

    return accounts.create(province, username="clerk", full_name="经办员", role=Role.CLERK, password=PASSWORD)


@pytest.fixture
def session(clerk):
    from healthcard.services.authority import tokens

    return tokens.open("clerk", PASSWORD, code_of(clerk), "desk 4")


@pytest.fixture
def hospital(province):
    from healthcard.storage.models import Organisation

    return Organisation.objects.create(
        code="H1", name="示范医院", kind="institution", parent=province, division="990100"
    )


def _ended(token):
    from healthcard.services.authority import tokens
    from healthcard.services.errors import NotAuthenticated

    with pytest.raises(NotAuthenticated):
        tokens.actor(token)


def _age(**columns):
    from django.db.models import F

    from healthcard.storage.models import Token

    Token.objects.update(**{name: F(name) - age for name, age in columns.items()})


def test_a_token_tells_who_asks(session, clerk, province):
    from healthcard.domain.permissions import GRANTS, Role
    from healthcard.services.authority import tokens

    actor = tokens.actor(session.token, address="10.1.2.3")
    assert (actor.account, actor.credential, actor.name) == (clerk.id, None, "经办员")
    assert (actor.organisation, actor.path) == (province.pk, f"/{province.parent_id}/{province.pk}/")
    assert (actor.terminal, actor.address) == ("desk 4", "10.1.2.3")
    assert actor.permissions == GRANTS[Role.CLERK]
    assert session.token not in repr(session)


def test_the_database_keeps_no_token(session):
    from healthcard.storage.models import Token

    assert session.token.encode() not in bytes(Token.objects.get().digest)


@pytest.mark.parametrize("given", ["", "x", "A" * 43, "é"])
def test_what_is_no_token_opens_nothing(session, given):
    _ended(given)


def test_a_token_ends_when_it_rests(session):
    from healthcard.services.authority import tokens

    _age(used_at=timedelta(minutes=14))
    tokens.actor(session.token)
    _age(used_at=timedelta(minutes=14))  # used a moment ago: it begins to rest anew
    tokens.actor(session.token)
    _age(used_at=timedelta(minutes=16))
    _ended(session.token)


def test_a_token_ends_with_the_day(session):
    _age(expires_at=timedelta(hours=11))
    _ended(session.token)


def test_a_token_ends_when_its_holder_leaves(session):
    from healthcard.services.authority import tokens
    from healthcard.storage.models import AuditEntry

    tokens.close(session.token)
    _ended(session.token)
    tokens.close(session.token)
    assert AuditEntry.objects.filter(action="login.leave").count() == 1


def test_a_token_ends_when_its_login_or_its_organisation_closes(session, clerk, today):
    from healthcard.services.authority import tokens
    from healthcard.storage.models import Account, Organisation

    Organisation.objects.filter(kind="province").update(closed_on=today)
    _ended(session.token)
    Organisation.objects.filter(kind="province").update(closed_on=None)
    tokens.actor(session.token)
    Account.objects.update(is_active=False)
    _ended(session.token)


def test_a_given_password_opens_a_session_only_together_with_a_new_one(clerk):
    from healthcard.services.authority import tokens
    from healthcard.services.errors import Refused
    from healthcard.storage.models import Account

    Account.objects.update(must_change=True)
    with pytest.raises(Refused, match="somebody else"):
        tokens.open("clerk", PASSWORD, code_of(clerk))
    issued = tokens.open("clerk", PASSWORD, code_of(clerk, steps=1), new_password="one of my own choice")
    assert tokens.actor(issued.token).account == clerk.id


def test_a_machine_enters_with_the_secret_it_was_told_once(helpers, as_role, hospital):
    from healthcard.domain.permissions import GRANTS, Role
    from healthcard.services.authority import credentials, tokens
    from healthcard.storage.models import Credential

    told = credentials.create(as_role("admin"), hospital.pk, name="HIS")
    assert told.secret not in repr(told)
    assert told.secret.encode() not in bytes(Credential.objects.get().secret_digest)
    actor = tokens.actor(credentials.enter(told.secret).token)
    assert (actor.account, actor.credential, actor.organisation) == (None, told.id, hospital.pk)
    assert actor.permissions == GRANTS[Role.INSTITUTION]


def test_a_revoked_or_expired_credential_is_of_no_use_at_once(helpers, as_role, hospital):
    from django.utils import timezone

    from healthcard.services.authority import credentials
    from healthcard.services.errors import NotAuthenticated, Refused
    from healthcard.storage.models import AuditEntry, Credential

    admin = as_role("admin")
    told = credentials.create(admin, hospital.pk, name="HIS")
    token = credentials.enter(told.secret).token
    credentials.revoke(admin, told.id)
    _ended(token)
    with pytest.raises(NotAuthenticated):
        credentials.enter(told.secret)
    with pytest.raises(Refused):
        credentials.revoke(admin, told.id)
    again = credentials.create(admin, hospital.pk, name="HIS", valid_to=timezone.now() + timedelta(days=1))
    token = credentials.enter(again.secret).token
    Credential.objects.update(valid_to=timezone.now() - timedelta(seconds=1))
    _ended(token)
    with pytest.raises(NotAuthenticated):
        credentials.enter(again.secret)
    assert AuditEntry.objects.filter(action="login.refuse").count() == 2
    assert [row.id for row in credentials.listed(admin)] == [again.id, told.id]


def test_a_machine_is_only_what_its_organisation_is_for(helpers, as_role, hospital):
    from healthcard.domain.permissions import NotAllowed, Role
    from healthcard.services.authority import credentials
    from healthcard.services.errors import Invalid, NotFound

    admin = as_role("admin")
    for role in (Role.CLERK, Role.ADMIN, Role.AUDITOR):
        with pytest.raises(Invalid):
            credentials.create(admin, hospital.pk, name="HIS", role=role)
    with pytest.raises(NotFound):
        credentials.create(admin, 999_999, name="HIS")
    with pytest.raises(NotAllowed):
        credentials.create(as_role("clerk"), hospital.pk, name="HIS")


def test_an_address_that_only_guesses_secrets_is_not_listened_to_and_others_are(as_role, hospital, monkeypatch):
    from healthcard.services.authority import credentials, login
    from healthcard.services.errors import NotAuthenticated
    from healthcard.storage.models import AuditEntry

    monkeypatch.setattr(login, "FLOOD", 3)
    told = credentials.create(as_role("admin"), hospital.pk, name="HIS")
    for _ in range(3):
        with pytest.raises(NotAuthenticated):
            credentials.enter("guessed", address="192.0.2.1")
    before = AuditEntry.objects.count()
    with pytest.raises(NotAuthenticated):
        credentials.enter(told.secret, address="192.0.2.1")
    assert AuditEntry.objects.count() == before
    assert credentials.enter(told.secret, address="192.0.2.2").token
