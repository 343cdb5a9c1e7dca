"""Every key that can be read in this repository or in a standard. `python tests/keys/known.py` writes refused.toml."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from doubles.keys import MemoryKeys  # noqa: E402 - as a script it must find the doubles first
from keys import masters  # noqa: E402

KEY_FIELDS = {"master", "transport_key", "national", "key"}
TABLE = TESTS.parent / "src" / "healthcard" / "keys" / "refused.toml"
HEAD = """\
# Check values of keys everybody can read: those of tests/ and of published examples. A production store refuses them.
# Written by `python tests/keys/known.py`; a test compares.
"""
PUBLISHED = {
    "GB/T 32907 example": "0123456789ABCDEFFEDCBA9876543210",
    "FIPS 197 example": "000102030405060708090A0B0C0D0E0F",
    "counting up by 11": "00112233445566778899AABBCCDDEEFF",
    "GlobalPlatform default": "404142434445464748494A4B4C4D4E4F",
    "FIPS 81 example": "0123456789ABCDEF0123456789ABCDEF",
    "counting up by 22": "11223344556677881122334455667788",
} | {f"all {byte:02X}": f"{byte:02X}" * 16 for byte in range(0, 256, 17)}


def keys() -> Iterator[tuple[str, bytes]]:
    """Whose it is, and the key."""
    yield from ((whose, bytes.fromhex(value)) for whose, value in PUBLISHED.items())
    yield from ((f"tests, {name}", masters.master(name)) for name in masters.NAMES)
    yield from ((f"tests/doubles, {name}", MemoryKeys()._master(name)) for name in masters.NAMES)
    for path in sorted((TESTS / "vectors").glob("*.json")):
        yield from ((f"tests/vectors/{path.name}", key) for key in _in_vectors(json.loads(path.read_text("utf-8"))))


def check_values() -> dict[str, dict[str, str]]:
    """For each algorithm: check value in hex, and whose it is."""
    table: dict[str, dict[str, str]] = {}
    for algorithm in masters.SOFTWARE:
        rows = table.setdefault(algorithm, {})
        for whose, key in keys():
            rows.setdefault(_check_value(algorithm, key).hex().upper(), whose)
    return table


def _check_value(algorithm: str, key: bytes) -> bytes:
    from healthcard.keys.secret import Secret
    from healthcard.keys.software import SoftwareDriver

    driver = SoftwareDriver(Secret(bytes(32)))
    return driver.check_value(driver.adopt(algorithm, Secret(key)))


def _in_vectors(node: object) -> Iterator[bytes]:
    """Every key of 16 bytes in a file of vectors."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in KEY_FIELDS and isinstance(value, str) and len(value) == 32:
                yield bytes.fromhex(value)
            else:
                yield from _in_vectors(value)
    elif isinstance(node, list):
        for value in node:
            yield from _in_vectors(value)


def _write() -> None:
    lines = [HEAD.rstrip()]
    for algorithm, rows in check_values().items():
        lines += ["", f"[{json.dumps(algorithm)}]"]
        lines += [f'{check} = "{whose}"' for check, whose in rows.items()]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    _write()
