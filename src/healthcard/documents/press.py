"""Printing: a template of `forms/` and its data become a PDF. Only our own fonts are used and embedded."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import typst

from healthcard.documents.errors import DocumentError
from healthcard.documents.glyphs import FONTS, require_printable

TEMPLATES = Path(str(files("healthcard.documents").joinpath("forms")))
_PICTURES = frozenset({"code", "barcode", "signature"})  # SVG of our own, no text


class TemplateBroken(DocumentError):
    """A template that does not compile; the message says where."""


class Press:
    """Prints with the templates of one folder; templates see their data and that folder, nothing else."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds `layout.typ` and the templates beside it."""
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
        self._compiler = typst.Compiler(root=folder, font_paths=fonts, ignore_system_fonts=True)
        self._folder = folder
        self._one = threading.Lock()  # the compiler works for one caller at a time

    def has(self, template: str) -> bool:
        """Whether the folder has a template of this name."""
        return (self._folder / f"{template}.typ").exists()

    def print(self, template: str, data: Mapping[str, object]) -> bytes:
        """The PDF of `template` (a name without ending) with `data`.

        Raises GlyphMissing with the characters our fonts lack, FontsMissing, TemplateBroken.
        """
        require_printable(text for key, value in data.items() if key not in _PICTURES for text in _texts(value))
        inputs = {"data": json.dumps(data, ensure_ascii=False)}
        try:
            with self._one:
                made = self._compiler.compile(self._folder / f"{template}.typ", format="pdf", sys_inputs=inputs)
        except typst.TypstError as error:
            raise TemplateBroken(f"The template {template}.typ cannot be printed: {error.diagnostic}") from error
        if not isinstance(made, bytes):
            raise TemplateBroken(f"The template {template}.typ printed nothing.")
        return made


@lru_cache(maxsize=1)
def press() -> Press:
    """The press of this process, with the templates of the package."""
    return Press(TEMPLATES)


def _texts(value: object) -> Iterator[str]:
    """Every text in a tree of data, keys aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
