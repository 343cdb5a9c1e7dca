"""`healthcard station`: the program of the reader on the clerk's desk, where it is installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click


@click.command(
    "station",
    short_help="Carry card sessions to the readers of this PC",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """The program `healthcard-station` with the same arguments; a clerk's PC needs that one alone."""
    if find_spec("healthcard_station") is None:
        raise click.ClickException("The station is a package of its own: pip install 'healthcard-station[readers]'")
    import_module("healthcard_station.main").main(arguments)
