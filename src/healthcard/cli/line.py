"""`healthcard line`: the process in which acts on cards run while the cards lie in readers elsewhere."""

from __future__ import annotations

import sys

import click

from healthcard.services import breakage
from healthcard.services.line import server
from healthcard.services.ports import Installation


@click.command("line", short_help="Serve card sessions to the web server's workers")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Serve card sessions until SIGTERM or Ctrl-C; `healthcard run` starts one by itself.

    A station opens an act over the web server's API; the act runs here and waits for the station's answers. Cards under
    way when the line ends are settled by presenting them again.
    """
    installation: Installation = ctx.obj()
    breakage.hush()
    server.serve(installation.state.line_socket, ready=_say_ready)


def _say_ready() -> None:
    click.echo("ready")
    sys.stdout.flush()
