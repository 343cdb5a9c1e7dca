"""Proof of presence: a chip answers a question of ours, once, soon, for its own card and the machine that asked."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest

from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.purposes import Purpose


@pytest.fixture
def issued(shop, order, blank, console):
    """Cards in their holders' hands, with their chips: make(product, n) -> (row, chip)."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.workshop import making
    from healthcard.storage.models import Card

    with ExitStack() as stack:

        def make(product="jia", n=0):
            card, serial = order(n)
            chip = stack.enter_context(blank(product, serial, n + 1))
            making.personalise(console, card, chip, shop)
            with act(console, Permission.DESK_ACT, "test.life") as now:
                now.event(card, "arrived", place_org=console.organisation)
                now.event(card, "handed_over", place_org=None)
            return Card.objects.get(pk=card), chip

        yield make


def key(card):
    from healthcard.services.institutions.status import Key

    return Key(card.issuer_code, card.issue_serial)


def answered(question, chip):
    """What a terminal does: the commands in order, the last answer without its status word."""
    from healthcard.card.host.channel import Channel
    from healthcard.card.wire.apdu import Command

    channel = Channel(chip)
    chip.reset()
    answers = [channel.expect(Command.parse(bytes.fromhex(command))) for command in question.commands]
    return answers[-1].data


def shown(question, answer):
    from healthcard.services.institutions.presence import Presence

    return Presence(challenge=bytes.fromhex(question.challenge), answer=answer)


def verify(actor, card, proof):
    from healthcard.services.institutions import verification

    return verification.verify(actor, key(card), Purpose.TREATMENT, "registration", proof)


@pytest.mark.parametrize("product", ["jia", "yi", "bing"])
def test_a_chip_that_answers_is_there(hospital, issued, product):
    from healthcard.services.institutions import presence
    from healthcard.storage.models import Verification

    card, chip = issued(product)
    question = presence.ask(hospital, key(card))
    told = verify(hospital, card, shown(question, answered(question, chip)))
    assert (told.usable, told.present) == (True, True)
    row = Verification.objects.get()
    assert (row.present, bytes(row.nonce).hex()) == (True, question.challenge)


def test_an_answer_is_good_once(hospital, issued):
    from healthcard.services.institutions import presence
    from healthcard.storage.models import Verification

    card, chip = issued()
    question = presence.ask(hospital, key(card))
    proof = shown(question, answered(question, chip))
    verify(hospital, card, proof)
    with pytest.raises(TransitionRefused) as refused:
        verify(hospital, card, proof)
    assert refused.value.rule == "challenge_stands"
    assert Verification.objects.count() == 1


def test_a_wrong_answer_is_kept_as_such_and_uses_the_question_up(hospital, issued):
    from healthcard.services.institutions import presence

    card, chip = issued()
    question = presence.ask(hospital, key(card))
    right = answered(question, chip)
    assert verify(hospital, card, shown(question, bytes(8))).present is False
    with pytest.raises(TransitionRefused):
        verify(hospital, card, shown(question, right))


def test_another_cards_chip_does_not_stand_for_it(hospital, issued):
    from healthcard.services.institutions import presence

    card, _ = issued(n=0)
    _, other = issued(n=1)
    question = presence.ask(hospital, key(card))
    assert verify(hospital, card, shown(question, answered(question, other))).present is False


def test_a_question_is_for_one_card_and_one_machine(hospital, institution, issued):
    from healthcard.services.institutions import presence
    from healthcard.storage.models import Verification

    (card, chip), (other, _) = issued(n=0), issued(n=1)
    question = presence.ask(hospital, key(card))
    proof = shown(question, answered(question, chip))
    for actor, about in ((institution(2), card), (hospital, other)):
        with pytest.raises(TransitionRefused):
            verify(actor, about, proof)
    assert not Verification.objects.exists()


def test_a_question_nobody_asked_and_one_that_is_too_old_do_not_stand(hospital, issued):
    from django.utils import timezone

    from healthcard.services.institutions import presence
    from healthcard.services.institutions.presence import Presence
    from healthcard.storage.models import Challenge

    card, _ = issued()
    old = timezone.now() - presence.LIFE - timedelta(seconds=1)
    Challenge.objects.create(
        nonce=bytes(16), credential_id=hospital.credential, organisation_id=hospital.organisation, card=card, at=old
    )
    for nonce in (bytes(16), bytes(range(16))):
        with pytest.raises(TransitionRefused) as refused:
            verify(hospital, card, Presence(challenge=nonce, answer=bytes(8)))
        assert refused.value.rule == "challenge_stands"


def test_two_questions_are_never_the_same(hospital, issued):
    from healthcard.services.institutions import presence

    card, _ = issued()
    assert len({presence.ask(hospital, key(card)).challenge for _ in range(20)}) == 20


def test_a_card_without_a_chip_is_not_asked(hospital, order):
    from healthcard.services.institutions import presence
    from healthcard.storage.models import Card

    card, _ = order()
    with pytest.raises(TransitionRefused) as refused:
        presence.ask(hospital, key(Card.objects.get(pk=card)))
    assert refused.value.rule == "chip_known"


def test_the_database_takes_no_presence_without_a_question_of_ours(hospital, issued):
    from django.db import IntegrityError, connection, transaction

    card, _ = issued()
    statement = """INSERT INTO verification (card_id, card_version, organisation_id, credential_id, purpose, step,
        usable, reason, present, nonce, started)
        VALUES (%s, 1, %s, %s, 'care', 'child', true, 'usable', true, %s, now())"""
    given = [card.pk, hospital.organisation, hospital.credential, bytes(16)]
    with pytest.raises(IntegrityError, match="challenge"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, given)


@pytest.mark.parametrize("product", ["jia", "bing"])
def test_a_card_is_found_by_its_chips_answer_to_reset(hospital, issued, product):
    from healthcard.services.institutions import verification

    card, chip = issued(product)
    assert verification.of_chip(hospital, chip.reset()) == key(card)


def test_an_answer_to_reset_that_no_card_of_ours_gives_is_not_found(hospital, issued):
    from healthcard.card.wire import answer
    from healthcard.services.errors import NotFound
    from healthcard.services.institutions import verification

    issued()
    for raw in (b"", b"\x3b\x00", answer.pcsc(bytes(8)), answer.pcsc(bytes.fromhex("00F1860100009999"))):
        with pytest.raises(NotFound):
            verification.of_chip(hospital, raw)
