"""The holder's PIN (个人密码): what we send, and what may come back. Digits are never kept, logged or shown.

The specification's key table has no PIN (card.md 5.5): reference, tries, lengths and the unblocking key are facts
assumed in wire/facts.toml.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.card.host import secure
from healthcard.card.host.channel import Channel, refusal
from healthcard.card.wire import status
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import BadCommand, MalformedAnswer
from healthcard.card.wire.facts import FACTS

DIRECTORY = "DDF1"  # the PIN lives in the card's environment directory
BLOCKED = 0x6983
NOT_SET = frozenset({0x6985, 0x6A88})
SEPARATOR = b"\xff"  # between old and new value in CHANGE PIN (card.md 3.1)


@dataclass(frozen=True, slots=True)
class PinOk:
    """Done; the counter is full again."""


@dataclass(frozen=True, slots=True)
class PinWrong:
    """Not the PIN; `tries` are left (1..15)."""

    tries: int


@dataclass(frozen=True, slots=True)
class PinBlocked:
    """No tries left: the holder must have the card unlocked (第十二条第五项)."""


@dataclass(frozen=True, slots=True)
class PinNotSet:
    """This card carries no PIN."""


PinOutcome = PinOk | PinWrong | PinBlocked | PinNotSet


def bcd(digits: str) -> bytes:
    """`digits` as the card compares them: BCD, the last half byte F when odd. Raises BadCommand, never quoting them."""
    shortest, longest = FACTS.pin_digits
    if not (shortest <= len(digits) <= longest and digits.isascii() and digits.isdigit()):
        raise BadCommand(f"a PIN has {shortest} to {longest} digits")
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def verify(channel: Channel, digits: str) -> PinOutcome:
    """VERIFY."""
    return _outcome(channel, Command(cla=0x00, ins=0x20, p2=FACTS.pin_reference, data=bcd(digits)))


def change(channel: Channel, old: str, new: str) -> PinOutcome:
    """CHANGE PIN: old FF new."""
    return _outcome(channel, Command(cla=0x80, ins=0x5E, p1=1, data=bcd(old) + SEPARATOR + bcd(new)))


def reload(channel: Channel, new: str, key: secure.MaintenanceKey) -> PinOutcome:
    """RELOAD PIN: new | MAC."""
    return _outcome(channel, secure.signed(Command(cla=0x80, ins=0x5E, data=bcd(new)), key))


def unblock(channel: Channel, new: str | None, key: secure.MaintenanceKey) -> PinOutcome:
    """UNBLOCK PIN: a MAC alone, or the new value enciphered and a MAC."""
    if new is None:
        return _outcome(channel, secure.signed(Command(cla=secure.SIGNED, ins=0x24), key))
    return _outcome(channel, secure.enciphered(Command(cla=secure.SIGNED, ins=0x24, p2=1, data=bcd(new)), key))


def _outcome(channel: Channel, command: Command) -> PinOutcome:
    response = channel.send(command)
    if response.sw == status.OK and not response.data:
        return PinOk()
    tries = status.tries_left(response.sw)
    if tries:
        return PinWrong(tries)
    if tries == 0 or response.sw == BLOCKED:
        return PinBlocked()
    if response.sw in NOT_SET:
        return PinNotSet()
    if response.sw == status.OK:
        raise MalformedAnswer("a PIN command answers no data, yet the card sent some")
    raise refusal(command, response.sw)
