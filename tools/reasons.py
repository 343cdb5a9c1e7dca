"""Write docs/reasons.md from the tables: the codes an institution's system meets, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from healthcard.domain.lifecycle import GUARDS
from healthcard.domain.purposes import PURPOSES, STEPS
from healthcard.domain.reasons import REASONS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reasons.md"
MET = ("card_usable", "chip_known", "challenge_stands", "counted_alike", "not_decided", "webhooks_few")
HEAD = """# Codes for institutions

Written by `python tools/reasons.py` from `domain/tables/reasons.toml`, `domain/tables/purposes.toml` and
`domain/lifecycle/rules.toml`; a test compares them.
"""


def page() -> str:
    """docs/reasons.md as the tables say."""
    return HEAD + "".join((_reasons(), _purposes(), _refusals()))


def _reasons() -> str:
    rows = ((f"`{name}`", row.zh, row.en, row.do_zh, row.do_en) for name, row in REASONS.items())
    return _table("Reason classes: `reason`", ("reason", "含义", "meaning", "处理", "what to do"), rows)


def _purposes() -> str:
    rows = (
        (f"`{purpose.value}`", PURPOSES[purpose].zh, f"`{step}`", words.zh, words.en)
        for purpose, steps in STEPS.items()
        for step, words in steps.items()
    )
    return _table("Purposes and steps of a verification", ("purpose", "用途", "step", "环节", "in English"), rows)


def _refusals() -> str:
    rows = (
        (f"`{name}`", GUARDS[name].zh, GUARDS[name].en, GUARDS[name].article, GUARDS[name].advice_en) for name in MET
    )
    head = ("rule", "规则", "in English", "article", "what to do")
    return _table("Rules that refuse: `rule` of a 409 (Art. own = ours)", head, rows)


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return f"\n## {title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
