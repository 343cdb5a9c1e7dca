"""`healthcard fsck`: the independent checker over the whole database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

import click

from healthcard.fsck import check
from healthcard.services.ports import Installation


@click.command("fsck", short_help="Check the record against its events")
@click.option("--json", "as_data", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def command(ctx: click.Context, *, as_data: bool) -> None:
    """Derive again from the events what the record claims, and tell where it differs; nothing is written.

    One line for each invariant, and below it the first places where it does not hold.

    Exit status: 0 every invariant holds, 1 at least one does not.
    """
    installation: Installation = ctx.obj()
    installation.set_up_django()
    with installation.database():
        found = []
        for each in check(installation.checker_address(), on_progress=_progress()):
            found.append(each)
            if not as_data:
                click.echo("\n".join([str(each), *(f"  {each.title}: {place}" for place in each.where)]))
    violations = sum(each.violations for each in found)
    if as_data:
        click.echo(json.dumps({"violations": violations, "invariants": [asdict(each) for each in found]}, indent=1))
    else:
        cards = found[0].cards if found else 0
        click.echo(f"FSCK cards={cards} invariants={len(found)} violations={violations}")
    if violations or not found:
        raise SystemExit(1)


def _progress() -> Callable[[str], object]:
    """What is being checked, on the terminal's error line only when somebody watches."""
    watched = sys.stderr.isatty()

    def tell(what: str) -> None:
        if watched:
            click.echo(f"\r\033[K{what}\r", nl=False, err=True)

    return tell
