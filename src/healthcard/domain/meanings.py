"""What a coded item of a chip says, by the item's number: the code tables read from the chip's side."""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.domain import codes

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
FLAGS: Mapping[str, str] = {"00": "无", "01": "有"}
RH_NEGATIVE = "RH阴性："  # the table answers this question, the item's name does not ask it


def meaning(item: int, code: str) -> str:
    """The Chinese text of `code` (as an item's decoded text) in item number `item`; '' for other items and codes."""
    if item in _FLAGGED:
        return FLAGS.get(code, "")
    return _MEANINGS.get(ITEMS.get(item, ""), {}).get(code, "")


def _texts(table: str) -> dict[str, str]:
    """Chip code to text; where several rows share a chip code, the standard's own, which comes first."""
    asked = RH_NEGATIVE if table == "rh_negative" else ""
    return {row.chip: asked + row.zh for row in reversed(codes.codes(table)) if row.chip}


_MEANINGS = {table: _texts(table) for table in ITEMS.values()}
_FLAGGED = frozenset(int(row.chip) for row in codes.codes("alert")) - {55}  # 55 is the text of the other alert
