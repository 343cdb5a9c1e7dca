"""Where a rule stands: the short form of the tables ("12(3)", "own 12(3)") as a clerk cites it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LAWS: Final[Mapping[str, str]] = {
    "个人信息保护法": "Personal Information Protection Law",
    "网络安全法": "Cybersecurity Law",
}
_SHORT = re.compile(r"(?P<own>own)? ?(?:(?P<article>[0-9]{1,2})(?:\((?P<item>[0-9]{1,2})\))?)?")
_FULL = re.compile(r"第(?P<article>[一二三四五六七八九十]+)条(?:第(?P<item>[一二三四五六七八九十]+)项)?")
_DIGITS = "零一二三四五六七八九"


def cited(article: str, *, chinese: bool) -> str:
    """An article of 居民健康卡生命周期管理办法 in words; "own" = practice that it does not mention.

    Other laws' articles stand in the tables in full, in Chinese.
    """
    short = _SHORT.fullmatch(article)
    if not article or short is None:
        return article if chinese else _in_english(article)
    place = _place(short["article"], short["item"], chinese=chinese)
    if not short["own"]:
        return place
    if chinese:
        return f"实务做法（参照{place}）" if place else "实务做法"
    return f"practice, beside {place}" if place else "practice"


def _in_english(article: str) -> str:
    for zh, en in LAWS.items():
        article = article.replace(zh, f"{en}, ")
    return _FULL.sub(_full_place, article).replace("、", ", ").replace("至", " to ")


def _full_place(full: re.Match[str]) -> str:
    return _place(*(str(_number(part)) if part else None for part in full.groups()), chinese=False)


def _place(article: str | None, item: str | None, *, chinese: bool) -> str:
    if article is None:
        return ""
    if not chinese:
        return f"Art. {article}({item})" if item else f"Art. {article}"
    return f"第{_numeral(int(article))}条" + (f"第{_numeral(int(item))}项" if item else "")


def _number(numeral: str) -> int:
    """A Chinese numeral below 100."""
    tens, ten, units = numeral.rpartition("十")
    return (10 * (_DIGITS.index(tens) if tens else 1) if ten else 0) + (_DIGITS.index(units) if units else 0)


def _numeral(number: int) -> str:
    """1..99 in Chinese."""
    tens, units = divmod(number, 10)
    if not tens:
        return _DIGITS[units]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[units] if units else "")
