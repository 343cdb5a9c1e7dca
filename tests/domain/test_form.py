"""Headings are found however a county wrote them, and never guessed."""

import pytest

from healthcard.domain import form

NEEDED = [form.COLUMNS[key].heading for key in (*form.REQUIRED, "citizen_number")]


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("姓名", "name"),
        (" 姓 名 *", "name"),
        ("姓名（必填）", "name"),
        ("居民身份证号码", "citizen_number"),
        ("身份证号", "citizen_number"),
        ("新农合证(卡)号", "ncms_card_no"),
        ("出生日期(yyyymmdd)", "birth_date"),
        ("出生日期yyyymmdd", "birth_date"),
        ("联系人1-姓名", "contact_name_1"),
        ("联系人姓名２", "contact_name_2"),
        ("RH阴性", "rh_negative"),
        ("ＲＨ阴性", "rh_negative"),
        ("rh 阴性", "rh_negative"),
        ("户籍地址（省）", "registered_province"),
        ("免疫接种名称10", "vaccine_10"),
        ("备注", None),
        ("RH血型", None),
    ],
)
def test_a_heading_finds_its_column(heading, key):
    assert form.key_of(heading) == key


def test_a_heading_for_rh_that_does_not_ask_whether_negative_is_never_taken_for_ours():
    # under "RH血型" WS 364 writes 1 for negative: reading it as the form's 1 would turn a patient's blood group round
    assert form.key_of("RH血型代码") is None


def test_no_two_columns_go_by_one_heading():
    headings = [form.plain(heading) for column in form.COLUMNS.values() for heading in (column.heading, *column.also)]
    assert len(headings) == len(set(headings))


def test_arrangement_gives_each_cell_its_key_and_names_what_is_not_on_the_form():
    arranged = form.arrange([*NEEDED, "备注", ""])
    assert arranged.keys == (*form.REQUIRED, "citizen_number", "", "")
    assert arranged.unknown == ("备注",)


@pytest.mark.parametrize("gone", NEEDED)
def test_a_roster_without_a_mandatory_column_is_refused_by_name(gone):
    with pytest.raises(form.HeadingsRefused, match=gone) as refusal:
        form.arrange([heading for heading in NEEDED if heading != gone])
    assert refusal.value.rule == "columns_missing"


def test_two_columns_with_one_meaning_are_refused():
    with pytest.raises(form.HeadingsRefused, match="身份证号"):
        form.arrange([*NEEDED, "身份证号"])


def test_the_heading_row_is_told_from_a_title():
    assert form.is_heading_row(NEEDED)
    assert not form.is_heading_row(["居民健康卡基础数据采集表", "", ""])


def test_the_form_has_three_contacts_three_allergies_and_ten_vaccines():
    keys = list(form.COLUMNS)
    assert sum(key.startswith("contact_phone_") for key in keys) == form.CONTACTS == 3
    assert sum(key.startswith("allergy_") for key in keys) == form.ALLERGIES == 3
    assert sum(key.startswith("vaccine_date_") for key in keys) == form.VACCINES == 10
