"""The card image: a resident and an issue, encoded as the chip will hold them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perso_bench import FOREIGNER, ISSUE, RESIDENT

from healthcard.card.wire import items
from healthcard.card.wire.layout import Structure
from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination
from healthcard.perso import application, image
from healthcard.perso.errors import BadImage
from healthcard.perso.image import CardImage
from healthcard.perso.issue import security_code

FULL, SMALL = application.load("resident-full"), application.load("resident-small")


def built(resident: Resident, plan: application.Application = FULL) -> CardImage:
    return image.build(resident, ISSUE, plan)


def item(card: CardImage, no: int, record: int = 1) -> str | bytes:
    """The decoded item; `record` counts in cyclic files."""
    place = card.layout.item(no)
    held = card.file(place.file)
    if held.structure is Structure.VARIABLE:
        raw = held.records[(place.record or 1) - 1]
        assert raw[:2] == bytes([place.tag or 0, place.length])
        return items.decode(place.type, raw[2:])
    source = held.content or held.records[record - 1]
    start = place.offset or 0
    return items.decode(place.type, source[start : start + place.length])


def test_a_resident_s_data_stand_in_their_items() -> None:
    card = built(RESIDENT)
    expected = {
        1: "1", 2: "0002", 3: "试验省卫生厅", 4: "000000001", 6: "20260102", 7: "20360101", 9: ISSUE.security_code,
        10: "0000000042", 57: "320100", 8: "11010519491231002X", 15: "11010519491231002X", 37: "", 38: "",
        11: "买买提·艾力", 12: b"\x01", 13: "05", 14: "19491231", 16: "13800000001", 17: "02500000002",
        18: "3", 19: "5", 20: "", 21: "1", 22: "江苏省南京市试验区样本路1号", 23: "2", 25: "张三", 26: "1",
        27: "13900000003", 28: "", 29: "", 34: "70", 35: "20", 36: "5", 41: b"\x04", 42: "2", 43: b"\x01",
        44: b"\x00", 54: b"\x00", 55: "", 56: b"\x01", 58: "青霉素", 59: "皮疹", 60: "卡介苗", 61: "20010203",
    }  # fmt: skip
    assert {no: item(card, no) for no in expected} == expected
    assert item(card, 5) == bytes(range(180))


def test_the_first_entry_of_a_form_is_the_newest_record() -> None:
    card = built(RESIDENT)
    assert [item(card, 58, n) for n in (1, 2)] == ["青霉素", "花生"]
    assert [item(card, 61, n) for n in (1, 2, 3)] == ["20010203", "20020304", "20030405"]


def test_a_holder_without_citizen_number_is_known_by_the_document() -> None:
    card = built(FOREIGNER)
    assert (item(card, 8), item(card, 15)) == ("E12345678", "")
    assert (item(card, 37), item(card, 38)) == ("03", "E12345678")


def test_the_small_card_has_its_emptied_items_with_length_zero() -> None:
    card = built(RESIDENT, SMALL)
    records = card.file("DDF1/EF05").records
    assert records[4] == b"\x05\x00"
    assert len(records) == 10
    with pytest.raises(KeyError):
        card.file("DDF1/EF07")


def test_what_nobody_sets_at_issue_stays_as_the_chip_creates_it() -> None:
    card = built(RESIDENT)
    for path in ("DF03/EE01", "DF03/ED05"):
        assert set(card.file(path).content) == {0xFF}
    assert card.file("DF03/EF05").records == (b"\xff",) * 3


def test_the_photo_is_preceded_by_its_length() -> None:
    content = built(RESIDENT).file("DDF1/EF07").content
    size = len(RESIDENT.photo)
    assert content[:2] == size.to_bytes(2, "big")
    assert content[2 : 2 + size] == RESIDENT.photo
    assert set(content[2 + size :]) == {0xFF}
    assert built(FOREIGNER).file("DDF1/EF07").content[:4] == b"\x00\x00\xff\xff"


def test_characters_gbk_lacks_do_not_cost_the_card() -> None:
    person = replace(
        RESIDENT,
        name="𠮷田",
        chip_name="吉田",
        registered_address="南京市𠮷巷",
        contacts=(Contact(name="䶮•艾力", relation="1", phone="1"),),
    )
    card = built(person)
    assert (item(card, 11), item(card, 22), item(card, 25)) == ("吉田", "南京市〓巷", "〓·艾力")


def test_a_name_nobody_reviewed_is_refused_with_the_rule() -> None:
    with pytest.raises(BadImage, match=r"item 11 姓名.*芯片用名.*chip-name ID SPELLING"):
        built(replace(RESIDENT, name="𠮷田"))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"registered_address": "路" * 51}, "item 22"),
        ({"phones": ("1" * 21,)}, "item 16"),
        ({"allergies": (Allergy(substance="乳"),) * 4}, "DF02/EF07"),
        ({"vaccinations": (Vaccination(vaccine="苗", given=date(2001, 1, 1)),) * 11}, "DF02/EF08"),
        ({"photo": b"\xff" * 3073}, "item 385"),
        ({"document": Document(kind="03", number="X" * 19)}, "item 8"),
        ({"education": "42"}, "item 34"),
    ],
)
def test_what_does_not_fit_is_refused_without_its_value(change: dict[str, object], where: str) -> None:
    with pytest.raises(BadImage, match=where) as refused:
        built(replace(RESIDENT, **change))
    assert "路路" not in str(refused.value)
    assert "XXX" not in str(refused.value)


def test_an_image_shows_no_content() -> None:
    card = built(RESIDENT)
    assert "11010519491231002X" not in repr(card)
    assert RESIDENT.document.number.encode().hex() not in repr(card.files)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=2, max_size=6))
def test_each_image_depends_on_its_own_resident_alone(names: list[str]) -> None:
    people = [replace(RESIDENT, name=f"测试{name}") for name in names]
    batch = [built(person) for person in people]
    assert [one.digest for one in batch] == [built(person).digest for person in people]
    assert len({one.digest for one in batch}) == len(set(names))


def test_the_security_code_has_three_digits_and_tells_serials_apart() -> None:
    codes = {security_code("000000001", f"{n:010d}") for n in range(50)}
    assert all(len(code) == 3 and code.isdigit() for code in codes)
    assert len(codes) > 40
