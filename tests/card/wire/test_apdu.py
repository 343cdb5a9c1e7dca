"""APDUs, records and answers to reset, at their boundaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.card.wire import answer, tlv
from healthcard.card.wire.apdu import Command, Response
from healthcard.card.wire.errors import BadCommand, MalformedAnswer

BYTE = st.integers(0, 255)
COMMANDS = st.builds(
    Command,
    cla=BYTE,
    ins=BYTE,
    p1=BYTE,
    p2=BYTE,
    data=st.binary(max_size=255),
    le=st.none() | st.integers(1, 256),
)


@given(COMMANDS)
def test_every_command_survives_the_wire(command: Command) -> None:
    assert Command.parse(command.encode()) == command


@given(st.binary(max_size=300))
def test_any_bytes_are_a_command_that_encodes_back_or_are_refused(raw: bytes) -> None:
    try:
        command = Command.parse(raw)
    except BadCommand:
        return
    assert command.encode() == raw


@pytest.mark.parametrize(
    ("raw", "data", "le"),
    [
        ("00A40000", "", None),
        ("00D6000000", "", 256),
        ("00B0000080", "", 128),
        ("00A4000002DDF1", "DDF1", None),
        ("00A4000002DDF100", "DDF1", 256),
    ],
)
def test_the_four_cases_are_told_apart_by_length(raw: str, data: str, le: int | None) -> None:
    command = Command.parse(bytes.fromhex(raw))
    assert (command.data.hex().upper(), command.le) == (data, le)


@pytest.mark.parametrize("raw", ["", "00", "00A400", "00A4000003DDF1", "00A4000000000102", "00A4000002DDF10000"])
def test_bytes_whose_lengths_disagree_are_refused(raw: str) -> None:
    with pytest.raises(BadCommand):
        Command.parse(bytes.fromhex(raw))


@pytest.mark.parametrize("le", [0, 257])
def test_an_le_no_short_command_can_carry_is_refused(le: int) -> None:
    with pytest.raises(BadCommand, match="1 to 256"):
        Command(cla=0, ins=0xB0, le=le).encode()


def test_data_longer_than_a_short_command_is_refused() -> None:
    with pytest.raises(BadCommand, match="255"):
        Command(cla=0, ins=0xD6, data=bytes(256)).encode()


@pytest.mark.parametrize("raw", [b"", b"\x90"])
def test_an_answer_without_a_status_word_is_no_answer(raw: bytes) -> None:
    with pytest.raises(MalformedAnswer, match="status"):
        Response.parse(raw)


@given(st.binary(max_size=256), st.integers(0, 0xFFFF))
def test_every_response_survives_the_wire(data: bytes, sw: int) -> None:
    response = Response(data=data, sw=sw)
    assert Response.parse(response.encode()) == response


@given(st.lists(st.builds(tlv.Tlv, BYTE, st.binary(max_size=255)), max_size=5))
def test_records_one_after_the_other_come_back(records: list[tlv.Tlv]) -> None:
    assert tlv.parse_all(b"".join(record.encode() for record in records)) == tuple(records)


@pytest.mark.parametrize("raw", ["39", "3903", "39031300"])
def test_a_record_cut_short_is_refused(raw: str) -> None:
    with pytest.raises(MalformedAnswer, match="cut short"):
        tlv.parse(bytes.fromhex(raw))


def test_one_record_is_expected_where_one_is_read() -> None:
    with pytest.raises(MalformedAnswer, match="one record"):
        tlv.parse(bytes.fromhex("390101") * 2)


CHIP8 = bytes.fromhex("00F1860100000007")
CONTACT13 = bytes.fromhex("00F3") + b"B16" + bytes.fromhex("8602000000000007")


def test_a_contactless_card_shows_the_same_factor_as_ats_and_behind_a_reader() -> None:
    for raw in (answer.ats(CHIP8), answer.pcsc(CHIP8)):
        assert answer.parse(raw).chip8(answer.FactorRule.FRONT) == CHIP8


def test_front_and_rear_factor_differ_on_a_contact_card() -> None:
    parsed = answer.parse(answer.contact(CONTACT13))
    assert parsed.chip8(answer.FactorRule.FRONT) == CONTACT13[:8]
    assert parsed.chip8(answer.FactorRule.REAR) == CONTACT13[5:]


def test_the_check_byte_of_a_contactless_answer_is_checked() -> None:
    raw = answer.pcsc(CHIP8)
    with pytest.raises(MalformedAnswer, match="no health card"):
        answer.parse(raw[:-1] + bytes([raw[-1] ^ 1]))


@given(st.binary(min_size=1, max_size=40))
def test_any_other_answer_to_reset_is_named_and_refused(raw: bytes) -> None:
    with pytest.raises(MalformedAnswer, match=raw.hex().upper()):
        answer.parse(b"\x00" + raw)
