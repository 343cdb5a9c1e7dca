"""`healthcard trace`: an APDU transcript in words."""

from __future__ import annotations

from typing import TextIO

import click

from healthcard.card.host.explanation import Explained, explain
from healthcard.card.host.transcript import parse
from healthcard.card.wire.layout import load
from healthcard.cli.card_table import printable


@click.command("trace")
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"))
@click.option("--layout", type=click.Choice(["full", "small"]), default="full", show_default=True, help="Card layout.")
def command(file: TextIO, layout: str) -> None:
    """Explain the transcript in FILE (- for standard input), one line for each command.

    A transcript is JSON lines, as `healthcard card read --transcript` writes them. A line with ! went not as asked.
    """
    for line in explain(parse(file), load(layout)):
        click.echo(_line(line))


def _line(told: Explained) -> str:
    mark = " " if told.ok else "!"
    return printable(f"{told.at:10.6f} {mark} {told.header:<11}  {told.asked} -> {told.answered}")
