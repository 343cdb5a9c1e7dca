"""`healthcard found`: the first organisation and the first login of an installation that is no demo."""

from __future__ import annotations

import click

from healthcard.domain.identity import SHAPES, NumberRefused, document
from healthcard.services.authority import founding


@click.command("found", short_help="Begin an installation: the ministry and its first administrator")
@click.option("--name", required=True, help="Of the ministry with its registration centre, 卫生部 in the measures.")
@click.option("--username", required=True, help="Of the first administrator: a-z, then a-z 0-9 . _ -")
@click.option("--full-name", required=True, help="Of the first administrator.")
@click.option("--document-kind", type=click.Choice(sorted(("01", *SHAPES))), default="01", help="CV02.01.101.")
@click.option("--document-number", prompt="Number of the administrator's identity document", hide_input=True)
def command(name: str, username: str, full_name: str, document_kind: str, document_number: str) -> None:
    """Make the root of the tree of organisations and the login of its first administrator.

    Once only, with the key service serving. The password and the address for an authenticator app are shown this once;
    the password has to be replaced at the first login. The administrator opens provinces and further logins through the
    API. The number is asked for: on a command line others could read it.
    """
    try:
        who = document(document_kind, document_number)
    except NumberRefused as refusal:
        raise click.ClickException(f"This number cannot be right: {refusal.rule}.") from refusal
    login = founding.found(name, username=username, full_name=full_name, document=who)
    click.echo(f"account {login.username}   password {login.password}   {login.full_name}")
    click.echo(f"second factor: {login.second_factor}")
