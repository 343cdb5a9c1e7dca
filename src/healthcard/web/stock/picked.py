"""Cards picked from a list: their ids, as a form posts them or an address names them."""

from __future__ import annotations

from collections.abc import Iterable

from healthcard.services.desk.stock import MOST
from healthcard.services.errors import Invalid

_DIGITS = 18  # of a card's id at most


def ids(texts: Iterable[str]) -> tuple[int, ...]:
    """The ids, each once; raises Invalid for none, for too many and for what is no id."""
    given = tuple(dict.fromkeys(texts))
    if not given or len(given) > MOST:
        raise Invalid("card", f"请选择 1 至 {MOST} 张卡", f"choose 1 to {MOST} cards")
    if not all(text.isascii() and text.isdigit() and len(text) <= _DIGITS for text in given):
        raise Invalid("card", "没有这张卡", "there is no such card")
    return tuple(map(int, given))
