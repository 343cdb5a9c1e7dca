"""Looks for secrets where they must not be: in every file of a folder, in every form they may be printed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path


def forms(secret: bytes) -> Iterator[bytes]:
    """`secret` raw, reversed, with its 4-byte words swapped, in hex, in base64 at each of its three alignments."""
    words = b"".join(secret[at : at + 4][::-1] for at in range(0, len(secret), 4))
    for raw in (secret, secret[::-1], words):
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield raw.hex(" ").encode()
        yield repr(raw)[2:-1].encode()  # as Python shows bytes
        for shift in range(3):
            text = base64.b64encode(bytes(shift) + raw)
            inside = text[4 if shift else 0 : len(text) - 4]  # without the ends that neighbours have a part in
            yield inside
            yield inside.replace(b"+", b"-").replace(b"/", b"_")


def hits(folder: Path, secrets: Iterable[bytes], *, but: Iterable[Path] = ()) -> list[tuple[Path, int]]:
    """Files below `folder` that hold a secret, with the number of the secret; files in `but` may."""
    allowed = {path.resolve() for path in but}
    needles = [(number, set(forms(secret))) for number, secret in enumerate(secrets)]
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.resolve() not in allowed:
            data = path.read_bytes()
            found += [(path, number) for number, shapes in needles if any(shape in data for shape in shapes)]
    return found
