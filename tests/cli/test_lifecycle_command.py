"""The life-cycle table as the terminal and the page show it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from healthcard.cli.lifecycle import command
from healthcard.domain.lifecycle import GUARDS, RULES

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"


def test_the_page_is_what_the_table_says():
    """Renew it with `healthcard lifecycle --markdown > docs/lifecycle.md`."""
    assert CliRunner().invoke(command, ["--markdown"]).output == PAGE.read_text("utf-8")


def test_the_terminal_shows_every_row():
    lines = CliRunner().invoke(command, []).output.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == list(RULES)
    assert lines[-1].startswith(f"LIFECYCLE events={len(RULES)} ")


def test_the_table_can_be_had_as_data():
    table = json.loads(CliRunner().invoke(command, ["--json"]).output)
    assert {row["name"] for row in table["events"]} == set(RULES)
    assert set(table["guards"]) == set(GUARDS)
    handed_over = next(row for row in table["events"] if row["name"] == "handed_over")
    assert handed_over["requires"] == {"life": ["made"], "place": ["desk"]}
