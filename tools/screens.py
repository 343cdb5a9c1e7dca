"""Pictures of the main screens in docs/screens, taken in a browser from a demo made for it: `make screens`.

A screen that is too wide, lacks a character or mixes languages is told, and the status is 1.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("browser", "services", "")]

import looks  # noqa: E402 - the tests of the screens have what we need
import staging  # noqa: E402
from main_screens import SCREENS, Screen  # noqa: E402
from served import LANGUAGES, Desks, Served, chromium, serving  # noqa: E402

PICTURES = ROOT / "docs" / "screens"
MOST_BYTES = 150_000
COLOURS = 64


def small(picture: bytes) -> bytes:
    """The picture with few colours: a screen has no more."""
    packed = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        reduced = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        reduced.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def pictured(desks: Desks, served: Served, language: str) -> Iterator[str]:
    """Take the pictures of a language; what is wrong with them."""
    data = served.do(staging.data)
    for screen in SCREENS:
        with desks.context(screen.role, language, screen.size) as context:
            page = context.new_page()
            page.goto(served.path(screen.path))
            page.evaluate("document.fonts.ready")
            yield from (f"{screen.name} {language}: {fault}" for fault in looks.faults(page, data))
            yield from kept(screen, language, small(page.screenshot()))


def kept(screen: Screen, language: str, picture: bytes) -> Iterator[str]:
    """Put a picture where it belongs; complain of a large one."""
    target = PICTURES / f"{screen.name}.{language[:2]}.png"
    target.write_bytes(picture)
    print(f"{target.relative_to(ROOT)} {len(picture)} bytes", flush=True)
    if len(picture) > MOST_BYTES:
        yield f"{target.name}: {len(picture)} bytes"


def main() -> int:
    """1 when something is wrong with a screen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with serving() as served, chromium() as browser:
        desks = Desks(served=served, browser=browser)
        wrong = 0
        for fault in (each for language in LANGUAGES for each in pictured(desks, served, language)):
            print(fault, file=sys.stderr, flush=True)
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
