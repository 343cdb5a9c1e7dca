"""What a coded item of a chip says, by the item's number: the code tables read from the chip's side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from healthcard.domain import codes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    zh: str
    en: str


ITEMS: Mapping[int, str] = {
    12: "sex",
    13: "ethnic_group",
    **dict.fromkeys((18, 19, 20), "payment_method"),
    **dict.fromkeys((21, 23), "address_kind"),
    **dict.fromkeys((26, 29, 32), "relation"),
    34: "education",
    35: "marital_status",
    36: "occupation",
    37: "document_kind",
    41: "abo",
    42: "rh_negative",
}
_NOTHING = _Text(zh="", en="")
FLAGS: Mapping[str, _Text] = {"00": _Text(zh="无", en="no"), "01": _Text(zh="有", en="yes")}
RH_NEGATIVE = _Text(zh="RH阴性：", en="")  # the Chinese table answers this question, the item's name does not ask it


def meaning(item: int, code: str) -> str:
    """The Chinese text of `code` (as an item's decoded text) in item number `item`; '' for other items and codes."""
    return _told(item, code).zh


def meaning_en(item: int, code: str) -> str:
    """The same in English."""
    return _told(item, code).en


def _told(item: int, code: str) -> _Text:
    table = FLAGS if item in _FLAGGED else _MEANINGS.get(ITEMS.get(item, ""), {})
    return table.get(code, _NOTHING)


def _texts(table: str) -> dict[str, _Text]:
    """Chip code to text; where several rows share a chip code, the standard's own, which comes first."""
    asked = RH_NEGATIVE if table == "rh_negative" else _NOTHING
    known = (row for row in reversed(codes.codes(table)) if row.chip)
    return {row.chip: _Text(zh=asked.zh + row.zh, en=asked.en + row.en) for row in known}


_MEANINGS = {table: _texts(table) for table in ITEMS.values()}
_FLAGGED = frozenset(int(row.chip) for row in codes.codes("alert")) - {55}  # 55 is the text of the other alert
