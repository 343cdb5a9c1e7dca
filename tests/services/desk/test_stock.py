"""The stock of a desk: on the way, here and until when, lists to sign, a group; each card moves in its own act."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import paper
import pytest
from desk import request
from openpyxl import load_workbook


@pytest.fixture
def made(adult, issuer, clerk, console, judge):
    """A card that was made for an application, not sent yet: its application and its id."""
    from healthcard.services.desk import issue

    application = issue.ask(clerk, request("first_issue", adult)).id
    judge(application)
    card = issue.order(clerk, application)
    paper.personalise(console, card)
    return application, card


@pytest.fixture
def stock():
    from healthcard.services.desk import stock

    return stock


@pytest.fixture
def later(monkeypatch):
    """The clock of lists so many days on."""

    def go(days):
        from healthcard.services import acting
        from healthcard.services.desk import issue, stock

        def clock():
            now, today = acting.clock()
            return now + timedelta(days=days), today + timedelta(days=days)

        for module in (issue, stock):
            monkeypatch.setattr(module, "clock", clock)

    return go


def _ids(page):
    return [each.id for each in page.cards]


def test_a_card_is_listed_where_it_is(stock, made, clerk):
    _, card = made
    assert _ids(stock.listed(clerk, stock.MAKER)) == [card]
    (sent,) = stock.send(clerk, [card], clerk.organisation)
    assert sent.refusal is None
    assert _ids(stock.listed(clerk, stock.MAKER)) == []
    (row,) = stock.listed(clerk, stock.TRANSIT).cards
    assert (row.id, row.organisation) == (card, "测试省")
    (came,) = stock.receive(clerk, [card])
    assert came.refusal is None
    assert _ids(stock.listed(clerk, stock.TRANSIT)) == []
    assert _ids(stock.listed(clerk, stock.DESK)) == [card]


def test_a_card_at_the_desk_says_until_when_it_is_kept(stock, made, clerk, later):
    from healthcard.services.desk import issue

    application, card = made
    stock.receive(clerk, [card])
    (row,) = stock.listed(clerk, stock.DESK).cards
    assert row.application == application
    assert not row.overdue
    later((row.until - row.since.date()).days + 2)  # a day more than it is kept, wherever midnight is
    (row,) = stock.listed(clerk, stock.DESK).cards
    assert row.overdue
    issue.give_up(clerk, application, "uncollected")
    assert _ids(stock.listed(clerk, stock.DESK)) == []


def test_what_cannot_move_says_why_and_the_rest_moves(stock, made, clerk):
    from healthcard.domain.lifecycle import TransitionRefused

    _, card = made
    stock.receive(clerk, [card])
    (again,) = stock.receive(clerk, [card])
    assert isinstance(again.refusal, TransitionRefused)
    assert _ids(stock.listed(clerk, stock.DESK)) == [card]


def test_a_place_there_is_not_is_not_found(stock, clerk):
    from healthcard.services.errors import NotFound

    with pytest.raises(NotFound):
        stock.listed(clerk, "holder")


def test_pages_go_on_where_the_one_before_ended(stock, made, clerk):
    from healthcard.services.listing import Place

    stock.receive(clerk, [made[1]])
    page = stock.listed(clerk, stock.DESK, limit=1)
    assert page.after == ""
    (row,) = page.cards
    before = Place(moment=row.since, id=row.id - 1)
    assert _ids(stock.listed(clerk, stock.DESK, after=str(before))) == [row.id]
    assert stock.listed(clerk, stock.DESK, after=str(Place(moment=row.since, id=row.id))).cards == ()


@pytest.mark.parametrize("after", ["1", "x.1", "1.x", "1.1.1", "-1.1", "１.１", "9" * 18 + ".1"])
def test_a_page_that_is_none_is_not_found(stock, clerk, after):
    from healthcard.services.errors import NotFound

    with pytest.raises(NotFound):
        stock.listed(clerk, stock.DESK, after=after)


def test_a_group_shows_how_far_it_has_come(stock, arrived, clerk, shop):
    from desk import collection

    from healthcard.services.desk import issue

    application, card, chip = arrived
    assert [each.state for each in stock.grouped(clerk, [card])] == [stock.WAITING]
    issue.hand_over(clerk, application, chip, shop.keys, collection())
    assert [each.state for each in stock.grouped(clerk, [card])] == [stock.HANDED_OVER]
    assert stock.chosen(clerk, [card]) == ()


def test_the_lists_to_sign_and_to_take_along_are_masked(stock, made, clerk, adult):
    from healthcard.services.desk import stock_lists
    from healthcard.services.people import residents

    _, card = made
    stock.send(clerk, [card], clerk.organisation)
    assert stock_lists.dispatch_pdf(clerk).content.startswith(b"%PDF")
    stock.receive(clerk, [card])
    assert stock_lists.handover_pdf(clerk, [card]).content.startswith(b"%PDF")
    book = load_workbook(BytesIO(stock_lists.handover_xlsx(clerk, [card]).content))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value]
    (row,) = stock.listed(clerk, stock.DESK).cards
    person = residents.opened(adult)
    assert row.issue_serial in cells
    assert row.holder_masked in cells
    assert person.document.number not in "".join(cells)
    assert person.name not in cells


def test_a_list_of_nothing_is_not_printed(stock, made, clerk):
    from healthcard.services.desk import stock_lists
    from healthcard.services.errors import NotFound

    with pytest.raises(NotFound):
        stock_lists.handover_pdf(clerk, [made[1]])
    with pytest.raises(NotFound):
        stock_lists.dispatch_pdf(clerk)
