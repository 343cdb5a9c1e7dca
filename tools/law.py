"""Write docs/law.md from docs/law.toml: every obligation of the law, where it is kept and which test shows it."""

from __future__ import annotations

import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
HEAD = """# The law, article by article

Written by `python tools/law.py` from `docs/law.toml`; a test compares the two and looks for every test named here.
Words are ours, the law is 居民健康卡生命周期管理办法 V1.0.
Since: A cards, B life and record, C screens, D production.

| Art. | obligation | kept by | shown by | screen | since |
|---|---|---|---|---|---|
"""


def obligations() -> list[dict[str, object]]:
    """The rows of the data file."""
    rows: list[dict[str, object]] = tomllib.loads((DOCS / "law.toml").read_text("utf-8"))["obligation"]
    return rows


def page() -> str:
    """docs/law.md as the data file says."""
    return HEAD + "".join(map(_line, obligations()))


def _line(row: dict[str, object]) -> str:
    tests = row["tests"] if isinstance(row["tests"], list) else []
    shown = "<br>".join(f"`{name}`" for name in tests) or str(row.get("why", "not yet"))
    return (
        f"| {row['article']} | {row['text']} | {row['where']} | {shown} | {row.get('screen', '')} | {row['since']} |\n"
    )


if __name__ == "__main__":
    (DOCS / "law.md").write_text(page(), "utf-8")
