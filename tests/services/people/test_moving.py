"""A change of home organisation: one recorded act that knows whether the card has to change with it."""

from __future__ import annotations

import pytest

FORM = {"phone": "15400000001", "reason": "2", "residence_address": "别市新区一号"}
SHOWN = ("identity", "residence_proof")


@pytest.fixture
def place(province):
    """Organisations of the tree by name, and a clerk at each."""
    from healthcard.services import actor
    from healthcard.storage.models import Account, Organisation

    def make(code, division, *, parent=province, kind="city"):
        row = Organisation.objects.create(code=code, name=f"机构{code}", kind=kind, parent=parent, division=division)
        row.refresh_from_db()
        clerk = Account.objects.create(
            username=f"c{code}", full_name=code, organisation=row, role="clerk", password="!"
        )
        return row, actor.of_account(clerk.pk)

    return make


@pytest.fixture
def grown(people):
    from healthcard.services.people import residents

    return next(each for each in people if residents.opened(each).birth_date.year < 2000)


@pytest.fixture
def move(grown):
    from healthcard.services.desk.applications import Request
    from healthcard.services.people import moving

    def ask(actor, **more):
        given = {"fields": FORM, "presented": SHOWN, "identity": "document_and_face"} | more
        return moving.ask(actor, Request(kind="move", resident=grown, **given))

    return ask


def test_somebody_is_at_home_where_the_move_was_taken(move, place, grown, province):
    from healthcard.services.people import finding, record_changes, residents
    from healthcard.storage.models import Application, AuditEntry, Message, Resident

    city, clerk = place("990900", "990900")
    moved = move(clerk)
    assert (moved.home, moved.replace) == (city.pk, "")
    row = Resident.objects.get(pk=grown)
    assert (row.home_id, row.home_path) == (city.pk, city.path)
    assert Application.objects.get(pk=moved.application.id).state == "completed"
    assert AuditEntry.objects.filter(action="move.accept", resident=grown).exists()
    assert Message.objects.get(resident=grown, kind="home.moved").facts["what"] == "否"
    assert record_changes.history(clerk, grown)[0].fields == ("home",)
    assert residents.shown(clerk, grown).home == city.name
    assert finding.found(clerk, residents.opened(grown).document) == grown


@pytest.mark.parametrize(("division", "why"), [("990000", ""), ("990900", "city")])
def test_it_says_whether_the_card_has_to_change(move, place, grown, issuer, console, today, division, why):
    from healthcard.services.workshop import cards

    cards.plan(console, grown, today=today)
    _, clerk = place("990900", division)
    assert move(clerk).replace == why


def test_beyond_the_province_the_card_has_other_keys(place, grown, issuer, console, today, province):
    from healthcard.services import actor
    from healthcard.services.people import moving
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Account, Card

    card = cards.plan(console, grown, today=today)
    far, there = place("880000", "880000", parent=province.parent, kind="province")
    head = Account.objects.create(
        username="top", full_name="top", organisation=province.parent, role="supervisor", password="!"
    )
    above = actor.of_account(head.pk)
    assert moving.across(above, grown, far.pk, reason="跨省迁移") == "keys"
    assert Card.objects.get(pk=card).home_path == far.path
    from healthcard.services.errors import NotFound

    with pytest.raises(NotFound):
        moving.across(there, grown, province.pk, reason="取回")


@pytest.mark.parametrize("kind", ["desk", "institution", "maker"])
def test_nobody_is_at_home_at_a_window_a_hospital_or_a_maker(place, grown, province, console, kind):
    from healthcard.services.errors import NotFound
    from healthcard.services.people import moving

    there, _ = place("990901", "990900", kind=kind)
    with pytest.raises(NotFound):
        moving.across(console, grown, there.pk, reason="迁移")


def test_nobody_moves_himself(place, grown, province, as_role):
    from healthcard.services.people import moving
    from healthcard.storage.models import Account, Resident

    there, _ = place("990900", "990900")
    head = as_role("supervisor")
    own = bytes(Resident.objects.get(pk=grown).identity_digest)
    Account.objects.filter(pk=head.account).update(person_digest=own)
    assert _rule(moving.across, head, grown, there.pk, reason="迁移") == "not_own_card"


def test_another_province_takes_nobody_by_itself(move, place, province):
    from healthcard.services.errors import NotFound

    _, there = place("880000", "880000", parent=province.parent, kind="province")
    with pytest.raises(NotFound):
        move(there)


def _rule(act, *given, **how):
    from healthcard.domain.lifecycle import TransitionRefused

    with pytest.raises(TransitionRefused) as refusal:
        act(*given, **how)
    return refusal.value.rule


def test_who_is_at_home_already_has_nothing_to_move(move, as_role):
    assert _rule(move, as_role("clerk")) == "another_home"


def test_without_proof_of_the_new_place_nobody_moves(move, place):
    _, clerk = place("990900", "990900")
    assert _rule(move, clerk, presented=("identity",)) == "documents_presented"


def test_where_the_issuer_wants_a_review_another_person_carries_it_out(move, place, grown, province, today):
    from healthcard.services import actor
    from healthcard.services.desk import applications, reviewing
    from healthcard.storage.models import Account, ParameterSet, Resident

    ParameterSet.objects.create(
        issuer=province,
        version=1,
        values={"review.move": "second_person"},
        valid_from=today,
        approved_at="2026-01-01T00:00Z",
    )
    city, clerk = place("990900", "990900")
    judge = Account.objects.create(username="judge", full_name="j", organisation=city, role="reviewer", password="!")
    moved = move(clerk)
    assert moved.home is None
    digest = _digest(moved.application.id)
    assert Resident.objects.get(pk=grown).home_id == province.pk
    reviewer = actor.of_account(judge.pk)
    assert reviewing.review(reviewer, moved.application.id, approved=True, opinion="属实", digest=digest) == "completed"
    assert Resident.objects.get(pk=grown).home_id == city.pk
    assert applications.of_resident(reviewer, grown)[0].kind == "move"


def _digest(application):
    from healthcard.services import scope
    from healthcard.services.desk.applications import content
    from healthcard.storage.models import Application

    scope.limit(scope.EVERYBODY)
    return content.digest(Application.objects.get(pk=application)).hex()


@pytest.mark.parametrize("role", ["reviewer", "auditor", "maker"])
def test_only_clerks_move_people(move, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    with pytest.raises(NotAllowed):
        move(as_role(role))
