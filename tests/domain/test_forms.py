"""The four forms of the Measures label for label, ours beside them, and what a filled one must hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import forms, lifecycle
from healthcard.domain.form_fields import Source, Type
from healthcard.domain.forms import FORMS, FormRefused
from healthcard.domain.parameters import PARAMETERS

TODAY = date(2026, 3, 2)

# what the four forms print, in their order
PRINTED = {
    "loss": (
        "附表 1",
        "居民健康卡挂失申请单",
        "姓名 申请日期 健康卡卡号 电话 居民身份证号码 其他证件 证件号码 挂失原因 审核",
    ),
    "unloss": (
        "附表 2",
        "居民健康卡解挂申请单",
        "姓名 申请日期 挂失日期 电话 健康卡卡号 居民身份证号码 其他证件 证件号码 挂失原因 解挂原因 审核",
    ),
    "unlock": (
        "附表 3",
        "居民健康卡解锁申请单",
        "姓名 申请日期 密码锁定日期 电话 健康卡卡号 居民身份证号码 其他证件 证件号码 密码锁定原因 审核",
    ),
    "replacement": (
        "附表 4",
        "居民健康卡补领申请单",
        "姓名 申请日期 原卡编号 电话 补领原因 居民身份证号码 其他证件 证件号码 变更条目 审核",
    ),
}
FILLED = {
    "loss": {"phone": "154 0000 0001", "loss_reason": "公交车上遗失"},
    "unloss": {"phone": "15400000001", "unloss_reason": "已找回"},
    "unlock": {"phone": "15400000001", "lock_date": "20260301", "lock_reason": "连续输错密码"},
    "replacement": {"phone": "15400000001", "reason": "2"},
    "first_issue": {"phone": "15400000001", "entitlement": "1", "consent": True},
    "temporary": {"phone": "15400000001", "temporary_reason": "住院"},
    "update": {"changes": [{"item": "phone", "old": "15400000001", "new": "15400000002", "reason": "换号"}]},
    "termination": {"phone": "15400000001", "reason": "1", "irrevocable": True},
    "return": {"irrevocable": True},
    "move": {"reason": "2", "residence_address": "示范省云海市东明县青石镇一村村委会"},
}


def problems(kind, values):
    with pytest.raises(FormRefused) as refusal:
        forms.validate(kind, values, today=TODAY)
    return {(found.field, found.rule) for found in refusal.value.problems}


@pytest.mark.parametrize("kind", PRINTED)
def test_a_form_of_the_measures_has_every_printed_label_in_its_order(kind):
    number, title, labels = PRINTED[kind]
    asked = forms.form(kind)
    assert (asked.number, asked.zh, asked.paper) == (number, title, True)
    printed = [field.zh for field in asked.fields if field.key != "reason_text"]  # the line after 4 其他
    assert printed == labels.split()


def test_the_replacement_form_has_its_four_reasons_and_the_columns_of_the_changed_items():
    asked = forms.form("replacement")
    assert [(choice.code, choice.zh) for choice in asked.field("reason").choices] == [
        ("1", "丢失"),
        ("2", "损坏"),
        ("3", "信息变更"),
        ("4", "其他"),
    ]
    assert [column.zh for column in asked.field("changes").columns] == ["条目名称", "原内容", "变更后内容", "变更原因"]


def test_answers_have_the_names_that_records_and_parameters_use():
    replaced, ended = forms.form("replacement").field("reason"), forms.form("termination").field("reason")
    assert [replaced.choice(code).name for code in "1234"] == ["lost", "damaged", "changed", "other"]
    assert {f"fee.{choice.name}" for choice in replaced.choices} <= set(PARAMETERS)
    assert {choice.name for choice in ended.choices} <= set(lifecycle.RULES["terminated"].sets["end_reason"])
    with pytest.raises(KeyError):
        replaced.choice("5")


def test_kinds_without_a_paper_form_are_marked_so():
    assert {kind for kind, asked in FORMS.items() if not asked.paper} == set(FORMS) - set(PRINTED)
    assert set(FORMS) == set(FILLED)
    assert all(not asked.number for asked in FORMS.values() if not asked.paper)


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_has_words_in_both_languages_and_an_article(kind):
    asked = forms.form(kind)
    assert all((asked.zh, asked.en, asked.article.startswith("第")))
    assert all(field.zh and field.en for field in asked.fields)


@pytest.mark.parametrize("kind", FORMS)
def test_day_and_review_are_written_by_the_act_and_identity_comes_from_the_record(kind):
    asked = forms.form(kind)
    assert {asked.field(key).source for key in ("application_date", "review")} == {Source.ACT}
    identity = ("name", "citizen_number", "document_kind", "document_number")
    assert {asked.field(key).source for key in identity} == {Source.RESIDENT}
    assert forms.form("unloss").field("loss_date").source is Source.LOSS_RECORD


@pytest.mark.parametrize("kind", FORMS)
def test_what_the_desk_enters_is_of_a_type_that_can_be_entered(kind):
    entered = {Type.TEXT, Type.DAY, Type.PHONE, Type.CHOICE, Type.FLAG, Type.ROWS}
    assert {field.type for field in forms.form(kind).entered} <= entered


@pytest.mark.parametrize("kind", FORMS)
def test_a_filled_form_is_accepted_and_normalised_again_to_the_same(kind):
    once = forms.validate(kind, FILLED[kind], today=TODAY)
    assert once
    assert forms.validate(kind, once, today=TODAY) == once


@pytest.mark.parametrize("kind", FORMS)
def test_an_empty_form_names_every_field_it_misses_at_once(kind):
    wanted = {(field.key, "missing") for field in forms.form(kind).entered if field.required}
    assert problems(kind, {}) == wanted


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("key", ["name", "application_date", "review"])
def test_what_the_record_or_the_act_knows_cannot_be_entered(kind, key):
    assert (key, "not_declared") in problems(kind, FILLED[kind] | {key: "张三"})


def test_phone_and_day_are_read_however_they_were_written():
    read = forms.validate("unlock", FILLED["unlock"] | {"phone": "１５４ ００００ ０００１"}, today=TODAY)
    assert read["phone"] == "15400000001"
    assert read["lock_date"] == "2026-03-01"


def test_the_day_the_pin_was_locked_may_be_left_to_the_cards_own_history():
    entered = {key: value for key, value in FILLED["unlock"].items() if key != "lock_date"}
    assert "lock_date" not in forms.validate("unlock", entered, today=TODAY)


def test_reason_four_needs_its_text_and_the_others_take_none():
    other = FILLED["replacement"] | {"reason": "4"}
    assert problems("replacement", other) == {("reason_text", "needed")}
    assert forms.validate("replacement", other | {"reason_text": "卡面褪色"}, today=TODAY)["reason_text"] == "卡面褪色"
    assert problems("replacement", FILLED["replacement"] | {"reason_text": "卡面褪色"}) == {
        ("reason_text", "not_wanted")
    }


def test_changed_information_needs_the_changed_items():
    changed = FILLED["replacement"] | {"reason": "3"}
    assert problems("replacement", changed) == {("changes", "needed")}
    row = {"item": "name", "old": "张三", "new": "张山", "reason": "改名"}
    assert forms.validate("replacement", changed | {"changes": [row, {}]}, today=TODAY)["changes"] == [row]


def test_a_damaged_card_may_be_replaced_with_changed_items_too():
    row = {"item": "phone", "old": "", "new": "15400000002", "reason": "换号"}
    assert forms.validate("replacement", FILLED["replacement"] | {"changes": [row]}, today=TODAY)["changes"] == [row]


@pytest.mark.parametrize(("reason", "wanted"), [("2", True), ("3", True), ("1", False)])
def test_death_and_emigration_want_their_day(reason, wanted):
    values = FILLED["termination"] | {"reason": reason}
    if wanted:
        assert problems("termination", values) == {("reason_date", "needed")}
    else:
        assert problems("termination", values | {"reason_date": "20260101"}) == {("reason_date", "not_wanted")}


@pytest.mark.parametrize("answer", [False, "false", "", 1, None])
def test_a_confirmation_is_never_given_by_default(answer):
    refused = problems("termination", FILLED["termination"] | {"irrevocable": answer})
    assert refused in ({("irrevocable", "not_ticked")}, {("irrevocable", "missing")})


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("lock_date", "2026-03-03", "future_day"),
        ("lock_date", "1899-12-31", "ancient_day"),
        ("lock_date", "昨天", "not_a_day"),
        ("lock_date", "20260230", "not_a_day"),
        ("phone", "无", "not_a_phone"),
        ("phone", 15400000001, "not_text"),
        ("lock_reason", "x" * 201, "too_long"),
        ("lock_reason", "a\x00b", "unreadable"),
        ("lock_reason", "a\u202eb", "unreadable"),
        ("colour", "red", "unknown_field"),
        ("pin", "123456", "unknown_field"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_rule(field, value, rule):
    assert (field, rule) in problems("unlock", FILLED["unlock"] | {field: value})


def test_a_choice_outside_the_form_is_refused_with_the_choices():
    with pytest.raises(FormRefused) as refusal:
        forms.validate("replacement", FILLED["replacement"] | {"reason": "5"}, today=TODAY)
    (found,) = refusal.value.problems
    assert found.rule == "not_a_choice"
    assert "1 丢失、2 损坏、3 信息变更、4 其他" in found.zh


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([{"item": "phone", "old": "1", "new": "", "reason": "x"}], "row_missing"),
        ([{"item": "phone", "old": "1", "new": "1", "reason": "x"}], "row_same"),
        ([{"item": "phone", "old": "1", "new": n, "reason": "x"} for n in "23"], "row_twice"),
        ([{"item": "p" * 41, "old": "1", "new": "2", "reason": "x"}], "too_long"),
        ([{"item": "phone", "old": "1", "new": "2\x00", "reason": "x"}], "unreadable"),
        ([{}] * 21, "many_rows"),
        ("phone", "not_rows"),
        (["phone"], "not_rows"),
        ([], "missing"),
        ([{}], "missing"),
    ],
)
def test_wrong_rows_are_refused_by_their_rule(rows, rule):
    assert ("changes", rule) in problems("update", {"changes": rows})


def test_a_refusal_has_words_and_advice_and_repeats_nothing_that_was_entered():
    with pytest.raises(FormRefused) as refusal:
        forms.validate("loss", {"phone": "154-secret", "110105194912310021": "张三丰"}, today=TODAY)
    assert all((found.zh and found.en and found.advice_zh and found.advice_en) for found in refusal.value.problems)
    said = str(refusal.value) + repr(refusal.value.problems)
    assert not any(text in said for text in ("secret", "110105194912310021", "张三丰"))


def test_a_filled_form_is_printed_label_by_label():
    values = {"name": "张三", "reason": "4", "reason_text": "卡面褪色", "phone": "15400000001"}
    values["changes"] = [{"item": "phone", "old": "", "new": "15400000002", "reason": "换号"}]
    printed = forms.lines("replacement", values)
    assert printed[0] == ("姓名", "张三")
    assert ("补领原因", "4 其他") in printed
    assert ("变更条目", "条目名称：phone；原内容：；变更后内容：15400000002；变更原因：换号") in printed
    assert printed[-1] == ("审核", "")
    assert ("已知悉终止后不能以任何方式重新启用", "是") in forms.lines("return", {"irrevocable": True})


def test_an_unknown_kind_or_field_is_an_error_of_the_program():
    with pytest.raises(KeyError):
        forms.form("holiday")
    with pytest.raises(KeyError):
        forms.form("loss").field("pin")


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted(FORMS)),
    st.dictionaries(
        st.one_of(st.sampled_from(["phone", "reason", "changes", "consent", "lock_date"]), st.text(max_size=6)),
        ANYTHING,
    ),
)
def test_whatever_is_sent_ends_in_a_form_or_in_problems(kind, values):
    try:
        read = forms.validate(kind, values, today=TODAY)
    except FormRefused as refusal:
        said = {found.rule for found in refusal.problems}
    else:
        said = {field.key for field in forms.form(kind).entered if field.required} - set(read)
        assert not said
        return
    assert said <= set(forms.RULES)
    assert said
