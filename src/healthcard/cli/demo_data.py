"""`healthcard demo-data`: people who do not exist, as rosters or on file with cards."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from healthcard.cli.progress import bar
from healthcard.domain.synthetic import MOST
from healthcard.services.people.rosters import write_synthetic
from healthcard.services.ports import Installation

COUNT = click.IntRange(1, MOST)


@click.command("demo-data", short_help="Make synthetic residents, or cards with their histories")
@click.option("--rows", type=COUNT, help="Write a roster of so many residents to --out.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A .csv or .xlsx file.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same people.")
@click.option("--cards", type=COUNT, help="Put so many residents with made cards on file, for benchmarks.")
@click.pass_context
def command(ctx: click.Context, rows: int | None, out: Path | None, seed: int, cards: int | None) -> None:
    """Make synthetic residents: a roster file (--rows, --out), or people on file with cards and histories (--cards).

    Nobody is real. A roster has what real ones have: long names of ethnic groups, rare characters, check digits X,
    permits of Hong Kong, Macao and Taiwan residents, passports. Import it with `healthcard resident import`.
    Cards made in bulk keep every rule of the database, but have no chip in a reader.
    """
    if (cards is None) == (rows is None) or (rows is None) != (out is None):
        raise click.UsageError("Say either --rows N --out FILE, or --cards N.")
    if rows is not None and out is not None:
        _roster(rows, out, seed)
    if cards is not None:
        _cards(ctx.obj(), cards)


def _roster(rows: int, out: Path, seed: int) -> None:
    with bar(f"{rows:,} residents") as advance:
        count = write_synthetic(out, rows, seed, lambda done: advance(done, rows))
    click.echo(f"{out}: {count:,} synthetic residents, seed {seed}.")


def _cards(installation: Installation, wanted: int) -> None:
    if installation.production:
        raise click.ClickException("This is a production installation: synthetic cards do not belong here.")
    with installation.working(), bar(f"{wanted:,} cards") as advance:
        from healthcard.services.actor import console
        from healthcard.services.people import bulk  # only now: models want their database

        count = bulk.load(console(), wanted, date.today(), advance)  # noqa: DTZ011 - the day at this desk
    click.echo(f"{count:,} residents with cards on file.")
