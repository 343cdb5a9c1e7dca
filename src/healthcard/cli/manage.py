"""`healthcard manage`: Django's own commands, for maintainers (`makemigrations`, `shell`, ...)."""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import click

from healthcard.services.ports import Installation


@click.command(
    "manage",
    short_help="Django's own commands, for maintainers",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Run Django's command ARGUMENTS as the application role; with the database if there is one."""
    from django.core.management import execute_from_command_line

    installation: Installation = ctx.obj()
    installation.set_up_django()
    present = installation.has_database
    if not present:  # `makemigrations --check` compares files; it would like to ask a database too
        warnings.filterwarnings("ignore", "Got an error checking a consistent migration history", RuntimeWarning)
    with installation.database() if present else nullcontext():
        execute_from_command_line(["healthcard manage", *arguments])
