"""Compiles the Chinese words of the screens: every django.po below src/healthcard/web becomes the django.mo beside it.

`python tools/words.py`; `make setup` calls it, and whoever changes words. A message without words fails.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

WEB = Path(__file__).resolve().parent.parent / "src" / "healthcard" / "web"


def main() -> None:
    """All of them."""
    for path in sorted(WEB.rglob("django.po")):
        with path.open("rb") as source:
            catalog = read_po(source, locale="zh_Hans", abort_invalid=True)
        empty = [message.id for message in catalog if message.id and not message.string]
        if empty:
            raise SystemExit(f"{path}: no words for {empty}")
        with path.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalog)


if __name__ == "__main__":
    main()
