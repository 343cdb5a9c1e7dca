"""Every rule of the collection form: the row that breaks it is named, and its neighbour is not."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcard.domain import form, roster, synthetic
from healthcard.domain.findings import RULES, Severity, veil
from healthcard.domain.identity import check_character
from healthcard.domain.resident import Allergy, Contact, Document, Vaccination

TODAY = date(2025, 6, 1)
GOOD = {
    "name": "测试甲",
    "sex": "女",
    "ethnic_group": "汉族",
    "birth_date": "19491231",
    "citizen_number": "11010519491231002X",
    "contact_name_1": "测试乙",
    "contact_relation_1": "配偶",
    "contact_phone_1": "15400000001",
}


def judge(**changes: str) -> roster.Row:
    return roster.judge(7, {**GOOD, **changes}, today=TODAY)


def rules(row: roster.Row) -> list[tuple[str, str]]:
    return [(finding.column, finding.rule) for finding in row.findings]


def test_a_good_row_becomes_a_resident():
    row = judge()
    assert row.number == 7
    assert row.findings == ()
    assert row.resident
    assert row.resident.document == Document(kind="01", number="11010519491231002X")
    assert row.resident.sex == "2"
    assert row.resident.ethnic_group == "01"
    assert row.resident.contacts == (Contact(name="测试乙", relation="1", phone="15400000001"),)


ERRORS = [
    ({"name": ""}, "姓名", "required"),
    ({"name": "  "}, "姓名", "required"),
    ({"sex": ""}, "性别", "required"),
    ({"ethnic_group": ""}, "民族", "required"),
    ({"birth_date": ""}, "出生日期", "required"),
    ({"name": "测试1"}, "姓名", "name_characters"),
    ({"name": "=cmd()"}, "姓名", "name_characters"),
    ({"name": "测" * 51}, "姓名", "text_length"),
    ({"name": "测\ufffd试"}, "姓名", "text_characters"),
    ({"name": "测\ue001试"}, "姓名", "text_characters"),
    ({"name": "测\u202e试"}, "姓名", "text_characters"),
    ({"name": "测\x07试"}, "姓名", "text_characters"),
    ({"chip_name": "𠮷"}, "芯片用名", "spelling_gbk"),
    ({"chip_name": "测" * 16}, "芯片用名", "text_bytes"),
    ({"sex": "3"}, "性别", "code_unknown"),
    ({"sex": "中"}, "性别", "code_unknown"),
    ({"ethnic_group": "2"}, "民族", "code_unknown"),
    ({"birth_date": "1949-13-01"}, "出生日期", "date_shape"),
    ({"birth_date": "19490230"}, "出生日期", "date_shape"),
    ({"birth_date": "491231"}, "出生日期", "date_shape"),
    ({"birth_date": "1949-1231"}, "出生日期", "date_shape"),
    ({"birth_date": "20250602"}, "出生日期", "date_range"),
    ({"birth_date": "18991231"}, "出生日期", "date_range"),
    ({"citizen_number": ""}, "居民身份证号码", "document_missing"),
    ({"citizen_number": "110105194912310021"}, "居民身份证号码", "number_check"),
    ({"citizen_number": "1.10105E+17"}, "居民身份证号码", "number_spoilt"),
    ({"document_number": "SYN0000001"}, "其他证件号码", "document_two"),
    ({"citizen_number": "", "document_number": "SYN0000001"}, "其他证件名称", "document_kind_missing"),
    ({"citizen_number": "", "document_kind": "护照"}, "其他证件号码", "number_missing"),
    (
        {"citizen_number": "", "document_kind": "火车票", "document_number": "SYN0000001"},
        "其他证件名称",
        "code_unknown",
    ),
    ({"citizen_number": "", "document_kind": "护照", "document_number": "S"}, "其他证件号码", "number_shape"),
    ({"ncms_card_no": "12-34"}, "新农合证卡号", "digits_shape"),
    ({"health_record_no": "1" * 18}, "健康档案编号", "digits_shape"),
    ({"phone_1": "手机"}, "本人电话", "phone_shape"),
    ({"phone_1": "1234"}, "本人电话", "phone_shape"),
    ({"phone_2": "1" * 21}, "本人电话2", "phone_shape"),
    ({"contact_phone_1": "1.54E+10"}, "联系人电话1", "phone_shape"),
    ({"contact_phone_1": ""}, "联系人姓名1", "contact_missing"),
    ({"contact_name_1": "", "contact_relation_1": "", "contact_phone_1": ""}, "联系人姓名1", "contact_missing"),
    ({"contact_name_1": "测" * 51}, "联系人姓名1", "text_length"),
    ({"contact_name_1": "=cmd()"}, "联系人姓名1", "text_formula"),
    ({"registered_address": "测" * 51}, "户籍地址", "text_bytes"),
    ({"registered_province": "测" * 30, "registered_village": "试" * 30}, "户籍地址", "text_bytes"),
    ({"residence_address": "=HYPERLINK(1)"}, "居住地址", "text_formula"),
    ({"residence_address": "@SUM(1)"}, "居住地址", "text_formula"),
    ({"payment_1": "1,2", "payment_2": "3", "payment_3": "4"}, "医疗费用支付方式1", "payment_many"),
    ({"payment_1": "9"}, "医疗费用支付方式1", "code_unknown"),
    ({"marital_status": "10"}, "婚姻状况", "code_unknown"),
    ({"education": "20"}, "文化程度", "code_unknown"),
    ({"abo": "C"}, "ABO血型", "code_unknown"),
    ({"rh_negative": "4"}, "RH阴性", "code_unknown"),
    ({"alerts": "1、14"}, "医学警示", "code_unknown"),
    ({"alerts": "99"}, "其他医学警示", "alert_text_missing"),
    ({"other_alert": "测" * 21}, "其他医学警示", "text_bytes"),
    ({"reaction_1": "皮疹"}, "过敏物质1", "allergy_substance_missing"),
    ({"allergy_3": "测" * 11}, "过敏物质3", "text_bytes"),
    ({"vaccine_1": "卡介苗"}, "免疫接种日期1", "vaccine_date_missing"),
    ({"vaccine_date_10": "20200101"}, "免疫接种名称10", "vaccine_name_missing"),
    ({"vaccine_2": "卡介苗", "vaccine_date_2": "昨天"}, "免疫接种日期2", "date_shape"),
]


@pytest.mark.parametrize(("changes", "column", "rule"), ERRORS)
def test_a_row_that_breaks_a_rule_stays_out_and_says_which(changes, column, rule):
    row = judge(**changes)
    assert row.resident is None
    assert (column, rule) in rules(row)
    assert RULES[rule].severity is Severity.ERROR


WARNINGS = [
    ({"birth_date": "19491230"}, "出生日期", "birth_differs"),
    ({"sex": "1"}, "性别", "sex_differs"),
    ({"name": "测𠮷"}, "姓名", "name_review"),
    ({"name": "阿卜杜热合曼·阿卜杜萨拉木·麦麦提吐尔逊"}, "姓名", "name_cut"),
    ({"contact_name_1": "测" * 16}, "联系人姓名1", "name_cut"),
    ({"contact_name_1": "测𠮷"}, "联系人姓名1", "text_gbk"),
    ({"registered_address": "㙍村"}, "户籍地址", "text_gbk"),
    ({"contact_relation_1": "街坊"}, "联系人关系1", "relation_other"),
    ({"contact_name_2": "测试丙"}, "联系人姓名2", "contact_incomplete"),
    ({"registered_village": "一村"}, "户籍地址省", "address_parts"),
    (
        {"citizen_number": "99010519491231002" + check_character("99010519491231002")},
        "居民身份证号码",
        "number_province",
    ),
]


@pytest.mark.parametrize(("changes", "column", "rule"), WARNINGS)
def test_what_only_needs_a_look_comes_in_with_a_warning(changes, column, rule):
    row = judge(**changes)
    assert row.resident
    assert rules(row) == [(column, rule)]
    assert RULES[rule].severity is Severity.WARNING


def test_every_rule_of_a_row_is_broken_by_a_test():
    told_elsewhere = {"row_width", "known", "number_characters", "number_date"}
    assert {rule for _, _, rule in ERRORS + WARNINGS} == set(RULES) - told_elsewhere


@pytest.mark.parametrize(
    "typed",
    ["19491231", "1949-12-31", "1949/12/31", "1949年12月31日", "1949.12.31", "１９４９１２３１", "1949/12/31 0:00"],
)
def test_a_day_is_read_in_every_usual_form(typed):
    row = judge(birth_date=typed)
    assert row.findings == ()
    assert row.resident
    assert row.resident.birth_date == date(1949, 12, 31)


@pytest.mark.parametrize(
    ("typed", "code"), [("2", "2"), ("是", "2"), ("阴性", "2"), ("否", "1"), ("阳性", "1"), ("不详", "3")]
)
def test_rh_is_read_as_the_form_asks_it(typed, code):
    row = judge(rh_negative=typed)
    assert row.resident
    assert row.resident.rh_negative == code


def test_address_parts_are_joined_and_a_repeated_part_is_written_once():
    row = judge(
        registered_province="示范市", registered_city="示范市", registered_county="柳溪区", registered_village="一村"
    )
    assert row.resident
    assert row.resident.registered_address == "示范市柳溪区一村"


def test_a_full_address_that_begins_with_its_parts_is_not_doubled():
    row = judge(residence_province="示范省", residence_address="示范省云海市一村")
    assert row.resident
    assert row.resident.residence_address == "示范省云海市一村"


def test_several_methods_of_payment_stand_in_one_cell_or_in_three():
    together, apart = judge(payment_1="1、职工医保，商保"), judge(payment_1="1", payment_3="5")
    assert together.resident
    assert apart.resident
    assert together.resident.payment_methods == apart.resident.payment_methods == ("1", "5")


def test_alerts_are_a_set_and_a_text_ticks_the_other_one():
    row = judge(alerts="哮喘,7 7", other_alert="左侧听力丧失")
    assert row.resident
    assert row.resident.alerts == {"1", "7", "99"}
    assert row.resident.other_alert == "左侧听力丧失"


def test_allergies_and_vaccines_keep_their_order():
    row = judge(allergy_1="青霉素", reaction_1="皮疹", allergy_3="花粉", vaccine_4="卡介苗", vaccine_date_4="19500101")
    assert row.resident
    assert row.resident.allergies == (Allergy(substance="青霉素", reaction="皮疹"), Allergy(substance="花粉"))
    assert row.resident.vaccinations == (Vaccination(vaccine="卡介苗", given=date(1950, 1, 1)),)


def test_a_rare_name_with_a_reviewed_spelling_has_no_finding():
    row = judge(name="测𠮷", chip_name="测吉")
    assert row.findings == ()
    assert row.resident
    assert (row.resident.name, row.resident.chip_name) == ("测𠮷", "测吉")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("测　试", "测试"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("JOHN  SPECIMEN", "JOHN SPECIMEN"),
        ("ＭＡＸ", "MAX"),
    ],
)
def test_a_name_loses_its_padding_and_keeps_its_letters(typed, name):
    row = judge(name=typed)
    assert row.resident
    assert row.resident.name == name


def test_a_telephone_number_keeps_area_code_and_extension():
    row = judge(phone_1="(010) 8888 0000转12")
    assert row.resident
    assert row.resident.phones == ("010-88880000-12",)


def test_no_finding_shows_a_whole_number_name_or_telephone():
    broken = judge(
        name="测试甲1", citizen_number="110105194912310021", phone_1="154000000012345678901", sex="11010519491231002X"
    )
    shown = " ".join(f"{finding.value} {finding.detail}" for finding in broken.findings)
    for secret in ("110105194912310021", "11010519491231002X", "154000000012345678901", "测试甲1"):
        assert secret not in shown
    assert len(broken.findings) == 4


@given(st.text(max_size=60))
def test_a_veiled_value_shows_no_run_of_digits_and_no_control_character(value):
    shown = veil(value)
    assert len(shown) <= 12
    assert shown.isprintable()


def test_a_row_read_by_headings_is_the_row_read_by_keys():
    headings = {form.COLUMNS[key].heading: value for key, value in GOOD.items()}
    assert roster.from_headings({**headings, "备注": "x"}) == GOOD


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_rule_says_what_is_wrong_and_what_to_do(language):
    for rule in RULES.values():
        sentence, advice = (rule.zh, rule.advice_zh) if language == "zh" else (rule.en, rule.advice_en)
        assert sentence
        assert advice


_CELLS = st.one_of(
    st.sampled_from(["", "1", "2", "99", "测试", "𠮷", "20200101", "=1", "护照", "SYN0000001", "11010519491231002X"]),
    st.text(max_size=25),
)
_ROWS = st.one_of(
    st.just(GOOD),
    st.dictionaries(st.sampled_from(list(form.COLUMNS)), _CELLS, max_size=12),
    st.dictionaries(st.sampled_from(list(form.COLUMNS)), _CELLS, max_size=3).map(lambda some: {**GOOD, **some}),
)


@settings(max_examples=300, deadline=None)
@given(_ROWS)
def test_a_row_is_either_a_resident_or_has_an_error(values):
    row = roster.judge(1, values, today=TODAY)
    assert (row.resident is None) == any(finding.is_error for finding in row.findings)


def test_synthetic_residents_come_back_from_their_form_rows():
    for person in synthetic.residents(500, seed=5, reviewed=False):
        row = roster.judge(1, roster.from_headings(synthetic.as_form_row(person)), today=TODAY)
        assert row.resident == replace(person, photo=b"")
        assert {finding.rule for finding in row.findings} <= {"name_review", "name_cut"}
