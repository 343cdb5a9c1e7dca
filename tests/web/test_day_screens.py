"""The day on screen: fees, close and recount, deadlines, one's own acts."""

from __future__ import annotations

import re

import pytest


@pytest.fixture(autouse=True)
def undone(world):
    """What a test does is gone afterwards."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def paid(world, browser):
    from healthcard.storage.models import Application

    Application.objects.filter(pk=world.application).update(fee_fen=2050)
    answer = browser("clerk").post(f"/applications/{world.application}/payment", {"receipt": "SJ-77"})
    assert answer.status_code == 302


def _page(client, path):
    return client.get(path).content.decode()


def test_a_fee_stands_on_the_day_with_its_receipt_and_in_the_sum(browser, paid):
    page = _page(browser("clerk"), "/day")
    assert "SJ-77" in page
    assert page.count("20.50") == 3
    assert "首次申领" in page


def test_a_day_is_closed_once_and_counted_again(browser, paid):
    client = browser("clerk")
    answer = client.post("/day/close", follow=True)
    page = answer.content.decode()
    assert "刚刚重新统计，与记录一致" in page
    assert "20.50" in page
    assert client.post("/day/close").status_code == 409
    assert re.search(r"<button[^>]*disabled", _page(client, "/day"))


def test_sums_that_differ_are_told(browser, paid, monkeypatch):
    from healthcard.services.desk import day

    client = browser("clerk")
    path = client.post("/day/close").headers["Location"]
    counted = day._counted

    def other(*given):
        from dataclasses import replace

        return replace(counted(*given), fees=())

    monkeypatch.setattr(day, "_counted", other)
    page = _page(client, path)
    assert "与记录不一致" in page
    assert "20.50" in page


def test_the_board_leads_to_what_is_due(browser, world):
    page = _page(browser("clerk"), "/day/due")
    assert f'href="/applications/{world.application}"' in page
    assert "首次申领" in page


def test_ones_own_acts_lead_back_to_them(browser, paid, world):
    page = _page(browser("clerk"), "/day/mine")
    assert f'href="/applications/{world.application}"' in page
    assert "收费" in page
