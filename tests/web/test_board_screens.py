"""Boards: every figure leads to its list, charts hold the same numbers, workbooks hold text alone."""

from __future__ import annotations

import html
import io
import json
import re
from urllib.parse import parse_qsl

import pytest
from openpyxl import load_workbook

from healthcard.domain.figures import FIGURES

TILE = re.compile(r'href="/boards/(\w+)\?([^"]+)"[^>]*><span class="figure">(\d+)</span>')


def _page(browser, path, role="supervisor", language="zh-hans"):
    client = browser(role)
    client.cookies["django_language"] = language
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_figure_on_the_screen_opens_a_list_of_as_many(browser, world):
    tiles = TILE.findall(_page(browser, "/boards"))
    assert {key for key, _, _ in tiles} == set(FIGURES)
    for key, query, number in tiles:
        page = _page(browser, f"/boards/{key}?{html.unescape(query)}")
        rows = max(page.count("<tr>") - 1, 0)
        assert rows == int(number), key
    numbers = {key: int(number) for key, _, number in tiles}
    assert numbers["in_making"] == 2
    assert numbers["open"] == 1


@pytest.mark.parametrize(
    ("language", "counted", "then"), [("zh-hans", "统计于", "截至"), ("en", "counted at", "What had")]
)
def test_counts_of_the_worker_say_of_which_moment_they_are(browser, world, monkeypatch, language, counted, then):
    from healthcard.services.figures import summary

    monkeypatch.setattr(summary, "LIVE", 0)
    summary.renew()
    board = _page(browser, "/boards", language=language)
    assert counted in board
    for key, query, number in TILE.findall(board):
        page = _page(browser, f"/boards/{key}?{html.unescape(query)}", language=language)
        assert max(page.count("<tr>") - 1, 0) == int(number), key
        assert (then in page) == (key in ("issued", "made", "losses", "endings", "in_time", "late")), key
    assert counted not in _page(browser, "/boards/open", language=language)


def test_charts_hold_what_the_tables_hold(browser, world):
    page = _page(browser, "/boards", language="en")
    months, branches = (json.loads(html.unescape(text)) for text in re.findall(r'data-chart="([^"]+)"', page))
    assert len(months["labels"]) == 12
    assert [each["name"] for each in months["series"]] == ["handed over", "ended"]
    making = next(each for each in branches["series"] if each["name"] == FIGURES["in_making"].en)
    assert sum(making["data"]) == 2


def test_a_list_leads_to_its_card_and_names_nobody(browser, world):
    page = _page(browser, "/boards/in_making")
    assert f'href="/cards/{world.card}"' in page
    assert not re.search(r"\d{17}[\dX]", page)


@pytest.mark.parametrize(
    "query", ["organisation=x", "organisation=999999", "after=x", "after=1.2"], ids=["word", "foreign", "x", "point"]
)
def test_a_question_that_is_none_is_not_found(browser, query):
    assert browser("supervisor").get(f"/boards/in_use?{query}").status_code == 404


def test_a_figure_that_is_none_is_not_found(browser):
    assert browser("supervisor").get("/boards/nothing").status_code == 404


@pytest.mark.parametrize("query", ["since=2026-13-01", "since=2026-02-01&until=2026-01-01", "since=2020-01-01"])
def test_days_that_cannot_be_are_told(browser, query):
    assert 'role="alert"' in _page(browser, f"/boards?{query}")
    assert 'role="alert"' in _page(browser, f"/boards/issued?{query}")
    assert browser("supervisor").post("/boards/issued/workbook", dict(parse_qsl(query))).status_code == 409


def test_a_supervisor_takes_a_list_away_as_a_workbook(browser, world):
    answer = browser("supervisor").post("/boards/in_making/workbook", {})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
    assert rows[0][0] == "发卡序列号"
    assert len(rows) == 3


def test_a_workbook_that_ends_before_its_list_says_so(browser, world, monkeypatch):
    monkeypatch.setattr("healthcard.services.figures.listing.MOST", 1)
    answer = browser("supervisor").post("/boards/in_making/workbook", {})
    told, headings, *lines = load_workbook(io.BytesIO(answer.content)).active.values
    assert told[0] == "只列出最新的 1 行，还有更多。"
    assert headings[0] == "发卡序列号"
    assert len(lines) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(1)"])
def test_no_cell_of_a_workbook_is_a_formula(text):
    from healthcard.web.boards import workbook

    book = load_workbook(io.BytesIO(workbook.written("x", ["h"], [[text]])))
    cell = book.active["A2"]
    assert (cell.data_type, cell.value) == ("s", text)
    assert cell.quotePrefix


def test_a_plain_cell_is_not_marked_and_controls_are_dropped():
    from healthcard.web.boards import workbook

    cell = load_workbook(io.BytesIO(workbook.written("x", ["h"], [["a\x00b"]]))).active["A2"]
    assert (cell.value, bool(cell.quotePrefix)) == ("ab", False)
