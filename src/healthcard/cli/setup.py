"""`healthcard setup`: everything an installation keeps, created or brought up to date."""

from __future__ import annotations

import click

from healthcard.services.ports import Installation


@click.command("setup", short_help="Create or update state folder, database, roles and tables")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Create or update state folder, database, roles and tables; in a demo, also its keys.

    Safe to repeat: what is there stays. The folder is $HEALTHCARD_HOME, or ./var.
    """
    installation: Installation = ctx.obj()
    for sentence in installation.set_up():
        click.echo(sentence)
    with installation.database():
        for caution in installation.cautions():
            click.echo(caution, err=True)
