"""Reading a whole card: what is on it, what could not be read and why, what differs."""

from __future__ import annotations

import json

import card_maker
import pytest
from card_maker import CYCLIC, PHOTO, Card, MasterKeys, value

from healthcard.card.host.content import CardContent, FileStatus, as_json, covered, diff, rows
from healthcard.card.host.ports import CardAddress
from healthcard.card.host.reading import read_card
from healthcard.card.host.session import CardSession
from healthcard.card.wire.errors import CardGone
from healthcard.card.wire.layout import Structure

KEYS = MasterKeys()
ID_NUMBER = "320102199001012349"


def read(card: Card, keys: MasterKeys | None = KEYS) -> CardContent:
    session = CardSession(card.chip, card.layout, keys)
    answer = session.reset()
    if keys:
        session.learn_address(card.chip8)
    return read_card(session, answer)


def test_every_item_comes_back_as_it_was_written(card: Card) -> None:
    content = read(card)
    assert {file.status for file in content.files} == {FileStatus.OK}
    for file, _, field in content.fields():
        if file.file.structure is Structure.VARIABLE:
            assert field.raw == value(field.item)
    city, name = content.field(57), content.field(11)
    assert city is not None
    assert city.text == "320000"
    assert name is not None
    assert name.text == "11人1"
    assert content.answer == card.chip.reset()


def test_cyclic_records_photo_and_visits_are_there(card: Card) -> None:
    content = {file.file.path: file for file in read(card).files}
    if card.product != "bing":
        assert [record.number for record in content["DF02/EF07"].records] == list(range(1, CYCLIC + 1))
        assert content["DDF1/EF07"].records[0].fields[0].raw == PHOTO
    visits = [path for path in content if "/E" in path and path[5:7] in ("EE", "ED")]
    texts = [content[path].records[0].fields[0].text for path in visits]
    assert texts == [f"visit {path}" if path.endswith("01") else "" for path in visits]


def test_without_keys_the_free_file_is_read_and_the_others_say_what_they_need(card: Card) -> None:
    content = read(card, None)
    status = {file.file.path: (file.status, file.why) for file in content.files}
    assert status.pop("DDF1/EF05") == (FileStatus.OK, "")
    assert {state for state, _ in status.values()} == {FileStatus.REFUSED}
    assert all("connect the key service or a SAM" in why for _, why in status.values())


def test_a_card_that_refuses_our_keys_loses_one_try_of_each(card: Card) -> None:
    session = CardSession(card.chip, card.layout, MasterKeys(), CardAddress(chip=card.chip8, city=b"11000000"))
    session.reset()
    content = read_card(session)
    read_again = read_card(session)
    assert sum("63CE" in file.why and "not tried again" not in file.why for file in content.files) == 4
    assert all("not tried again" in file.why for file in read_again.files if file.status is FileStatus.REFUSED)


def test_a_blank_chip_has_no_file_at_all(product: str) -> None:
    content = read(card_maker.blank(product), None)
    assert content.is_blank
    assert {row["value"] for row in rows(content)} == {"absent"}


def test_a_half_made_card_shows_what_is_there(product: str) -> None:
    card = card_maker.blank(product)
    card.chip.reset()
    card_maker.open_for_making(card)
    script = list(card_maker.script(card, 1))
    for command in script[: len(script) // 2]:
        card_maker.must(card.chip, command)
    content = read(card)
    assert not content.is_blank
    assert {file.status for file in content.files} == {FileStatus.OK, FileStatus.ABSENT}


def test_a_locked_application_and_a_locked_card_are_told(card: Card) -> None:
    session = CardSession(card.chip, card.layout, MasterKeys())
    session.reset()
    session.learn_address(card.chip8)
    session.block_application("DF02", permanent=True)
    content = read_card(session)
    told = {file.file.path: file.why for file in content.files if file.status is not FileStatus.OK}
    assert all(path.startswith("DF02/") and "9303" in why for path, why in told.items())
    assert told
    session.block_card()
    assert all("6A81" in file.why for file in read_card(session).files)


def test_a_card_pulled_while_being_read_is_no_content(card: Card) -> None:
    class Pulled:
        def __init__(self) -> None:
            self.left = 40

        def reset(self) -> bytes:
            return card.chip.reset()

        def transmit(self, command: bytes) -> bytes:
            self.left -= 1
            if self.left < 0:
                raise CardGone("pulled")
            return card.chip.transmit(command)

    session = CardSession(Pulled(), card.layout, MasterKeys())
    session.reset()
    session.learn_address(card.chip8)
    with pytest.raises(CardGone):
        read_card(session)


# Showing


def with_number(card: Card) -> CardContent:
    """The card with a citizen number in items 8 and 15, and a telephone."""
    values = {8: ID_NUMBER, 15: ID_NUMBER, 27: "13800138000"}
    card = card_maker.blank(card.product)
    card.chip.reset()
    card_maker.open_for_making(card)
    for command in card_maker.script(card, 1):
        for no, text in values.items():
            item = card.layout.item(no)
            head = bytes([0, 0xDC, item.record or 0, 4, item.length + 2, item.tag or 0, item.length])
            if command.startswith(head):
                command = head + text.encode().ljust(item.length, b"\x00")
        card_maker.must(card.chip, command)
    return read(card)


def test_numbers_that_name_a_person_are_covered_unless_asked_for(card: Card) -> None:
    content = with_number(card)
    told = json.dumps([list(rows(content)), as_json(content), [str(d) for d in diff(content, read(card))]])
    for secret in (ID_NUMBER, ID_NUMBER.encode().hex().upper(), "13800138000", b"13800138000".hex().upper()):
        assert secret not in told
    assert "320*************49" in told
    opened = json.dumps([list(rows(content, open_numbers=True)), as_json(content, open_numbers=True)])
    assert ID_NUMBER in opened
    assert ID_NUMBER.encode().hex().upper() in opened
    assert "13800138000" in opened


@pytest.mark.parametrize(("text", "shown"), [("", ""), ("1234", "****"), ("12345", "*****"), ("12345678", "123***78")])
def test_what_is_too_short_to_be_covered_in_the_middle_is_covered_whole(text: str, shown: str) -> None:
    assert covered(text) == shown


def test_a_table_has_a_line_for_every_item_that_is_set(card: Card) -> None:
    lines = list(rows(read(card)))
    assert {"path", "record", "no", "zh", "en", "value"} == set(lines[0])
    assert any(line["zh"] == "姓名" and line["value"] == "11人1" for line in lines)
    photos = [line["value"] for line in lines if line["path"] == "DDF1/EF07"]
    assert photos == ([] if card.product == "bing" else ["1002 bytes"])
    assert not any(line["value"] == "" for line in lines)


def test_the_same_card_read_twice_shows_no_difference(card: Card) -> None:
    assert diff(read(card), read(card)) == ()


def test_two_persons_cards_differ_in_what_is_theirs(product: str) -> None:
    found = diff(read(card_maker.make(product, person=1)), read(card_maker.make(product, person=2)))
    places = {(difference.path, difference.item.no) for difference in found if difference.item}
    assert {("DDF1/EF06", 11), ("DDF1/EF06", 15), ("DF01/EF06", 27)} <= places
    assert ("DDF1/EF05", 57) not in places
    assert all(difference.before != difference.after for difference in found)


def test_a_file_only_one_card_lets_us_read_is_a_difference(card: Card) -> None:
    found = diff(read(card), read(card, None))
    assert ("DDF1/EF06", "ok", "refused") in {(d.path, d.before, d.after) for d in found if d.item is None}
