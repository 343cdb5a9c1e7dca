"""What an auditor looks at: the life of a card, the trail of what was done, whether it is whole."""

from __future__ import annotations

import re

import pytest


def _page(browser, path, role="auditor", language="zh-hans"):
    client = browser(role)
    client.cookies["django_language"] = language
    return client.get(path).content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["下单制卡", "个人化完成", "第十一条", "现在不能使用", "<time datetime="]),
        ("en", ["ordered", "personalised", "Art. 11", "may not be used now", "<time datetime="]),
    ],
)
def test_a_cards_life_is_told_in_order_with_its_articles(browser, world, language, words):
    page = _page(browser, f"/cards/{world.card}/life", language=language)
    for each in words:
        assert each in page
    assert page.index(words[0]) < page.index(words[1])


def test_the_life_of_a_card_names_nobody_whole_and_leads_to_its_holder_only_who_may(browser, world):
    from healthcard.services.people import residents

    person = residents.opened(world.holder)
    for role in ("auditor", "maker"):
        page = _page(browser, f"/cards/{world.card}/life", role=role)
        assert person.name not in page
        assert person.document.number not in page
        assert ("/residents/" in page) == (role == "auditor")


def test_an_auditor_goes_from_a_life_to_its_trail_and_nobody_else_does(browser, world):
    link = f'href="/audit?card={world.card}"'
    assert link in _page(browser, f"/cards/{world.card}/life")
    assert link not in _page(browser, f"/cards/{world.card}/life", role="clerk")


def test_a_card_leads_to_its_life(browser, world):
    assert f'href="/cards/{world.card}/life"' in _page(browser, f"/cards/{world.card}")


def _form(browser, **typed):
    return browser("auditor").post("/audit/find", typed)


def _looks():
    from healthcard.storage.models import AuditEntry

    return AuditEntry.objects.filter(action="audit.read").count()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["受理申领", "机构与地址", "为谁办理", "审计位置"]),
        ("en", ["first issue accepted", "Organisation and address", "For whom", "Place in the audit"]),
    ],
)
def test_an_entry_is_found_by_its_application_and_explained(browser, world, language, words):
    page = _page(browser, f"/audit?application={world.application}", language=language)
    for each in words:
        assert each in page
    assert "first_issue.accept" in page
    assert re.search(r"[0-9A-F]{64}", page)


def _clerk():
    from healthcard.services.actor import of_account
    from healthcard.storage.models import Account

    return of_account(Account.objects.get(username="clerk").pk)


def _write(**told):
    from uuid import uuid4

    from healthcard.services import audit

    audit.write(actor=_clerk(), operation=uuid4(), **told)


def test_a_rule_is_told_with_its_words_and_its_article(browser, world):
    _write(action="loss.accept", card=world.card, rule="written_loss", article="12(3)", facts={"by": "holder"})
    page = _page(browser, f"/audit?card={world.card}")
    for each in ("受理书面挂失", "书面挂失 <span", "第十二条第三项", ">holder</dd>", "0000 000 001"):
        assert each in page


def test_an_entry_names_nobody_whole(browser, world):
    from healthcard.services.people import residents

    person = residents.opened(world.holder)
    _write(action="resident.unmask", resident=world.holder, sealed={"name": person.name})
    page = _page(browser, f"/audit?resident={world.holder}")
    assert f'href="/residents/{world.holder}"' in page
    assert "仅为本人密封保存" in page
    assert person.name not in page
    assert person.document.number not in page


def test_that_an_auditor_looked_is_written_and_an_empty_form_is_not(browser, world):
    before = _looks()
    _page(browser, "/audit")
    assert _looks() == before
    _page(browser, f"/audit?card={world.card}")
    assert _looks() == before + 1


def test_what_is_typed_becomes_ids_in_the_address(browser, world):
    from healthcard.storage.models import Account, Card

    clerk = Account.objects.get(username="clerk").pk
    serial = Card.objects.get(pk=world.card).issue_serial
    typed = {
        "operator": "clerk",
        "card": f"{serial[:4]} {serial[4:]}",
        "action": "first_issue.accept",
        "since": "2026-01-02",
    }
    answer = _form(browser, **typed)
    assert (
        answer.headers["Location"]
        == f"/audit?card={world.card}&account={clerk}&action=first_issue.accept&since=2026-01-02"
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "请指定人员、卡、申请或操作员"),
        ({"action": "loss.accept"}, "请指定人员、卡、申请或操作员"),
        ({"operator": "nobody"}, "本辖区没有此操作员账号"),
        ({"card": "9999999999"}, "没有或不止一张卡有此发卡序列号"),
        ({"resident": "x"}, "请填写编号数字"),
    ],
)
def test_who_cannot_be_asked_for_is_refused_in_words(browser, typed, words):
    answer = _form(browser, **typed)
    assert answer.status_code == 409
    assert words in answer.content.decode()


@pytest.mark.parametrize("query", ["card=x", "card=" + "9" * 40, "card=1&after=x", "card=1&since=x", "card=1&action=A"])
def test_an_address_no_form_of_ours_makes_is_not_found(browser, query):
    assert browser("auditor").get(f"/audit?{query}").status_code == 404


def test_a_long_trail_goes_on_to_the_next_page(browser, world):
    for _ in range(51):
        _write(action="loss.accept", card=999_000)
    first = _page(browser, "/audit?card=999000")
    (older,) = re.findall(r'href="(/audit\?card=999000&amp;after=[0-9]+-[0-9]+)"', first)
    second = _page(browser, older.replace("&amp;", "&"))
    assert (first.count("<details>"), second.count("<details>")) == (50, 1)
    assert 'href="/audit?card=999000"' in second


def test_a_check_says_what_it_read_and_is_remembered(browser, world):
    client = browser("auditor")
    page = client.post("/audit/check").content.decode()
    assert re.search(r"共读取 \d+ 条记录", page)
    assert "上次核验" in client.get("/audit").content.decode()


def test_a_check_that_finds_something_says_where_in_words(browser, monkeypatch):
    from healthcard.services.trail import audit_search
    from healthcard.services.trail.auditing import Fault, Verdict

    wrong = Verdict(entries=9, faults=[Fault(chain=3, seq=7, what="its body is not what was hashed")])
    monkeypatch.setattr(audit_search, "verify", lambda _: wrong)
    page = browser("auditor").post("/audit/check").content.decode()
    assert "审计已被改动" in page
    assert "记录内容与散列值不符" in page


def test_without_the_key_service_nothing_is_said_to_be_whole(browser, monkeypatch):
    from healthcard.services.errors import KeyServiceGone
    from healthcard.services.trail import audit_search

    def gone(_):
        raise KeyServiceGone("/run/keys.sock", "gone")

    monkeypatch.setattr(audit_search, "verify", gone)
    page = browser("auditor").post("/audit/check").content.decode()
    assert "密钥服务没有应答" in page
    assert "共读取" not in page


def test_the_trail_needs_no_inline_style_and_its_template_asks_no_database(browser, world, monkeypatch):
    from django.db import connection
    from django.template import base

    def refuse(*_):
        raise AssertionError("a template asked the database")

    render = base.Template._render

    def guarded(template, context):
        with connection.execute_wrapper(refuse):
            return render(template, context)

    _write(action="loss.accept", card=world.card, rule="written_loss", article="12(3)")
    monkeypatch.setattr(base.Template, "_render", guarded)
    page = _page(browser, f"/audit?card={world.card}")
    assert "受理书面挂失" in page
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
