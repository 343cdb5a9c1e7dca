"""Replacement at the API (第十二条第六项): the wish, the move of business data by card sessions, the receipt."""

from __future__ import annotations

import pytest
from card_desk import FACE, Pad, applied, asked, handed_over, read, reviewed, session, state

pytestmark = pytest.mark.xdist_group("line")
BACK = ("identity", "card")
WAIVED = {"waiver": "首次减免"}


@pytest.fixture
def issued(desk, made):
    """A card in its holder's hands: its id and its chip."""
    application, card, chip = made
    handed_over(application, chip)
    return card, chip


def test_a_damaged_card_is_replaced_with_its_data_moved_by_card_sessions(desk, issued, make):
    old, chip = issued
    wish = applied(desk, "/replacements", {"reason": "2"}, **WAIVED)
    assert (wish["old_card"], wish["frozen_at"]) == (old, None)
    application = wish["application"]["id"]
    early = asked("clerk", f"/replacements/{application}/order", status=(409,))
    assert early["rule"] == "application_approved"
    assert reviewed(application) == "approved"
    new, blank = make("/replacements", application)
    assert not read("clerk", f"/applications/{application}/transfer")["complete"]
    given = session("clerk", "read business data", chip, application=application)["receipt"]
    assert given["sources"][0]["source"] == "chip"
    moved = session("clerk", "move business data", blank, application=application)
    receipt = read("clerk", f"/applications/{application}/transfer")
    assert (moved["outcome"], moved["receipt"]["items"]) == ("finished", receipt["items"])
    assert (receipt["complete"], receipt["new_card"], receipt["sources"][0]["left"]) == (True, new, [])
    assert session("clerk", "set pin", blank, Pad("482913"), application=application, identity=FACE)["outcome"]
    done = handed_over(application, blank, BACK)
    assert [each["card"] for each in done["receipts"]] == [old]
    assert (state(old)["end_reason"], state(old)["reason"]) == ("replaced", "ended")
    assert state(new)["usable"]
    assert session("clerk", "lock returned", chip, card=old)["outcome"] == "finished"


def test_a_lost_card_is_declared_and_what_its_chip_held_is_named(desk, issued, make):
    old, _ = issued
    wish = applied(desk, "/replacements", {"reason": "1"}, **WAIVED)
    assert (wish["frozen_at"], state(old)["reason"]) == (wish["application"]["accepted_at"], "lost")
    application = wish["application"]["id"]
    reviewed(application)
    new, blank = make("/replacements", application)
    path = f"/applications/{application}/transfer/declaration"
    assert asked("clerk", path, {"card": new, "why": "丢失"}, status=(404,))
    assert asked("reviewer", path, {"card": old, "why": "丢失"}, status=(403,))
    receipt = asked("clerk", path, {"card": old, "why": "丢失"})
    assert {each["reason"] for each in receipt["sources"][0]["left"]} == {"lost"}
    assert handed_over(application, blank)["card"] == new
    told = [each["kind"] for each in read("clerk", f"/residents/{desk.person}/messages")]
    assert {"replacement.frozen", "replacement.not_transferable", "replacement.done"} <= set(told)
