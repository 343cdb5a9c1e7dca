"""The review desk on the screen: the queue, one application with what stands against each act, and the acts."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

HERE = "/applications/{application}"


@pytest.fixture
def judged(world):
    """What the test does to the application is undone."""
    from django.db import transaction

    with transaction.atomic():
        yield SimpleNamespace(**vars(world))
        transaction.set_rollback(True)


def _copied(judged, *, kind, fields=None):
    """The application stands as another one of `kind` now: what was taken never changes."""
    from healthcard.services.desk.applications import content
    from healthcard.storage.models import Application

    row = Application.objects.get(pk=judged.application)
    number = f"{row.number[:-1]}x"
    row.pk, row.number, row.kind = None, number, kind
    row.sealed = content.sealed(content.Content(fields=fields or {"phone": "15412345678"}), row.resident_id, number)
    row.save(force_insert=True)
    judged.application = row.pk


def _page(browser, world, role="reviewer", language="zh-hans"):
    client = browser(role)
    client.cookies["django_language"] = language
    return client.get(HERE.format(**vars(world))).content.decode()


def _digest(page):
    return re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]


def _decide(browser, world, role="reviewer", **form):
    given = {"decision": "approve", "opinion": "属实", "digest": _digest(_page(browser, world))} | form
    return browser(role).post(HERE.format(**vars(world)) + "/review", given, follow=True)


def test_the_queue_shows_what_is_open_with_names_covered(browser, world):
    page = browser("reviewer").get("/applications").content.decode()
    assert f'href="/applications/{world.application}"' in page
    assert "待审核" in page
    assert "*" in page


@pytest.mark.parametrize(
    ("query", "there"), [("kind=first_issue", True), ("kind=loss", False), ("state=making", False)]
)
def test_the_queue_is_filtered_by_kind_and_state(browser, world, query, there):
    page = browser("reviewer").get(f"/applications?{query}").content.decode()
    assert (f'href="/applications/{world.application}"' in page) is there


@pytest.mark.parametrize("query", ["kind=x", "state=completed", "after=x", "after=2026-13-41.1", "after=2026-01-01.-1"])
def test_a_list_that_is_none_is_not_found(browser, query):
    assert browser("reviewer").get(f"/applications?{query}").status_code == 404


def test_the_queue_goes_on_where_the_page_before_ended(browser, world):
    from healthcard.storage.models import Application

    due = Application.objects.values_list("due_on", flat=True).get(pk=world.application)
    page = browser("reviewer").get(f"/applications?after={due}.{world.application}").content.decode()
    assert f'href="/applications/{world.application}"' not in page
    assert "最紧急" in page


def test_an_overdue_application_says_so_in_the_queue(browser, judged):
    from healthcard.storage.models import Application

    Application.objects.filter(pk=judged.application).update(due_on="2020-01-01")
    assert "已逾期" in browser("reviewer").get("/applications").content.decode()


def test_an_application_is_shown_whole_but_covered(browser, world):
    from healthcard.services.people import residents
    from healthcard.storage.models import Application

    page = _page(browser, world)
    person = residents.opened(Application.objects.get(pk=world.application).resident_id)
    assert person.document.number not in page
    assert person.name not in page
    assert "15412345678" not in page
    for words in ("出示的证件材料", "办理情况", "没有扫描件"):
        assert words in page


def test_what_may_be_done_goes_by_the_role(browser, world):
    mine, reviewers, auditors = (_page(browser, world, role) for role in ("clerk", "reviewer", "auditor"))
    assert "/withdrawal" in mine
    assert "/review" not in mine
    assert "/review" in reviewers
    assert "/withdrawal" not in reviewers
    assert "<textarea" not in auditors


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "经办与审核须为不同的人（实务做法）"), ("en", "one person does not")]
)
def test_who_took_it_sees_before_he_types_that_another_reviews(browser, judged, language, words):
    from healthcard.storage.models import Account

    Account.objects.filter(username="clerk").update(role="supervisor")  # whose role both takes and reviews
    page = _page(browser, judged, "clerk", language)
    assert words in page
    assert '<fieldset disabled aria-describedby="review_why">' in page


def test_a_loss_nobody_verified_can_be_rejected_only(browser, judged):
    _copied(judged, kind="loss")
    page = _page(browser, judged)
    assert "须先核实情况" in page
    assert re.search(r'value="approve" disabled aria', page)
    assert not re.search(r'value="reject" disabled', page)


def test_approval_is_recorded_with_its_opinion_and_offers_nothing_more(browser, judged):
    page = _decide(browser, judged).content.decode()
    assert "审核决定已登记" in page
    assert "审核通过" in page
    assert "属实" in page
    assert "/review" not in page


def test_rejection_is_recorded(browser, judged):
    assert "审核不通过" in _decide(browser, judged, decision="reject").content.decode()


def test_what_changed_since_it_was_looked_at_is_not_approved(browser, judged):
    answer = _decide(browser, judged, digest="00" * 32)
    assert answer.status_code == 409
    assert "重新查看申请后再审核" in answer.content.decode()


@pytest.mark.parametrize(
    ("form", "words"),
    [({"decision": ""}, "请选择通过或不通过"), ({"opinion": " "}, "须填写"), ({"digest": "zz"}, "须为十六进制")],
)
def test_a_decision_that_is_incomplete_is_refused_in_words(browser, judged, form, words):
    answer = _decide(browser, judged, **form)
    assert answer.status_code == 409
    assert words in answer.content.decode()


def test_a_finding_is_recorded_and_shown(browser, judged):
    path = HERE.format(**vars(judged)) + "/verification"
    page = browser("clerk").post(path, {"finding": "已电话核实"}, follow=True).content.decode()
    assert "核实结果已登记" in page
    assert "已电话核实" in page


def test_a_withdrawn_application_is_shown_closed(browser, judged):
    path = HERE.format(**vars(judged)) + "/withdrawal"
    page = browser("clerk").post(path, {"why": "不再需要"}, follow=True).content.decode()
    assert "已撤回" in page
    assert "<fieldset" not in page


def test_a_fee_is_paid_once(browser, judged):
    from healthcard.storage.models import Application

    Application.objects.filter(pk=judged.application).update(fee_fen=1500)
    path = HERE.format(**vars(judged)) + "/payment"
    assert "15.00 元" in _page(browser, judged, "clerk")
    page = browser("clerk").post(path, {"receipt": "R-7"}, follow=True).content.decode()
    assert "R-7" in page
    assert 'name="receipt"' not in page
    assert browser("clerk").post(path, {"receipt": "R-8"}).status_code == 409


def test_a_change_stands_beside_the_record_with_numbers_covered(browser, judged):
    from healthcard.domain import codes
    from healthcard.services.people import residents
    from healthcard.storage.models import Application

    rows = [{"item": "本人电话", "old": "13800001111", "new": "13911112222", "reason": "换号"}]
    rows.append({"item": "婚姻状况", "old": "", "new": "已婚", "reason": "结婚"})
    _copied(judged, kind="update", fields={"phone": "15412345678", "changes": rows})
    page = _page(browser, judged)
    assert "13911112222" not in page
    assert "1*********2" in page
    assert "<strong>已婚</strong>" in page
    person = residents.opened(Application.objects.get(pk=judged.application).resident_id)
    assert f"<td>{codes.label('marital_status', person.marital_status)}</td>" in page
    assert "现登记内容" in page
