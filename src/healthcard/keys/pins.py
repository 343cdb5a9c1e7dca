"""Six digits for each chip that nobody has seen: derived from a seed, every allowed PIN equally likely."""

from __future__ import annotations

from collections.abc import Iterator

from healthcard.keys.blocks import FACTOR
from healthcard.keys.driver import Driver, Handle
from healthcard.keys.secret import Secret

WIDTH = 3  # BCD bytes
DIGITS = 1_000_000
GROUP = 3  # bytes for one draw
DRAWS = 15  # bytes of a block that are drawn from
FAIR = 16 * DIGITS  # of the 2^24 values of a group, those that leave every PIN equally likely
ALL_EQUAL = 111_111  # divides 000000, 111111, .. 999999 and no other
BLOCK = 16


def pins(driver: Driver, seed: Handle, chips: bytes) -> Secret:
    """The PINs of chips given by their CHIP8 one after the other, 3 bytes BCD each; `seed` is a provincial key."""
    factors = (chips[at : at + FACTOR] for at in range(0, len(chips), FACTOR))
    return Secret(b"".join(_pin(driver, driver.derive(seed, factor)) for factor in factors))


def _pin(driver: Driver, key: Handle) -> bytes:
    """The first fair draw that is not six times the same digit."""
    number = next(draw % DIGITS for draw in _draws(driver, key) if draw < FAIR and draw % DIGITS % ALL_EQUAL)
    return bytes.fromhex(f"{number:06d}")


def _draws(driver: Driver, key: Handle) -> Iterator[int]:
    """Numbers of 24 bits: the enciphered counters 1, 2, .. in groups of three bytes."""
    counter = 0
    while True:
        counter += 1
        block = driver.blocks(key, counter.to_bytes(BLOCK, "big"))
        for at in range(0, DRAWS, GROUP):
            yield int.from_bytes(block[at : at + GROUP], "big")
