"""Every change of state reaches the holder, in words that show no whole number of anybody."""

import ast
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import lifecycle, messages
from healthcard.domain.messages import MESSAGES, MessageRefused, render

FACTS = {
    "name": "陈**",
    "card": "629*************12",
    "document": "S********1",
    "phone": "1*********1",
    "number": "20260302000000000001",
    "time": "2026-03-02T02:30:00+00:00",
    "until": "2026-03-12",
    "due": "2026-03-23",
    "place": "东明县窗口",
    "kind": "挂失",
    "receipt": "R20260302000000000001",
    "what": "联系电话",
    "reason": "核实未通过",
    "count": 3,
}
# before a card is anybody's in hand, the application tells him how it stands
NOT_TOLD = {"ordered", "made", "scrapped", "dispatched", "arrived", "rehomed"}


@pytest.mark.parametrize("event", sorted(set(lifecycle.RULES) - NOT_TOLD))
def test_every_event_of_a_card_in_life_has_a_message_for_its_holder(event):
    assert [message for message in MESSAGES.values() if event in message.events]


def test_messages_name_events_that_exist():
    assert {event for message in MESSAGES.values() for event in message.events} <= set(lifecycle.RULES) - NOT_TOLD


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_both_languages_have_the_same_known_places(message):
    named = {place for _, place, _, _ in string.Formatter().parse(message.en) if place}
    assert named == message.places <= messages.TOLD | messages.STANDING
    assert message.title("zh") != message.title("en")


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_message_is_told_whole(kind, language):
    told = render(kind, FACTS, language)
    assert "{" not in told
    assert all(str(FACTS[place]) in told for place in MESSAGES[kind].places - {"time", "until", "due"})


def test_a_loss_report_that_was_not_the_holders_does_not_go_unseen():
    told = render("loss.accepted", FACTS)
    assert "如非您本人挂失，请立即联系我们" in told
    assert "已于 2026-03-02 10:30 在东明县窗口挂失" in told  # the desk's time, not the server's
    assert all(MESSAGES[kind].urgent for kind in ("loss.oral", "loss.accepted", "loss.lifted", "card.terminated"))


def test_a_moment_may_come_as_text_or_as_such():
    moment = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    assert render("loss.accepted", FACTS | {"time": moment}) == render("loss.accepted", FACTS)
    assert "on 2026-03-02 10:30;" in render("loss.accepted", FACTS, "en")
    assert "by 2026-03-23" in render("card.making", {"due": date(2026, 3, 23)}, "en")
    assert "until soon" in render("temporary.extended", {"until": "soon"}, "en")


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"card": "629901198001010012"}, "masked"),
        ({"place": "窗口 15400000001"}, "clear"),
        ({"place": "62990119800101001X"}, "clear"),
        ({"pin": "1"}, "place pin"),
    ],
)
def test_what_is_not_masked_is_not_told(changed, word):
    with pytest.raises(MessageRefused, match=word) as refusal:
        messages.require("loss.accepted", FACTS | changed)
    assert not any(str(fact) in str(refusal.value) for fact in changed.values() if len(str(fact)) > 1)


def test_a_message_without_what_the_act_has_to_tell_is_refused_by_name():
    with pytest.raises(MessageRefused, match=r"loss\.rejected needs reason"):
        render("loss.rejected", {})
    with pytest.raises(MessageRefused, match="no message"):
        render("loss.forgotten", FACTS)


def test_what_the_record_does_not_know_is_a_dash():
    assert "挂失单号 —" in render("loss.accepted", {})


def told() -> Iterator[tuple[str, str, set[str]]]:
    """Every `tell(..., "kind", facts...)` of the program: place, kind, names of the facts."""
    root = Path(messages.__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "tell":
                kinds = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                if kinds and None not in {fact.arg for fact in call.keywords}:
                    yield f"{path.relative_to(root)}:{call.lineno}", kinds[0], {str(fact.arg) for fact in call.keywords}


@pytest.mark.parametrize(("where", "kind", "facts"), list(told()))
def test_every_act_tells_a_message_that_exists_and_all_it_has_to(where, kind, facts):
    assert kind in MESSAGES, where
    assert MESSAGES[kind].told <= facts <= messages.TOLD | messages.STANDING, where


@given(st.text(max_size=30))
def test_a_fact_is_never_read_as_a_place(text):
    if not any(char.isdigit() for char in text):
        assert render("loss.rejected", FACTS | {"reason": text + "{card}"}).count("{card}") == 1


def test_every_reason_a_card_ends_for_is_told_in_words():
    codes = {code for rule in lifecycle.RULES.values() for code in rule.sets.get("end_reason", ())}
    assert codes <= messages.END_REASONS.keys()
    told = render("card.terminated", {"place": "窗口", "card": "6*1", "time": "2026-03-02", "reason": "death"})
    assert "持卡人死亡" in told
    assert "death" not in told
