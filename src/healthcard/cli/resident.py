"""`healthcard resident`: people put on file from rosters."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from healthcard.cli.progress import bar
from healthcard.services import actor
from healthcard.services.people import corrections, indexing, intake

NAMED = 20  # headings
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("resident")
def command() -> None:
    """Residents 居民 and their base data."""


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--report", type=FILE, help="Write every finding to this .csv or .json file.")
@click.option("--organisation", metavar="CODE", default="", help="Who imports; default: the only province there is.")
@click.option("--json", "as_data", is_flag=True, help="Print the counts as JSON.")
def bring_in(file: Path, report: Path | None, organisation: str, *, as_data: bool) -> None:
    """Put the people of the roster FILE on file.

    FILE is a .csv (UTF-8 or GB18030, any length) or .xlsx (up to 20,000 rows) with the headings of the collection form
    居民健康卡基础数据采集表. Good rows come in, bad ones do not; importing a file again adds nothing twice.

    Exit status: 0 every row is on file, 1 rows were refused or the file cannot be read.
    """
    with bar(file.name) as advance:
        result = intake.import_roster(actor.console(organisation), file, report=report, on_progress=advance)
    if as_data:
        click.echo(json.dumps(asdict(result)))
    else:
        click.echo(
            f"{result.rows:,} rows: {result.stored:,} put on file, {result.known:,} known already, "
            f"{result.refused:,} refused; {result.warnings:,} warnings."
        )
        _tell_unread(result.unread)
        if report:
            click.echo(f"Findings: {report}")
    if result.refused:
        raise SystemExit(1)


@command.command("chip-name")
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.argument("spelling")
@click.option("--organisation", metavar="CODE", default="", help="Who reviews; default: the only province there is.")
def chip_name(number: int, spelling: str, organisation: str) -> None:
    """Keep SPELLING (芯片用名) as the reviewed one that the chip of person ID shall carry, in characters of GBK.

    For names with characters that GBK cannot write (𠮷, 䶮, 㛃): the record keeps the name as it is. ID stands in the
    address of the person's page.
    """
    kept = corrections.review_chip_name(actor.console(organisation), number, spelling)
    click.echo(f"Person {number}: the chip will carry {kept}.")


@command.command("index")
@click.option("--organisation", metavar="CODE", default="", help="Whose people; default: the only province there is.")
def index(organisation: str) -> None:
    """Let people be found by document, telephone and name who were put on file before there was an index.

    `healthcard fsck` names them (I-53). Stopped and called again it goes on; nothing is written twice.

    Exit status: 0 everybody is found, 1 somebody's document is also somebody else's.
    """
    with bar("people") as advance:
        done = indexing.fill(actor.console(organisation), on_progress=advance)
    click.echo(f"{done.people:,} people are found now who were not.")
    for number in done.refused:
        click.echo(f"Person {number} has a document that is on file as somebody else's: link the two, or correct it.")
    if done.refused:
        raise SystemExit(1)


def _tell_unread(unread: tuple[str, ...]) -> None:
    """Headings and sheets nobody read: a clerk may have meant them."""
    if unread:
        more = f" and {len(unread) - NAMED:,} more" if len(unread) > NAMED else ""
        click.echo(f"Not on the form, not read: {', '.join(unread[:NAMED])}{more}")
