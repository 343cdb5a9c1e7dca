"""Logins are of persons: who may open them, what excludes what, and that nobody acts on his own card."""

from __future__ import annotations

import pytest

from doubles.authenticator import code_of
from healthcard.domain.permissions import Role
from healthcard.domain.synthetic import resident as synthetic


@pytest.fixture
def admin(helpers, as_role):
    return as_role("admin")


@pytest.fixture
def opened(admin, province):
    from healthcard.services.authority import accounts

    def make(username, role, person=0, **options):
        given = {"full_name": username, "role": Role(role), "document": synthetic(person, 5).document, **options}
        return accounts.open_for(admin, province.pk, username=username, **given)

    return make


def test_a_new_login_chooses_a_password_of_its_own(opened):
    from healthcard.services.authority import login

    told = opened("li.ming", "clerk")
    assert told.password not in repr(told)
    assert told.second_factor not in repr(told)
    assert login.prove("li.ming", told.password, code_of(told)).must_change


@pytest.mark.parametrize(("one", "other"), [("clerk", "auditor"), ("auditor", "admin"), ("maker", "custodian"),
                                            ("custodian", "reviewer"), ("auditor", "supervisor")])  # fmt: skip
def test_one_person_has_no_two_roles_that_exclude_each_other(opened, one, other):
    from healthcard.services.errors import Refused

    opened("first", one)
    with pytest.raises(Refused) as refusal:
        opened("second", other)
    assert refusal.value.facts == {"role": other, "has": [one]}
    opened("somebody.else", other, person=1)


def test_the_database_refuses_excluding_roles_too(opened, province):
    from django.db import Error, transaction

    from healthcard.storage.models import Account

    first, second = opened("first", "clerk"), opened("second", "auditor", person=1)
    person = Account.objects.get(pk=first.id).person_digest
    with pytest.raises(Error, match="exclude each other"), transaction.atomic():
        Account.objects.filter(pk=second.id).update(person_digest=person)


def test_a_closed_login_makes_room_for_another_role(admin, opened):
    from healthcard.services.authority import accounts

    first = opened("first", "clerk")
    accounts.close(admin, first.id)
    opened("second", "auditor")
    assert {row.username: row.is_active for row in accounts.listed(admin)}["first"] is False


def test_only_administrators_open_and_nobody_resets_himself(admin, as_role, province, opened):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services.authority import accounts
    from healthcard.services.errors import Conflict, Invalid, Refused

    document = synthetic(0, 5).document
    with pytest.raises(NotAllowed):
        accounts.open_for(as_role("clerk"), province.pk, username="x.y", full_name="x", role="clerk", document=document)
    with pytest.raises(Refused, match="own login"):
        accounts.renew(admin, admin.account)
    with pytest.raises(Invalid):
        opened("machine", "institution")
    opened("first", "clerk")
    with pytest.raises(Conflict):
        opened("first", "clerk", person=1)


def test_an_administrator_reaches_no_login_outside_his_part_of_the_tree(helpers, province, opened):
    from healthcard.services import actor
    from healthcard.services.authority import accounts
    from healthcard.services.errors import NotFound
    from healthcard.storage.models import Account, Organisation

    other = Organisation.objects.create(code="X", name="另一市", kind="city", parent=province, division="990200")
    account = Account.objects.create(username="far", full_name="far", organisation=other, role="admin", password="!")
    far = actor.of_account(account.pk)
    first = opened("first", "clerk")
    for act in (accounts.close, accounts.renew):
        with pytest.raises(NotFound):
            act(far, first.id)
    with pytest.raises(NotFound):
        accounts.open_for(
            far, province.pk, username="x.y", full_name="x", role="clerk", document=synthetic(1, 5).document
        )
    assert [row.username for row in accounts.listed(far)] == ["far"]


def test_a_renewed_login_forgets_the_old_secrets(admin, opened):
    from healthcard.services.authority import accounts, login
    from healthcard.services.errors import NotAuthenticated

    before = opened("first", "clerk")
    after = accounts.renew(admin, before.id)
    with pytest.raises(NotAuthenticated):
        login.prove("first", before.password, code_of(after))
    with pytest.raises(NotAuthenticated):
        login.prove("first", after.password, code_of(before))
    assert login.prove("first", after.password, code_of(after)).must_change


@pytest.mark.parametrize("document", ["own", "second"])
def test_nobody_acts_on_his_own_card(people, issuer, province, today, document):
    from healthcard.domain.resident import Document
    from healthcard.services import actor
    from healthcard.services.authority import accounts
    from healthcard.services.errors import Conflict
    from healthcard.services.people import residents
    from healthcard.services.sealing import sealer
    from healthcard.services.workshop import cards
    from healthcard.storage.models import ResidentKey

    me = residents.opened(people[0]).document
    if document == "second":
        me = Document(kind="03", number="E12345678")
        ResidentKey.objects.create(resident_id=people[0], kind="document", digest=sealer().digest(me))
    login = accounts.create(
        province, username="me", full_name="me", role="clerk", password="correct horse battery", document=me
    )
    clerk = actor.of_account(login.id)
    with pytest.raises(Conflict, match="own card"):
        cards.plan(clerk, people[0], today=today)
    cards.plan(clerk, people[1], today=today)
