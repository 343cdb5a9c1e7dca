"""Two desks at one card at the same moment: what comes of it is one order or the other."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import date

import pytest

FACE = "document_and_face"


def _request(kind, person, card=None, presented=("identity",)):
    from healthcard.services.desk.applications import Request

    fields = {
        "first_issue": {"phone": "15412345678", "entitlement": "1", "consent": True},
        "loss": {"phone": "15412345678", "loss_reason": "遗失"},
        "unloss": {"phone": "15412345678", "unloss_reason": "找到"},
    }[kind]
    return Request(kind=kind, resident=person, card=card, fields=fields, presented=presented, identity=FACE)


@pytest.fixture
def desk(committed_db, helpers):
    """Committed: a province, a clerk, a reviewer, an adult."""
    from healthcard.domain.synthetic import residents as synthetic
    from healthcard.services import actor, scope
    from healthcard.services.people import residents
    from healthcard.storage.models import Account, IssuerIdentity, Organisation, Resident

    scope.limit(scope.EVERYBODY)
    top = Organisation.objects.create(code="000000", name="测试部", kind="ministry", division="000000")
    place = Organisation.objects.create(
        code="990000", name="测试省", kind="province", parent=top, division="990000", issuer_code="9" * 22
    )
    IssuerIdentity.objects.create(
        organisation=place,
        name=place.name,
        code="9" * 22,
        certificate=bytes(180),
        valid_from=date(2026, 1, 1),
        valid_to=date(2046, 1, 1),
    )
    _authorise(top, place)
    adults = [each for each in synthetic(12) if each.birth_date.year < 2000][:1]
    residents.stored(adults, place.pk)
    roles = {}
    for role in ("clerk", "reviewer", "maker"):
        row = Account.objects.create(username=role, full_name=role, organisation=place, role=role, password="!")
        roles[role] = actor.of_account(row.pk)
    scope.limit(scope.EVERYBODY)
    return roles, Resident.objects.get().pk


def _authorise(top, place):
    from healthcard.storage.models import Authorisation

    day = date(2026, 1, 1)
    Authorisation.objects.create(
        kind="issue", grantor=top, grantee=place, document="测试", valid_from=day, filed_on=day
    )


def _approve(roles, application):
    from healthcard.services.desk import applications, reviewing

    applications.verify(roles["clerk"], application, "核实")
    digest = applications.shown(roles["reviewer"], application).digest
    reviewing.review(roles["reviewer"], application, approved=True, opinion="属实", digest=digest)


@pytest.fixture
def waiting(desk, helpers, blank):
    """A card that waits at the desk for its holder."""
    from healthcard.services.desk import issue
    from healthcard.services.workshop import cards, making

    roles, person = desk
    with ExitStack() as stack:
        application = issue.ask(roles["clerk"], _request("first_issue", person)).id
        _approve(roles, application)
        card = issue.order(roles["clerk"], application)
        chip = stack.enter_context(blank("jia", cards.shown(roles["clerk"], card).issue_serial, 77))
        shop = stack.enter_context(making.workshop())
        making.personalise(roles["maker"], card, chip, shop)
        issue.arrive(roles["clerk"], card)
        yield roles, person, application, card, chip, shop.keys


def _collection():
    from healthcard.services.desk.issue import Collection

    return Collection(identity=FACE, presented=("identity",), text_version="1", signer="持卡人")


def _together(*deeds):
    """Each deed in a thread of its own, begun together; how each came out."""
    from django.db import connection

    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.errors import Conflict, NotFound

    start, outcomes = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number, deed):
        try:
            start.wait()
            deed()
            outcomes[number] = "done"
        except (TransitionRefused, Conflict, NotFound):
            outcomes[number] = "refused"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, deed)) for number, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _fact(name):
    from healthcard.services import scope
    from healthcard.storage.models import Card

    scope.limit(scope.EVERYBODY)
    return getattr(Card.objects.get(), name)


def test_two_sessions_on_one_card_come_out_in_one_order_or_the_other(waiting):
    from healthcard.services.desk import issue, loss

    roles, person, application, card, chip, keys = waiting
    clerk = roles["clerk"]

    def report():
        loss.report(clerk, _request("loss", person))

    # handed over against reported lost: a card that is not out yet cannot be frozen, one that is out is
    outcomes = _together(
        lambda: issue.hand_over(clerk, application, chip, keys, _collection()),
        report,
    )
    assert outcomes[0] == "done"
    assert (outcomes[1] == "done") == (_fact("loss") == "written")
    if outcomes[1] == "refused":
        report()

    # reported twice: one freeze
    assert sorted(_together(report, report)) == ["refused", "refused"]
    assert _fact("loss") == "written"

    # released against reported: one wins, and the record says which
    release = loss.ask_release(clerk, _request("unloss", person, card, ("identity", "card"))).id
    _approve(roles, release)
    outcomes = _together(lambda: loss.release(clerk, release, chip, keys, identity=FACE), report)
    assert outcomes[0] == "done"
    assert _fact("loss") in ("none", "written")


def test_eight_oral_reports_at_once_freeze_once(waiting):
    from healthcard.services.desk import issue, loss
    from healthcard.storage.models import CardEvent

    roles, person, application, _card, chip, keys = waiting
    clerk = roles["clerk"]
    issue.hand_over(clerk, application, chip, keys, _collection())
    deed = lambda: loss.report_oral(clerk, person, channel="phone", identity="questions")  # noqa: E731
    outcomes = _together(*[deed] * 8)
    assert outcomes.count("done") == 1
    assert _fact("loss") == "oral"
    assert CardEvent.objects.filter(event="oral_loss").count() == 1


def test_a_window_is_told_what_the_record_knows_of_the_people_it_works_for(desk):
    """Outside of any transaction, as a request for it comes: a window's people are at home one step above it."""
    from healthcard.services import actor
    from healthcard.services.desk import applications
    from healthcard.storage.models import Account, Organisation

    _, person = desk
    above = Organisation.objects.get(kind="province")
    window = Organisation.objects.create(code="D1", name="一号窗口", kind="desk", parent=above, division="990101")
    row = Account.objects.create(username="window", full_name="x", organisation=window, role="clerk", password="!")
    assert applications.prefill(actor.of_account(row.pk), "loss", person)["name"].endswith("*")
