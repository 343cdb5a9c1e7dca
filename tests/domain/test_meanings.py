"""What a chip's codes say: the same tables the chip was written by, read backwards."""

import re
from importlib.resources import files

import pytest

from healthcard.domain import codes
from healthcard.domain.meanings import ITEMS, meaning, meaning_en

CODED = re.compile(r'^(\d+) = "code (\w+) ', re.MULTILINE)


def test_items_have_the_tables_they_are_written_by():
    plan = files("healthcard.perso").joinpath("applications/resident-full.toml").read_text("utf-8")
    written = {int(no): table for no, table in CODED.findall(plan)}
    assert written == {no: table for no, table in ITEMS.items() if table != "address_kind"}


@pytest.mark.parametrize(
    ("item", "code", "text"),
    [
        (12, "02", "女性"),
        (13, "05", "维吾尔族"),
        (18, "3", "新型农村合作医疗"),
        (21, "1", "户籍地址"),
        (26, "52", "母亲"),
        (34, "70", "初中"),
        (35, "30", "丧偶"),
        (36, "Y", "不便分类的其他从业人员"),
        (37, "99", "其他法定有效证件"),
        (41, "03", "O型"),
        (42, "1", "RH阴性：否"),
        (42, "2", "RH阴性：是"),
        (43, "01", "有"),
        (56, "00", "无"),
    ],
)
def test_a_code_says_what_its_table_says(item, code, text):
    assert meaning(item, code) == text


def test_the_same_is_said_in_english():
    told = [meaning_en(12, "02"), meaning_en(26, "52"), meaning_en(42, "1"), meaning_en(43, "01"), meaning_en(11, "01")]
    assert told == ["female", "mother", "not negative (Rh positive)", "yes", ""]


@pytest.mark.parametrize(
    ("item", "code"), [(12, ""), (12, "07"), (37, ""), (43, "7F"), (11, "01"), (55, "01"), (999, "1")]
)
def test_what_no_table_knows_has_no_meaning(item, code):
    assert meaning(item, code) == ""


@pytest.mark.parametrize("item", ITEMS)
def test_every_chip_code_of_an_item_has_a_meaning(item):
    assert all(meaning(item, row.chip) and meaning_en(item, row.chip) for row in codes.codes(ITEMS[item]) if row.chip)
