"""Every row of the life-cycle table happens where it may and is refused where it may not."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from healthcard.domain.lifecycle import (
    GUARDS,
    INITIAL,
    RULES,
    STEPS,
    Facts,
    TransitionRefused,
    Usability,
    applicable,
    apply,
    refusal,
    require,
    require_step,
    usable,
)
from healthcard.domain.lifecycle.rules import VALUES
from healthcard.domain.lifecycle.states import STATES, called

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
FACTS = tuple(VALUES)
ROWS = sorted(RULES)


def allowed(event: str) -> Facts:
    """Facts that `event` may follow: the first value the row allows of each fact, the first there is otherwise."""
    rule = RULES[event]
    chosen = {fact: min(rule.requires.get(fact, VALUES[fact]), key=VALUES[fact].index) for fact in FACTS}
    return Facts(**chosen, loss_until=NOW if chosen["loss"] == "oral" else None)


def certain(event: str) -> dict[str, object]:
    """A choice for every fact the row leaves a choice of."""
    return {fact: values[-1] for fact, values in RULES[event].sets.items()}


@pytest.mark.parametrize("event", ROWS)
def test_each_row_happens_and_leaves_what_it_says(event):
    before = allowed(event)
    for chosen in product(*RULES[event].sets.values()):
        changes = dict(zip(RULES[event].sets, chosen, strict=True))
        after = apply(before, event, changes)
        assert {fact: after.get(fact) for fact in changes} == changes
        untouched = {field.name for field in fields(Facts)} - set(changes) - set(RULES[event].carries)
        assert all(getattr(after, name) == getattr(before, name) for name in untouched)


@pytest.mark.parametrize("event", ROWS)
def test_each_row_is_refused_for_every_value_it_does_not_allow(event):
    rule, count = RULES[event], 0
    for fact in rule.requires:
        for value in VALUES[fact]:
            if value in rule.requires[fact]:
                continue
            count += 1
            with pytest.raises(TransitionRefused) as refused:
                apply(replace(allowed(event), **{fact: value}), event, certain(event))
            assert refused.value.rule == f"lifecycle.{event}"
            assert refused.value.guard.article == rule.article
            assert fact in refused.value.facts["is_now"]
    assert count, "a row that nothing stands against is no rule"


@pytest.mark.parametrize("event", ROWS)
def test_each_row_takes_no_other_choice_and_nothing_it_does_not_bring(event):
    for fact in RULES[event].sets:
        with pytest.raises(ValueError, match=f"does not leave {fact}"):
            apply(allowed(event), event, {**certain(event), fact: "somewhere else"})
    with pytest.raises(ValueError, match="does not bring colour"):
        apply(allowed(event), event, {**certain(event), "colour": "red"})


def test_a_choice_is_never_made_by_itself():
    open_choices = [event for event in ROWS if any(len(values) > 1 for values in RULES[event].sets.values())]
    assert {"given_up", "terminated", "replaced", "temporary_ended"} <= set(open_choices)
    for event in open_choices:
        with pytest.raises(ValueError, match="leaves a choice of"):
            apply(allowed(event), event)


def test_the_table_names_only_facts_values_and_guards_there_are():
    for rule in RULES.values():
        for column in (rule.requires, rule.sets):
            assert all(set(values) <= set(VALUES[fact]) for fact, values in column.items()), rule.name
        assert set(rule.guards) <= set(GUARDS), rule.name
        assert set(rule.carries) <= {"loss_until", "place_org", "valid_until"}, rule.name
        assert rule.zh, rule.name
        assert rule.en, rule.name
        assert rule.article, rule.name


def test_every_guard_has_words_for_the_refused_and_a_way_on():
    for guard in GUARDS.values():
        assert guard.zh, guard.name
        assert guard.en, guard.name
        assert guard.article, guard.name
        assert guard.advice_zh, guard.name
        assert guard.advice_en, guard.name
        with pytest.raises(TransitionRefused, match="·") as refused:
            require(guard.name, False)  # noqa: FBT003 - the condition itself
        assert refused.value.rule == guard.name
        require(guard.name, True)  # noqa: FBT003


def test_a_card_begins_as_the_table_says():
    assert all(INITIAL.get(fact) == values[0] for fact, values in VALUES.items())


def test_what_ended_stays_ended():
    """Art. 13: a terminated card is never used again; no row leaves ended or scrapped behind."""
    for rule in RULES.values():
        for life in ("ended", "scrapped"):
            if life in rule.requires.get("life", VALUES["life"]):
                assert rule.sets.get("life", (life,)) == (life,), rule.name
                assert not {"loss", "suspended", "pin_locked", "end_reason"} & set(rule.sets), rule.name


def test_no_row_but_its_own_makes_a_card_issued():
    assert [rule.name for rule in RULES.values() if "issued" in rule.sets.get("life", ())] == ["handed_over"]


def test_only_four_rows_take_a_loss_report_away():
    rows = {rule.name for rule in RULES.values() if "none" in rule.sets.get("loss", ())}
    assert rows == {"oral_lapsed", "oral_withdrawn", "loss_rejected", "unlossed"}
    written = {name for name in rows if "written" in RULES[name].requires["loss"]}
    assert written == {"loss_rejected", "unlossed"}


def test_what_may_happen_to_a_card_is_what_is_not_refused():
    for facts in (INITIAL, allowed("oral_loss"), allowed("destroyed")):
        assert {rule.name for rule in applicable(facts)} == {name for name in ROWS if refusal(facts, name) is None}
    assert "unlossed" in {rule.name for rule in applicable(replace(allowed("oral_loss"), loss="written"))}


def test_an_unknown_event_is_a_programmers_mistake():
    with pytest.raises(KeyError):
        apply(INITIAL, "reborn")
    with pytest.raises(KeyError):
        INITIAL.get("loss_until")


ISSUED = Facts(life="issued", place="holder", valid_until=date(2030, 1, 1))
DAY = date(2029, 1, 1)


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, Usability.USABLE),
        ({"pin_locked": True}, Usability.USABLE),
        ({"life": "planned"}, Usability.NOT_ISSUED),
        ({"life": "made"}, Usability.NOT_ISSUED),
        ({"life": "ended"}, Usability.ENDED),
        ({"life": "scrapped"}, Usability.ENDED),
        ({"loss": "written"}, Usability.LOST),
        ({"loss": "oral", "loss_until": NOW + timedelta(microseconds=1)}, Usability.LOST),
        ({"loss": "oral", "loss_until": NOW}, Usability.USABLE),
        ({"loss": "oral"}, Usability.LOST),
        ({"app_lock": "temporary"}, Usability.LOCKED),
        ({"app_lock": "permanent"}, Usability.LOCKED),
        ({"suspended": True}, Usability.SUSPENDED),
        ({"valid_until": DAY}, Usability.USABLE),
        ({"valid_until": DAY - timedelta(days=1)}, Usability.EXPIRED),
        ({"valid_until": None}, Usability.USABLE),
    ],
    ids=str,
)
def test_whether_a_card_is_usable_follows_from_its_facts(changes, answer):
    assert usable(replace(ISSUED, **changes), NOW, DAY) is answer


def test_an_application_goes_the_tables_ways_and_no_others():
    states = {"accepted", "approved", "making", "arrived", "completed", "rejected", "withdrawn", "lapsed"}
    assert set(STEPS) <= states
    for before, after in product(states, states):
        if after in STEPS.get(before, ()):
            require_step(before, after)
        else:
            with pytest.raises(TransitionRefused, match="申请不能从"):
                require_step(before, after)


def test_every_state_is_called_something_in_both_languages():
    known = {(fact, str(value).lower()) for fact, values in VALUES.items() if fact != "end_reason" for value in values}
    known |= {("application", state) for state in (*STEPS, *frozenset().union(*STEPS.values()))}
    assert set(STATES) == known
    for words in STATES.values():
        assert not words.zh.isascii()
        assert words.en
        assert words.en.isascii()


def test_a_refusal_tells_states_in_words():
    for event in ROWS:
        for fact, allowed_values in RULES[event].requires.items():
            for value in set(VALUES[fact]) - allowed_values:
                refused = refusal(replace(allowed(event), **{fact: value}), event)
                assert called(fact, value).zh in refused.guard.zh
                assert called(fact, value).en in refused.guard.en
                assert "=" not in str(refused)
