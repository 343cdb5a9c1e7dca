"""The stock on screen: received by ticking, taken along as a list, returned chips destroyed by two people."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def undone(world):
    """What a test does is gone afterwards."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _page(client, path):
    return client.get(path).content.decode()


def _ended(card):
    """The card's holder has no use for it any more; it lies on the counter."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.actor import of_console
    from healthcard.storage.models import Card

    row = Card.objects.select_related("issuer__organisation").get(pk=card)
    organisation = row.issuer.organisation
    with act(of_console(organisation), Permission.CARD_STOCK, "test.end", card=card) as now:
        now.event(card, "arrived", place_org=organisation.pk)
        now.event(card, "given_up", end_reason="undeliverable", place="recovered", place_org=organisation.pk)
    return row


def test_a_card_is_received_by_ticking_it_and_stands_at_the_desk(browser, world):
    client = browser("clerk")
    assert f'value="{world.card}"' in _page(client, "/stock?place=maker")
    answer = client.post("/stock/arrival", {"card": [world.card]}, follow=True)
    assert "已登记 1 张卡" in answer.content.decode()
    page = _page(client, "/stock")
    assert f'value="{world.card}"' in page
    assert "0000 000 001" in page


def test_a_card_that_has_come_already_says_so(browser, world):
    client = browser("clerk")
    client.post("/stock/arrival", {"card": [world.card]}, follow=True)
    page = client.post("/stock/arrival", {"card": [world.card]}, follow=True).content.decode()
    assert "alert-warning" in page
    assert "已登记" not in page


def test_a_card_is_sent_on_to_another_desk(browser, world):
    from healthcard.storage.models import Account

    client = browser("clerk")
    there = Account.objects.get(username="clerk").organisation_id
    client.post("/stock/arrival", {"card": [world.card]})
    given = {"card": [world.card], "organisation": there, "place": "desk"}
    assert "已登记 1 张卡" in client.post("/stock/dispatch", given, follow=True).content.decode()
    assert client.get("/stock/dispatch.pdf").content.startswith(b"%PDF")


@pytest.mark.parametrize("cards", [[], ["x"], ["9" * 19], [str(each) for each in range(201)]], ids=len)
def test_what_is_no_choice_of_cards_is_refused(browser, cards):
    assert browser("clerk").post("/stock/arrival", {"card": cards}).status_code == 409


def test_a_group_is_picked_printed_and_taken_along(browser, world):
    client = browser("clerk")
    client.post("/stock/arrival", {"card": [world.card]})
    page = _page(client, f"/stock/group?card={world.card}")
    assert "待发放 1" in page
    assert client.get(f"/stock/group.pdf?card={world.card}").headers["Content-Type"] == "application/pdf"
    book = client.get(f"/stock/group.xlsx?card={world.card}")
    assert book.content.startswith(b"PK")
    assert "attachment" in book.headers["Content-Disposition"]


def test_a_group_of_nothing_is_not_there(browser):
    assert browser("clerk").get("/stock/group").status_code == 404


def test_a_returned_chip_is_taken_in_listed_and_destroyed_by_two(browser, world):
    from healthcard.storage.models import Account

    row, client = _ended(world.card), browser("clerk")
    given = {"issuer_code": row.issuer_code, "issue_serial": row.issue_serial}
    assert client.post("/stock/returned/receipt", given).status_code == 302
    assert row.issue_serial[:4] in _page(client, "/stock/returned")
    assert client.post(f"/stock/cards/{world.card}/unreadable", {"why": ""}).status_code == 409
    assert client.post(f"/stock/cards/{world.card}/unreadable", {"why": "芯片损坏"}).status_code == 302
    assert client.post("/stock/returned/set-aside", {"card": [world.card]}).status_code == 302
    assert client.post("/stock/returned/destruction", {"card": [world.card]}).status_code == 409
    client.force_login(Account.objects.get(username="supervisor"))
    assert client.post("/stock/returned/destruction", {"card": [world.card]}).status_code == 302
    page = _page(client, "/stock/returned")
    assert "已销毁" in page
    assert "/certificates/" in page
