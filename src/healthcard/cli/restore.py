"""`healthcard restore`: an installation out of a backup; what ended after it stays ended."""

from __future__ import annotations

from pathlib import Path

import click

from healthcard.services.ports import Installation
from healthcard.services.trail import backup


@click.command("restore", short_help="Fill an empty installation from a backup")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--reason", required=True, help="Why; kept for ever with what the backup does not have.")
@click.option("--organisation", metavar="CODE", default="", help="Who restores; default: the only province there is.")
@click.pass_context
def command(ctx: click.Context, folder: Path, reason: str, organisation: str) -> None:
    """Restore the backup in DIR into HEALTHCARD_HOME, which must not have a database yet.

    When the key store's folder survived, put it there first: its anchors are newer than the backup, so cards that ended
    since are ended again, and what the backup lacks is recorded as lost.
    """
    installation: Installation = ctx.obj()
    for sentence in backup.restore(installation, folder):
        click.echo(sentence)
    if installation.production:
        click.echo("Serve the keys, then `healthcard run` ends again what had ended.")
        return
    with installation.working():
        from healthcard.services.trail import restoring  # models want their database

        for serial in restoring.reapply():
            click.echo(f"Card {serial} had ended after the backup and is ended again.")
        for gap in restoring.acknowledge(reason, organisation) if restoring.is_behind() else ():
            click.echo(f"Chain {gap.chain} of the audit: entries {gap.since + 1} to {gap.until} are recorded as lost.")
