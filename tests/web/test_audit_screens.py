"""What an auditor looks at: the life of a card."""

from __future__ import annotations

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


def test_a_card_leads_to_its_life(browser, world):
    assert f'href="/cards/{world.card}/life"' in _page(browser, f"/cards/{world.card}")
