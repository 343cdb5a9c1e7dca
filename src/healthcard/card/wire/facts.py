"""The assumed facts of `facts.toml`, parsed once: both sides of the wire read them, each with its own code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One field for each line of facts.toml; lengths in bytes."""

    cipher: str
    encipher: str
    mac: str
    mac_length: int
    diversify: str
    session: str
    challenge_length: int
    key_version: int
    key_tries: int
    restored_by_success: bool
    pin_reference: int
    pin_tries: int
    pin_digits: tuple[int, int]
    pin_unblock_key: str
    pin_lock_stops: tuple[str, ...]
    block_temporary: int
    block_permanent: int
    padding: dict[str, bytes]
    unset: dict[str, bytes]
    record_valid: bytes
    record_invalid: bytes


def load(text: str) -> Facts:
    """Parse the table; an unknown or missing name raises TypeError or KeyError at start-up."""
    table = tomllib.loads(text)
    crypto, block, items = table["crypto"], table["block"], table["items"]
    pin = {f"pin_{name}": value for name, value in table["pin"].items()}
    pin["pin_digits"] = tuple(pin["pin_digits"])
    pin["pin_lock_stops"] = tuple(pin["pin_lock_stops"])
    return Facts(
        **crypto,
        **table["authentication"],
        **pin,
        block_temporary=block["temporary"],
        block_permanent=block["permanent"],
        padding={kind: bytes.fromhex(filler) for kind, filler in items["padding"].items()},
        unset={kind: bytes.fromhex(filler) for kind, filler in items["unset"].items()},
        record_valid=bytes([items["record_valid"]]),
        record_invalid=bytes([items["record_invalid"]]),
    )


FACTS = load(files("healthcard.card.wire").joinpath("facts.toml").read_text("utf-8"))
