"""Finds secrets in heaps of files: raw, reversed, in hex, in base64, as Python shows bytes; and PINs as digits.

Every form has at least 15 bytes, so wherever it lies some whole aligned group of 8 bytes lies inside it: files are
looked through group by group, and only what is found that way is compared.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from keys.canary import forms

GROUP = 8
SHORTEST = 2 * GROUP - 1


class Needles:
    """Secrets by name; each of at least 15 bytes."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        self._groups: dict[int, set[tuple[str, bytes]]] = {}
        for name, secret in secrets.items():
            for form in {secret, *forms(secret)}:
                if len(form) < SHORTEST:
                    raise ValueError(f"{name} is too short to be looked for")
                for at in range(GROUP):
                    group = int.from_bytes(form[at : at + GROUP], sys.byteorder)
                    self._groups.setdefault(group, set()).add((name, form))
        self._known = frozenset(self._groups)

    def inside(self, data: bytes) -> set[str]:
        """The names of the secrets in `data`."""
        whole = memoryview(data)[: len(data) // GROUP * GROUP].cast("Q")
        suspects = {pair for group in self._known.intersection(whole) for pair in self._groups[group]}
        return {name for name, form in suspects if form in data}


def pins_inside(data: bytes, pins: Mapping[str, bytes]) -> set[str]:
    """The names of the PINs (3 bytes BCD each) in `data`: six digits by themselves, or in the command that shows them.

    Three raw bytes occur anywhere by chance, so raw they count within that command or with their padding only.
    """
    found = set()
    for name, pin in pins.items():
        digits = pin.hex().encode()
        text = rb"(?<![0-9A-Fa-f.])(?:002000000[0-9]|0303)?" + digits + rb"(?![0-9A-Fa-f])"
        raw = (b"\x00\x20\x00\x00\x03" + pin, b"\x03\x03" + pin + b"\x80", b"\x03" + pin + b"\x80" + bytes(8))
        if (digits in data and re.search(text, data)) or (pin in data and any(shape in data for shape in raw)):
            found.add(name)
    return found


def files(folder: Path, but: Iterable[Path] = ()) -> Iterator[Path]:
    """All files below `folder` that are not below one of `but`."""
    allowed = tuple(but)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(path.is_relative_to(one) for one in allowed):
            yield path
