"""The tree of organisations: what opens where, what closes, and what goes with a merged one."""

from __future__ import annotations

from datetime import timedelta

import pytest


@pytest.fixture
def ministry(province):
    from healthcard.services import actor

    return actor.of_console(province.parent)


@pytest.fixture
def opened(console, province):
    """Open an organisation in the province; its id."""
    from healthcard.services.authority import organisations

    def make(code, kind="city", parent=None, division="990100", **fields):
        from healthcard.storage.models import OrganisationKind

        new = organisations.NewOrganisation(
            code=code,
            name=f"机构{code}",
            kind=OrganisationKind(kind),
            parent=parent or province.pk,
            division=division,
            **fields,
        )
        return organisations.create(console, new)

    return make


def _move_home(people, home):
    from healthcard.storage.models import Resident

    Resident.objects.filter(pk__in=people).update(home=home)


def test_an_organisation_opens_below_its_own_and_knows_its_way_up(opened, console, province):
    from healthcard.services.authority import organisations

    city = opened("C1")
    desk = opened("D1", "desk", city, "990101")
    row = organisations.shown(console, desk)
    assert row.path == f"/{province.parent_id}/{province.pk}/{city}/{desk}/"
    assert [each.code for each in organisations.listed(console)] == ["990000", "C1", "D1"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "ministry"}, "parent"),
        ({"kind": "desk", "division": "980100"}, "division"),
        ({"kind": "city", "issuer_code": "9" * 22}, "issuer_code"),
        ({"kind": "city", "credit_code": "91350100M000100Y44"}, "credit_code"),
    ],
)
def test_what_does_not_belong_there_is_refused_by_its_field(opened, fields, field):
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid) as refusal:
        opened("X1", **fields)
    assert refusal.value.field == field


def test_a_code_is_used_once(opened):
    from healthcard.services.errors import Conflict

    opened("C1")
    with pytest.raises(Conflict):
        opened("C1")


def test_nobody_touches_organisations_outside_his_part_of_the_tree(opened, as_role):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services import actor
    from healthcard.services.authority import organisations
    from healthcard.services.errors import NotFound
    from healthcard.storage.models import Organisation

    city, other = opened("C1"), opened("C2")
    far = actor.of_console(Organisation.objects.get(pk=other))
    for act in (
        lambda: organisations.shown(far, city),
        lambda: organisations.close(far, city),
        lambda: organisations.merge(far, city, other),
        lambda: organisations.merge(far, other, city),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotAllowed):
        organisations.close(as_role("clerk"), city)


def test_an_organisation_to_which_something_belongs_does_not_close(opened, console, people):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.authority import organisations

    city = opened("C1")
    opened("D1", "desk", city, "990101")
    _move_home(people[:2], city)
    with pytest.raises(TransitionRefused) as refusal:
        organisations.close(console, city)
    assert refusal.value.facts == {"residents": 2, "applications": 0, "stock": 0, "organisations": 1}


def test_a_closed_organisation_takes_its_logins_with_it(opened, console, helpers, province):
    from healthcard.services.authority import accounts, organisations
    from healthcard.services.errors import Conflict
    from healthcard.storage.models import Account, Organisation

    city = opened("C1")
    row = Organisation.objects.get(pk=city)
    accounts.create(row, username="clerk", full_name="x", role="clerk", password="correct horse battery")
    organisations.close(console, city)
    assert organisations.shown(console, city).closed_on is not None
    assert not Account.objects.get(username="clerk").is_active
    for act in (lambda: organisations.close(console, city), lambda: opened("D1", "desk", city)):
        with pytest.raises(Conflict, match="closed"):
            act()


def test_merging_gives_people_applications_stock_and_desks_to_the_successor(opened, console, order, people):
    import json

    from healthcard.services import actor
    from healthcard.services.authority import organisations
    from healthcard.services.people import residents
    from healthcard.storage.models import Application, AuditEntry, Card, CardEvent, Organisation, Resident

    old, new = opened("C1"), opened("C2")
    desk = opened("D1", "desk", old, "990101")
    _move_home(people[:2], old)
    _move_home(people[2:3], desk)
    card, _ = order(0)
    Application.objects.create(
        number="A1", kind="loss", resident_id=people[0], sealed=b"x", desk_id=old, accepted_by=None
    )
    _placed(console, card, old)
    merged = organisations.merge(console, old, new)
    assert (merged.residents, merged.applications, merged.stock, merged.organisations) == (2, 1, 1, 1)
    successor = actor.of_console(Organisation.objects.get(pk=new))
    assert {row.id for row in residents.listed(successor).people} == set(people[:3])
    assert Card.objects.get(pk=card).place_org_id == new
    assert CardEvent.objects.filter(card=card).latest("version").event == "rehomed"
    assert Card.objects.get(pk=card).home_path == Resident.objects.get(pk=people[0]).home_path
    assert Application.objects.get().desk_path == Organisation.objects.get(pk=new).path
    gone = organisations.shown(console, old)
    assert (gone.successor, gone.closed_on is not None) == (new, True)
    entry = AuditEntry.objects.get(action="organisation.merge")
    assert json.loads(bytes(entry.body))["facts"]["residents"] == 2


