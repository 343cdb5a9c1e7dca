from __future__ import annotations

import pytest

from healthcard.domain.articles import cited
from healthcard.domain.evidence import REQUIREMENTS
from healthcard.domain.lifecycle import GUARDS, RULES
from healthcard.domain.rights import RIGHTS


@pytest.mark.parametrize(
    ("short", "zh", "en"),
    [
        ("11", "第十一条", "Art. 11"),
        ("12(3)", "第十二条第三项", "Art. 12(3)"),
        ("20", "第二十条", "Art. 20"),
        ("own 12(3)", "实务做法（参照第十二条第三项）", "practice, beside Art. 12(3)"),
        ("own", "实务做法", "practice"),
        ("第十二条第三项", "第十二条第三项", "Art. 12(3)"),
        (
            "个人信息保护法第四十四条、第五十五条",
            "个人信息保护法第四十四条、第五十五条",
            "Personal Information Protection Law, Art. 44, Art. 55",
        ),
        ("", "", ""),
    ],
)
def test_an_article_is_cited_in_words(short, zh, en):
    assert cited(short, chinese=True) == zh
    assert cited(short, chinese=False) == en


def test_every_article_of_the_table_can_be_cited():
    for each in (*RULES.values(), *GUARDS.values()):
        assert "条" in cited(each.article, chinese=True) or each.article == "own"
        assert cited(each.article, chinese=False).isascii()


def test_every_article_that_screens_cite_has_an_english_form():
    for each in (*RIGHTS.values(), *REQUIREMENTS):
        assert cited(each.article, chinese=False).isascii()
