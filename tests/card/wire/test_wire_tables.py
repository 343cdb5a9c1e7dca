"""The tables of the card: encodings, layouts, keys, status words, assumed facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.card.wire import facts, items, layout, status
from healthcard.card.wire.layout import FREE, NEVER, Structure

LAYOUTS = [layout.load("full"), layout.load("small")]


@pytest.mark.parametrize(
    ("kind", "length", "value", "stored"),
    [
        ("ans", 4, "张", "D5C50000"),
        ("ans", 4, "", "00000000"),
        ("cn", 3, "210000", "210000"),
        ("cn", 3, "21", "21FFFF"),
        ("cn", 2, "123", "123F"),
        ("cn", 2, "", "FFFF"),
        ("b", 1, b"\x01", "01"),
        ("b", 1, b"", "FF"),
    ],
)
def test_items_are_stored_as_the_specification_says(kind: str, length: int, value: str | bytes, stored: str) -> None:
    assert items.encode(kind, length, value).hex().upper() == stored
    assert items.decode(kind, bytes.fromhex(stored)) == value


@given(st.text("0123456789", max_size=10))
def test_digits_come_back_from_the_chip(digits: str) -> None:
    assert items.decode("cn", items.encode("cn", 5, digits)) == digits


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [("ans", "𠮷", "GBK has no"), ("ans", "很长的名字", "needs 10 bytes"), ("cn", "12X", "digits only")],
)
def test_a_value_the_item_cannot_hold_is_refused_with_the_reason(kind: str, value: str, why: str) -> None:
    with pytest.raises(items.ItemError, match=why):
        items.encode(kind, 4, value)


def test_the_full_card_holds_the_385_items_of_the_specification() -> None:
    full = LAYOUTS[0]
    numbers = {item.no for file in full.files for item in file.items}
    assert numbers == set(range(1, 386))


@pytest.mark.parametrize("card", LAYOUTS, ids=lambda card: card.name)
def test_a_layout_fits_its_chip(card: layout.Layout) -> None:
    assert sum(file.size for file in card.files) < card.capacity


@pytest.mark.parametrize("card", LAYOUTS, ids=lambda card: card.name)
def test_every_key_a_file_names_lives_in_its_directory_or_its_parent(card: layout.Layout) -> None:
    for file in card.files:
        for name in {file.read, file.update, file.erase, file.maintain} - {FREE, NEVER, None}:
            assert card.key(name).directory == file.directory, (file.path, name)


@pytest.mark.parametrize("card", LAYOUTS, ids=lambda card: card.name)
def test_items_of_a_transparent_or_record_file_lie_side_by_side(card: layout.Layout) -> None:
    for file in card.files:
        if file.structure is Structure.VARIABLE:
            assert [item.record for item in file.items] == list(range(1, file.records + 1)), file.path
            continue
        end = 0
        for item in file.items:
            if item.length:
                assert item.offset == end, (file.path, item.no)
                end += item.length


@pytest.mark.parametrize(
    ("path", "size"), [("DDF1/EF07", 3074), ("DF03/EE02", 1893), ("DF03/ED05", 3267), ("DF02/EF07", 360)]
)
def test_the_sizes_of_the_full_card_are_the_specified_ones(path: str, size: int) -> None:
    assert LAYOUTS[0].file(path).size == size


def test_there_are_21_keys_and_no_two_share_a_reference_or_a_sam_id() -> None:
    keys = LAYOUTS[0].keys
    assert len(keys) == 21
    assert len({(key.directory, key.kid) for key in keys}) == 21
    assert len({key.sam for key in keys}) == 21


def test_asking_a_layout_for_what_it_lacks_is_an_error() -> None:
    small = LAYOUTS[1]
    for ask in (lambda: small.file("DDF1/EF07"), lambda: small.key("UK9"), lambda: small.item(385)):
        with pytest.raises(KeyError):
            ask()


def test_a_status_word_means_what_its_command_says_before_what_all_say() -> None:
    assert "city factor" in status.meaning(0x63CE, 0x82)
    assert "old PIN" in status.meaning(0x63C2, 0x5E)
    assert status.meaning(0x6A83) == "record not found"
    assert "no table knows" in status.meaning(0x1234)


def test_only_9000_is_success_and_only_61_and_6c_ask_for_more() -> None:
    words = range(0x10000)
    assert [sw for sw in words if sw == status.OK] == [0x9000]
    assert all(sw >> 8 == 0x61 for sw in words if status.is_more(sw))
    assert all(sw >> 8 == 0x6C for sw in words if status.is_wrong_le(sw))
    assert [status.tries_left(sw) for sw in (0x63C0, 0x63CF, 0x6300, 0x9000)] == [0, 15, None, None]


def test_an_unknown_line_in_the_table_of_facts_stops_the_start() -> None:
    with pytest.raises(KeyError):
        facts.load("[crypto]\n")
