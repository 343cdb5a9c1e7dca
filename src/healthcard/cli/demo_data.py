"""`healthcard demo-data`: rosters of people who do not exist."""

from __future__ import annotations

from pathlib import Path

import click

from healthcard.cli.progress import bar
from healthcard.domain.synthetic import MOST
from healthcard.services.rosters import write_synthetic


@click.command("demo-data", short_help="Make a roster of synthetic residents")
@click.option("--rows", type=click.IntRange(1, MOST), required=True, help="How many residents.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .csv or .xlsx file.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same people.")
def command(rows: int, out: Path, seed: int) -> None:
    """Write a roster of synthetic residents with the headings of the collection form 居民健康卡基础数据采集表.

    Nobody in it is real. It has what real rosters have: long names of ethnic groups, rare characters, check digits X,
    permits of Hong Kong, Macao and Taiwan residents, passports. Import it with `healthcard resident import`.
    """
    with bar(f"{rows:,} residents") as advance:
        count = write_synthetic(out, rows, seed, lambda done: advance(done, rows))
    click.echo(f"{out}: {count:,} synthetic residents, seed {seed}.")