def test_what_came_by_one_merger_goes_on_with_the_next(opened, console, people):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.authority import organisations
    from healthcard.storage.models import Application, Organisation

    first, second, third = opened("C1"), opened("C2"), opened("C3")
    desk = opened("D1", "desk", second, "990101")
    far = opened("D2", "desk", second, "990101")
    for number, taken in (("A1", first), ("A2", far)):
        Application.objects.create(number=number, kind="loss", resident_id=people[0], sealed=b"x", desk_id=taken)
    organisations.merge(console, first, second)
    organisations.merge(console, far, desk)
    with pytest.raises(TransitionRefused) as refusal:
        organisations.close(console, second)
    assert refusal.value.facts["applications"] == 1
    assert organisations.merge(console, second, third).applications == 1
    paths = dict(Application.objects.values_list("number", "desk_path"))
    of = dict(Organisation.objects.values_list("pk", "path"))
    assert paths == {"A1": of[third], "A2": of[desk]}


def test_returned_chips_of_a_merged_organisation_are_destroyed_by_its_successor(opened, console, in_use, helpers):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.domain.permissions import Permission, Role
    from healthcard.domain.synthetic import resident
    from healthcard.services import actor
    from healthcard.services.acting import act
    from healthcard.services.authority import accounts, organisations
    from healthcard.services.desk import recovery, returned_chips
    from healthcard.storage.models import Organisation

    city = opened("C1")  # whose people are others than this card's holder
    old, new = opened("D1", "desk", city, "990101"), opened("D2", "desk", city, "990101")
    above = actor.of_console(Organisation.objects.get(pk=city))
    card = in_use().pk
    with act(console, Permission.DESK_ACT, "test") as now:
        now.event(card, "terminated", end_reason="holder", place="holder")
    recovery.receive(actor.of_console(Organisation.objects.get(pk=old)), card)
    with pytest.raises(TransitionRefused) as refusal:
        organisations.close(above, old)
    assert refusal.value.facts["stock"] == 1
    assert organisations.merge(above, old, new).stock == 1

    def clerk(number):
        here, document = Organisation.objects.get(pk=new), resident(number, seed=97).document
        name, password = f"clerk{number}", "correct horse battery"
        login = accounts.create(
            here, username=name, full_name=name, role=Role.CLERK, password=password, document=document
        )
        return actor.of_account(login.id)

    one, other = clerk(1), clerk(2)
    assert [chip.card for chip in returned_chips.listed(one).chips] == [card]
    recovery.propose_destruction(one, [card])
    made = recovery.destroy(other, [card])
    assert made.organisation == new
    assert returned_chips.certificate(one, made.digest.hex()) == made


def test_no_card_is_sent_to_an_organisation_that_closed(opened, console, order):
    from healthcard.services.authority import organisations
    from healthcard.services.desk import issue
    from healthcard.services.errors import NotFound

    card, _ = order()
    gone = opened("C1")
    organisations.close(console, gone)
    with pytest.raises(NotFound):
        issue.dispatch(console, card, gone)


def _placed(console, card, organisation):
    """The card on order lies in an organisation's stock."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act

    with act(console, Permission.CARD_STOCK, "test") as now:
        now.event(card, "rehomed", place_org=organisation)


def test_only_like_is_merged_into_like(opened, console, province):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.authority import organisations

    city, desk, gone = opened("C1"), opened("D1", "desk", None, "990101"), opened("C3")
    organisations.close(console, gone)
    for old, into in ((city, desk), (city, city), (city, gone), (city, province.pk)):
        with pytest.raises(TransitionRefused):
            organisations.merge(console, old, into)


def test_a_province_issues_only_while_its_authorisation_is_in_force_and_filed(
    console, people, issuer, province, ministry, today
):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.authority import grants
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Authorisation, GrantKind

    def refused():
        with pytest.raises(TransitionRefused) as refusal:
            cards.plan(console, people[0], today=today)
        return refusal.value.rule == "issue_authorised" and refusal.value.guard.article == "6"

    day = timedelta(days=1)
    row = Authorisation.objects.get()
    for change in ({"valid_from": today + day}, {"valid_to": today}, {"filed_on": None}, {"filed_on": today + day}):
        Authorisation.objects.filter(pk=row.pk).update(**change)
        assert refused()
        row.save()
    (grant,) = grants.listed(ministry)
    grants.end(ministry, grant.id, today)
    assert refused()
    grants.give(ministry, GrantKind.ISSUE, province.pk, document="部〔2026〕2号", valid_from=today)
    cards.plan(console, people[0], today=today)


def test_only_the_body_above_authorises_and_what_it_gives_is_filed(console, ministry, province, opened, today):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.authority import grants
    from healthcard.services.errors import NotFound
    from healthcard.storage.models import GrantKind

    city = opened("C1")
    for actor, kind, grantee in (
        (console, GrantKind.ISSUE, province.pk),
        (console, GrantKind.ISSUE, city),
        (ministry, GrantKind.MAKING, city),
        (console, GrantKind.MAKING, province.pk),
    ):
        with pytest.raises(TransitionRefused, match="授权"):
            grants.give(actor, kind, grantee, document="x", valid_from=today)
    with pytest.raises(NotFound):
        grants.give(console, GrantKind.MAKING, province.parent_id, document="x", valid_from=today)
    making = grants.give(console, GrantKind.MAKING, city, document="省〔2026〕3号", valid_from=today)
    assert [(row.kind, row.filed_on) for row in grants.listed(console)] == [("making", None)]
    with pytest.raises(NotFound):
        grants.file(ministry, making, today)
    grants.file(console, making, today)
    assert grants.listed(console)[0].filed_on == today
