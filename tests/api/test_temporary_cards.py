"""Temporary cards at the API (第十二条第七项)."""

from __future__ import annotations

PERSON = {"presented": ["identity"], "identity": "document_and_face"}
WISH = {"phone": "13900000000", "temporary_reason": "住院"}
FIRST = {"phone": "13900000000", "entitlement": "1", "consent": True}


def test_one_is_asked_for_beside_an_open_application_for_a_new_card(caller, world):
    clerk, body = caller("clerk"), PERSON | {"resident": world.other}
    refused = clerk.post("/temporary-cards", body | {"form": WISH}, key="t1")
    assert (refused.status_code, refused.json()["rule"]) == (409, "new_card_asked")
    first = clerk.post("/first-issues", body | {"form": FIRST}, key="t2")
    assert first.status_code == 201, first.content
    taken = clerk.post("/temporary-cards", body | {"form": WISH}, key="t3")
    assert (taken.status_code, taken.json()["fee_fen"]) == (201, 0)
    again = clerk.post("/temporary-cards", body | {"form": WISH}, key="t4")
    assert (again.status_code, again.json()["rule"]) == (409, "none_open")


def test_somebody_who_has_none_returns_none_and_loses_none(caller, world):
    for what in ("return", "loss"):
        path = f"/residents/{world.other}/temporary-card/{what}"
        assert caller("clerk").post(path, PERSON, key=f"none-{what}").status_code == 404
        assert caller("auditor").post(path, PERSON, key=f"none-{what}").status_code == 403
