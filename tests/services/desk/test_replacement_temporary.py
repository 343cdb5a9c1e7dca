"""The temporary card and the new one (第十二条第六、七项): what was written on it moves; it comes back or is lost."""

from __future__ import annotations

import pytest
from desk import FACE, facts, request
from renewal import Desk, alert, visit, write

from healthcard.domain.lifecycle import TransitionRefused

ALL_BACK = ("identity", "card", "temporary_card")


@pytest.fixture
def desk(clerk, console, judge, shop, blank):
    office = Desk(clerk=clerk, console=console, judge=judge, shop=shop, blank=blank)
    yield office
    office.close()


def refused(rule, act, *args, **rest):
    with pytest.raises(TransitionRefused) as error:
        act(*args, **rest)
    assert error.value.rule == rule


def visits(data):
    return [each.data[:7] for each in data.entries if "/ED" in each.path]


def test_what_was_written_on_the_temporary_card_is_on_the_new_one_with_the_old_cards(issued, adult, desk):
    old, chip = issued
    write(
        desk.console,
        old,
        chip,
        desk.shop,
        alert(3, b"\x2b\x01\x01"),
        alert(14, b"\x36\x01\x01"),
        visit("ED01", b"old one"),
    )
    application = desk.asked(adult, "damaged")
    desk.judge(application)
    lent, other = desk.lent(adult)
    assert (facts(old).suspended, facts(lent).life) == (True, "issued")
    write(desk.console, lent, other, desk.shop, alert(3, b"\x2b\x01\x02"), visit("ED01", b"lent one"))
    new, blank = desk.made(application)
    desk.read(application, chip)
    refused("list_closed", desk.move, application, blank)
    desk.read(application, other)
    first, second = desk.move(application, blank).receipt.sources
    there = desk.data(new, blank)
    assert sorted(visits(there)) == [b"lent on", b"old one"]
    assert {each.number: each.data for each in there.of("DF02/EF05")}[3] == b"\x2b\x01\x02"
    assert {each.number: each.data for each in there.of("DF02/EF05")}[14] == b"\x36\x01\x01"
    assert ("DF02/EF05", "superseded") in {(row.path, row.reason) for row in first.left}
    assert (second.card, second.kind) == (lent, "temporary")
    refused("temporary_returned", desk.hand_over, application, blank, presented=("identity", "card"))
    refused("old_card_returned", desk.hand_over, application, blank, presented=("identity", "temporary_card"))
    done = desk.hand_over(application, blank, presented=ALL_BACK)
    assert {each.card for each in done.receipts} == {old, lent}
    assert (facts(lent).life, facts(lent).end_reason, facts(lent).place) == ("ended", "returned", "recovered")
    assert (facts(old).life, facts(new).life) == ("ended", "issued")


def test_a_lost_card_with_a_temporary_one_gives_what_the_temporary_one_holds(issued, adult, desk):
    from healthcard.services.desk import recovery
    from healthcard.storage.models import FirstContent

    old, _ = issued
    application = desk.asked(adult, "lost")
    desk.judge(application)
    lent, other = desk.lent(adult)
    write(desk.console, lent, other, desk.shop, visit("ED01", b"lent one"))
    new, blank = desk.made(application)
    desk.declare(application, old, "丢失")
    desk.read(application, other)
    assert desk.move(application, blank).receipt.complete
    assert visits(desk.data(new, blank)) == [b"lent on"]
    desk.hand_over(application, blank, presented=("identity", "temporary_card"))
    assert [facts(card).place for card in (old, lent, new)] == ["lost", "recovered", "holder"]
    assert list(FirstContent.objects.values_list("sealed", flat=True)) == [None]
    recovery.lock_chip(desk.clerk, lent, other, desk.shop.keys)
    assert facts(lent).chip_end == "locked"


def test_a_temporary_card_that_came_back_early_waits_with_its_data(issued, adult, desk):
    from healthcard.services.desk import recovery, temporary

    old, chip = issued
    application = desk.asked(adult, "damaged")
    desk.judge(application)
    lent, other = desk.lent(adult)
    write(desk.console, lent, other, desk.shop, visit("ED01", b"lent one"))
    back = temporary.Visitor(identity=FACE, presented=("temporary_card",))
    assert temporary.give_back(desk.clerk, adult, back).resumed == old
    refused("data_to_move", recovery.lock_chip, desk.clerk, lent, other, desk.shop.keys)
    new, blank = desk.made(application)
    desk.read(application, chip)
    desk.read(application, other)
    desk.move(application, blank)
    desk.hand_over(application, blank, presented=("identity", "card"))
    assert visits(desk.data(new, blank)) == [b"lent on"]
    assert (facts(old).life, facts(lent).life, facts(new).life) == ("ended", "ended", "issued")


def test_a_temporary_card_that_was_lost_is_declared_and_counted_as_it_was_at_first(issued, adult, desk):
    from healthcard.services.desk import loss

    old, chip = issued
    application = desk.asked(adult, "damaged")
    desk.judge(application)
    lent, _ = desk.lent(adult)
    new, blank = desk.made(application)
    loss.report(desk.clerk, request("loss", adult))
    assert (facts(old).loss, facts(lent).loss) == ("written", "written")
    desk.read(application, chip)
    left = desk.declare(application, lent, "丢失").sources[1].left
    assert {row.reason for row in left} == {"lost"}
    assert next(row.count for row in left if row.path == "DF02/EF05") > 0
    desk.move(application, blank)
    desk.hand_over(application, blank)
    assert [(facts(card).end_reason, facts(card).chip_end) for card in (old, lent)] == [
        ("replaced", "listed"),
        ("lost", "listed"),
    ]
    assert facts(new).life == "issued"


def test_the_database_hands_over_no_first_card_without_what_its_temporary_one_held(adult, issuer, desk, monkeypatch):
    from django.db import DatabaseError, connection, transaction

    from healthcard.services.desk import issue
    from healthcard.services.desk import transfer as moves

    application = issue.ask(desk.clerk, request("first_issue", adult)).id
    desk.judge(application)
    desk.lent(adult)
    new, blank = desk.made(application)
    monkeypatch.setattr(moves, "require_closed", lambda row, new: [])

    def past_the_service():
        with transaction.atomic(), connection.cursor() as cursor:
            desk.hand_over(application, blank, presented=("identity", "temporary_card"))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match=f"the business data for card {new} are not moved"):
        past_the_service()


def test_a_first_card_takes_over_what_the_temporary_one_holds(adult, issuer, desk):
    from healthcard.services.desk import issue

    application = issue.ask(desk.clerk, request("first_issue", adult)).id
    desk.judge(application)
    lent, other = desk.lent(adult)
    write(desk.console, lent, other, desk.shop, visit("ED01", b"lent one"))
    new, blank = desk.made(application)
    back = ("identity", "temporary_card")
    refused("list_closed", desk.hand_over, application, blank, presented=back)
    desk.read(application, other)
    desk.move(application, blank)
    assert visits(desk.data(new, blank)) == [b"lent on"]
    refused("temporary_returned", desk.hand_over, application, blank)
    desk.hand_over(application, blank, presented=back)
    assert (facts(lent).life, facts(new).life) == ("ended", "issued")
