"""`healthcard lifecycle`: the one table by which cards live."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from healthcard.cli import card_table
from healthcard.domain.lifecycle import GUARDS, RULES, STEPS, Rule
from healthcard.domain.lifecycle.rules import VALUES

COLUMNS = (("name", "event"), ("zh", "事件"), ("article", "Art."), ("requires", "before"), ("sets", "after"))
_HEAD = """# The life of a card

Written by `healthcard lifecycle --markdown` from `src/healthcard/domain/lifecycle/rules.toml`; a test compares the two.
Articles are those of 居民健康卡生命周期管理办法; "own" marks what desks do and the measures do not mention.
A fact that a row does not name stays as it is.
"""


@click.command("lifecycle", short_help="Print the life-cycle table")
@click.option("--json", "as_data", is_flag=True, help="Print the table as JSON.")
@click.option("--markdown", "as_page", is_flag=True, help="Print the page docs/lifecycle.md.")
def command(*, as_data: bool, as_page: bool) -> None:
    """Print what may happen to a card: the facts it wants before, those it leaves, the article it rests on."""
    if as_data:
        click.echo(json.dumps(table(), ensure_ascii=False, indent=1))
    elif as_page:
        click.echo(page(), nl=False)
    else:
        rows = [_row(rule) for rule in RULES.values()]
        click.echo("\n".join(card_table.lines(rows, COLUMNS)))
        click.echo(f"LIFECYCLE events={len(RULES)} facts={len(VALUES)} guards={len(GUARDS)}")


def table() -> dict[str, object]:
    """The whole table as plain data."""
    rows = [
        {
            "name": rule.name,
            "zh": rule.zh,
            "en": rule.en,
            "article": rule.article,
            "requires": _sorted(rule.requires),
            "sets": _sorted(rule.sets),
            "carries": list(rule.carries),
            "guards": list(rule.guards),
        }
        for rule in RULES.values()
    ]
    guards = {
        name: {"zh": guard.zh, "en": guard.en, "article": guard.article, "advice": guard.advice_en}
        for name, guard in GUARDS.items()
    }
    return {"facts": VALUES, "events": rows, "guards": guards, "steps": {a: sorted(b) for a, b in STEPS.items()}}


def page() -> str:
    """docs/lifecycle.md: diagrams and the table."""
    rows = [_row(rule) | {"guards": ", ".join(rule.guards)} for rule in RULES.values()]
    lines = [_HEAD, "## Life", "", *_diagram(), "", "## Events", ""]
    lines += ["| event | 事件 | Art. | before | after | beyond the card's facts |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{row['name']}` | {row['zh']} | {row['article']} | {row['requires']} | {row['sets']} | {row['guards']} |"
        for row in rows
    ]
    lines += [
        "",
        "## What stands in the way, and what to do",
        "",
        "| guard | Art. | it says | way on |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{g.name}` | {g.article} | {g.zh} · {g.en} | {g.advice_zh} · {g.advice_en} |" for g in GUARDS.values()
    ]
    lines += ["", "## Applications", "", "```mermaid", "stateDiagram-v2", "    [*] --> accepted"]
    lines += [f"    {before} --> {after}" for before in STEPS for after in sorted(STEPS[before])]
    return "\n".join([*lines, "```", ""])


def _diagram() -> list[str]:
    """Life alone as a state diagram; what happens within `issued` is in the table."""
    arrows = [
        f"    {before} --> {after}: {rule.name}"
        for rule in RULES.values()
        for after in rule.sets.get("life", ())
        for before in VALUES["life"]
        if before in rule.requires.get("life", VALUES["life"])
    ]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> planned", *arrows, "```"]


def _row(rule: Rule) -> dict[str, object]:
    return {
        "name": rule.name,
        "zh": rule.zh,
        "article": rule.article,
        "requires": _words(rule.requires),
        "sets": _words(rule.sets),
    }


def _words(facts: Mapping[str, object]) -> str:
    return "; ".join(f"{fact} {'/'.join(values)}" for fact, values in _sorted(facts).items())


def _sorted(facts: Mapping[str, object]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact, values in facts.items():
        if isinstance(values, frozenset | tuple):
            found[fact] = [str(value).lower() for value in VALUES[fact] if value in values]
    return found
