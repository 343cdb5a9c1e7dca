"""A lying card: any of the 65,536 status words at any step of reading, authenticating or updating is no success."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from host_doubles import ADDRESS, FULL, OK, FakeKeys, WillingCard

from healthcard.card.host.content import FileStatus
from healthcard.card.host.pin import PinOk
from healthcard.card.host.reading import read_file
from healthcard.card.host.session import Access, CardSession
from healthcard.card.wire.errors import CardError

SEED = 20140306
MORE, AGAIN = 0x61, 0x6C  # these two ask for one more round, which the card then answers truthfully


def read(session: CardSession) -> None:
    session.open("DDF1/EF08")
    session.read_tlv("DDF1/EF08", 1)


def read_transparent(session: CardSession) -> None:
    session.read_binary("DDF1/EF07", 0, 130)


def authenticate(session: CardSession) -> None:
    session.external_authenticate("UK1_DF03")


def update(session: CardSession) -> None:
    session.open("DF01/EF05", Access.UPDATE)
    session.update_record("DF01/EF05", 1, b"\x15\x01\x01")


def mark(session: CardSession) -> None:
    session.mark_valid("DF03/EF05", 1)


def block(session: CardSession) -> None:
    session.block_application("DF03")


def show_pin(session: CardSession) -> None:
    if session.verify_pin("123456") != PinOk():
        raise CardError("an outcome that is no success")


ACTS: list[Callable[[CardSession], None]] = [
    read,
    read_transparent,
    authenticate,
    update,
    mark,
    block,
    show_pin,
]


def steps_of(act: Callable[[CardSession], None]) -> int:
    card = WillingCard()
    act(opened(card))
    return card.count


def opened(card: WillingCard) -> CardSession:
    session = CardSession(card, FULL, FakeKeys(), ADDRESS)
    session.reset()
    return session


def taken_for_success(act: Callable[[CardSession], None], step: int, answer: bytes) -> bool:
    card = WillingCard(lambda n, truth: answer if n == step else truth)
    try:
        act(opened(card))
    except CardError:
        return False
    return True


def test_no_status_word_but_9000_is_taken_for_success_at_any_step() -> None:
    dice = random.Random(SEED)
    lengths = [(act, steps_of(act)) for act in ACTS]
    believed = []
    for word in range(0x10000):
        act, steps = dice.choice(lengths)
        step = dice.randint(1, steps)
        if word != 0x9000 and word >> 8 not in (MORE, AGAIN) and taken_for_success(act, step, word.to_bytes(2, "big")):
            believed.append((act.__name__, step, f"{word:04X}"))
    assert believed == []


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("answer", [b"", b"\x90", b"\x61", bytes.fromhex("6A82"), bytes(8) + bytes.fromhex("6282")])
def test_no_broken_answer_is_taken_for_success_at_any_step(act: Callable[[CardSession], None], answer: bytes) -> None:
    for step in range(1, steps_of(act) + 1):
        assert not taken_for_success(act, step, answer), step


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("sw1", [MORE, AGAIN])
def test_one_more_round_is_success_only_if_the_card_then_says_9000(
    act: Callable[[CardSession], None], sw1: int
) -> None:
    for step in range(1, steps_of(act) + 1):
        for sw2 in (0x00, 0x01, 0x08, 0x10, 0x80, 0xFF):
            for then in (b"\x69\x85", b"\x6f\x00", b"", b"\x62\x82"):
                answers = {step: bytes([sw1, sw2]), step + 1: then}
                card = WillingCard(lambda n, truth, answers=answers: answers.get(n, truth))
                with pytest.raises(CardError):
                    act(opened(card))


def test_a_file_is_read_only_when_every_step_said_so() -> None:
    """Reading a file never raises for a refusal: it says `ok` only when all its commands were answered 9000."""
    path = FULL.file("DDF1/EF08")
    for word in range(0, 0x10000, 7):
        if word == 0x9000 or word >> 8 in (MORE, AGAIN):
            continue
        card = WillingCard(lambda n, truth, word=word: word.to_bytes(2, "big") if n == 7 else truth)
        content = read_file(opened(card), path)
        absent_record = word == 0x6A83 and all(field.raw is None for field in content.records[0].fields[2:3])
        assert content.status is not FileStatus.OK or absent_record, f"{word:04X}"


def test_9000_without_the_data_asked_for_is_no_success() -> None:
    for act in (read, read_transparent, authenticate, update):
        steps = [n for n in range(1, steps_of(act) + 1) if taken_for_success(act, n, OK)]
        card = WillingCard()
        act(opened(card))
        assert all(len(card.commands[n - 1]) > 5 for n in steps), act.__name__  # only orders, never questions
