"""Which characters our fonts can print: asked before anything is printed, so that no box stands in a name's place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]  # it ships no types

from healthcard.documents.errors import DocumentError, GlyphMissing

FONTS = Path(str(files("healthcard.documents").joinpath("fonts")))


class FontsMissing(DocumentError):
    """The fonts of the papers are not installed or cannot be read."""


def require_printable(texts: Iterable[str]) -> None:
    """Raises GlyphMissing, which names every character of `texts` that no paper can show; FontsMissing."""
    missing = sorted(set().union(*map(set, texts)) - _printable())
    if missing:
        raise GlyphMissing(missing)


@lru_cache(maxsize=1)
def _printable() -> frozenset[str]:
    """The characters that every one of our fonts has."""
    paths = sorted(FONTS.glob("*.ttf"))
    if not paths:
        raise FontsMissing("The fonts of the papers are missing. Run `make setup` again; it installs them.")
    return frozenset.intersection(*map(_characters, paths))


def _characters(path: Path) -> frozenset[str]:
    try:
        with TTFont(path, lazy=True) as font:
            return frozenset(map(chr, font.getBestCmap()))
    except (OSError, TTLibError) as error:
        raise FontsMissing(f"The font {path.name} cannot be read. Run `make setup` again.") from error
