"""Somebody whom nobody ever registered properly: wherever he is found, something kept or said what it was given."""

from __future__ import annotations

import json
from urllib.parse import quote

from keys.canary import forms

NUMBER = "990101198503073613"  # with its check digit
PHONE = "15498765432"
NAME = "阿依古丽·买买提江"

CANARIES = {"number": NUMBER, "phone": PHONE, "name": NAME}


def _written(text: str) -> set[bytes]:
    """Every way it may be written down."""
    shapes = {text, quote(text), json.dumps(text)[1:-1], json.dumps(json.dumps(text))[3:-3], ascii(text)[1:-1]}
    encoded = [text.encode(kind) for kind in ("utf-8", "gb18030", "utf-16-le")]
    return {shape.encode() for shape in shapes} | {form for each in encoded for form in forms(each)}


_SHAPES = {name: _written(text) for name, text in CANARIES.items()}


def seen(data: bytes) -> set[str]:
    """What of him is in `data`, in whatever form."""
    return {name for name, shapes in _SHAPES.items() if any(shape in data for shape in shapes)}
