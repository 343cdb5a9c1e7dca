"""`healthcard backup`: the database, the key store and its anchors into a folder."""

from __future__ import annotations

from pathlib import Path

import click

from healthcard.services.ports import Installation
from healthcard.services.trail import backup


@click.command("backup", short_help="Write database, key store and anchors into a folder")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def command(ctx: click.Context, folder: Path) -> None:
    """Write database, key store and the audit's anchors into the new or empty folder DIR, with SM3 sums.

    The system may go on meanwhile. Whoever has the folder of a demo has its keys; a production store stays closed
    without its passphrase. Chips are no part of it.
    """
    installation: Installation = ctx.obj()
    sums = backup.make(installation, folder)
    click.echo(f"{len(sums)} files in {folder}; restore with: HEALTHCARD_HOME=... healthcard restore {folder}")
