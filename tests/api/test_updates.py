"""Data on a card changed, asked for at the API (第十二条第六项)."""

from __future__ import annotations

import pytest


def _body(world, item, new):
    row = {"item": item, "old": "", "new": new, "reason": "变更"}
    return {
        "resident": world.holder,
        "card": world.card,
        "presented": ["identity", "card"],
        "identity": "document_and_face",
        "form": {"changes": [row]},
    }


@pytest.mark.parametrize(
    ("item", "new", "status", "rule"),
    [
        ("姓名", "某某", 409, "takes_new_card"),
        ("本人电话", "13911112222", 409, "lifecycle.data_updated"),  # the card of this world was not handed over
        ("星座", "白羊", 422, ""),
    ],
)
def test_what_cannot_be_written_is_refused_by_its_rule(caller, world, item, new, status, rule):
    answer = caller("clerk").post("/updates", _body(world, item, new), key=f"update-{status}-{rule}-{len(new)}")
    assert (answer.status_code, answer.json().get("rule", "")) == (status, rule)


def test_who_takes_no_applications_is_refused(caller, world):
    assert caller("auditor").post("/updates", _body(world, "本人电话", "1"), key="nobody").status_code == 403
