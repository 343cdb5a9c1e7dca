"""Who proves what to whom: EXTERNAL AUTHENTICATE (we to the card) and INTERNAL AUTHENTICATE (the card to us).

card.md 5.3: X = E(S, text | 00*8), the proof is the exclusive-or of its halves; S comes from the card's last challenge.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from healthcard.card.host.channel import Channel
from healthcard.card.host.errors import KeyHolderFailed, TriesSpared, WrongKey
from healthcard.card.host.ports import CardAddress, CardKeys
from healthcard.card.wire import status
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import MalformedAnswer, Refused
from healthcard.card.wire.facts import FACTS

READER_TEXT = bytes.fromhex("1122334455667788")  # what clients encipher to read [T]; to update they take a challenge
HALF = 8
WRONG_MAC = frozenset({0x6988, 0x9302})


@dataclass(frozen=True, slots=True, kw_only=True)
class CardKey:
    """A key as both ends know it: `name` to its holder, `kid` (0..255) to the card whose `card` it is."""

    name: str
    kid: int
    card: CardAddress


class KeyTries:
    """Which keys this card has refused. Each wrong use costs one of the tries a key has for ever, so none is repeated.

    Kept for the life of a session, also over a reset: the card's counters survive it too.
    """

    def __init__(self) -> None:
        self._refused: dict[str, str] = {}  # key name to what the card said

    @contextmanager
    def spared(self, name: str, *, force: bool = False) -> Iterator[None]:
        """Use key `name` in this block; raises TriesSpared if the card refused it before, unless `force`."""
        if name in self._refused and not force:
            raise TriesSpared(f"{name} is not tried again, it failed on this card before: {self._refused[name]}")
        try:
            yield
        except Refused as refused:
            if isinstance(refused, WrongKey) or refused.sw in WRONG_MAC:
                self._refused[name] = refused.meaning
            raise
        self._refused.pop(name, None)


def get_challenge(channel: Channel) -> bytes:
    """A fresh challenge (8 bytes); the last one counts."""
    challenge = channel.expect(Command(cla=0x00, ins=0x84, le=FACTS.challenge_length)).data
    if len(challenge) != FACTS.challenge_length:
        raise MalformedAnswer(f"a challenge has {FACTS.challenge_length} bytes, the card sent {len(challenge)}")
    return challenge


def external_authenticate(channel: Channel, keys: CardKeys, key: CardKey, *, text: bytes = READER_TEXT) -> None:
    """Prove to the card that we may use `key`; `text` is 8 bytes. Raises WrongKey with the tries left, or Refused."""
    proof = _proof(keys, key, get_challenge(channel), text)
    data = proof + text + bytes([key.card.version])
    try:
        channel.order(Command(cla=0x00, ins=0x82, p2=key.kid, data=data))
    except Refused as refused:
        tries = status.tries_left(refused.sw)
        if tries is None:
            raise
        raise WrongKey(refused, key.name, tries) from None


def internal_authenticate(channel: Channel, keys: CardKeys, key: CardKey) -> bool:
    """Whether the chip holds `key` (8 + 8 fresh random bytes asked); a copy without the key cannot answer."""
    nonce = secrets.token_bytes(2 * HALF)
    answer = channel.expect(question(key.kid, nonce)).data
    return hmac.compare_digest(answer, expected_answer(keys, key, nonce))


def question(kid: int, nonce: bytes) -> Command:
    """INTERNAL AUTHENTICATE: have the chip prove that it holds key `kid`, by 8 + 8 bytes it has not seen before."""
    return Command(cla=0x00, ins=0x88, p2=kid, data=nonce)


def expected_answer(keys: CardKeys, key: CardKey, nonce: bytes) -> bytes:
    """The 8 bytes that a chip holding `key` answers to `question`."""
    return _proof(keys, key, nonce[:HALF], nonce[HALF:])


def _proof(keys: CardKeys, key: CardKey, challenge: bytes, text: bytes) -> bytes:
    cipher_text = keys.encipher(key.name, key.card, challenge, text + bytes(HALF))
    if len(cipher_text) != 2 * HALF:
        raise KeyHolderFailed(f"{key.name}: its holder answered {len(cipher_text)} bytes where 16 were due")
    left, right = int.from_bytes(cipher_text[:HALF], "big"), int.from_bytes(cipher_text[HALF:], "big")
    return (left ^ right).to_bytes(HALF, "big")
