"""`healthcard keys lineage`: the tree of keys, and the cards below one of them."""

from __future__ import annotations

import click

from healthcard.services.ports import Installation, key_service


@click.command("lineage")
@click.argument("name", metavar="KEY")
@click.option("--version", type=int, default=1, show_default=True, help="Version of the key.")
@click.option("--organisation", default="", help="Code of the organisation to act for; default: the only province.")
@click.pass_context
def lineage(ctx: click.Context, name: str, version: int, organisation: str) -> None:
    """Draw what hangs below KEY 密钥谱系, such as RK1_DDF1: keys held here that come down from it, and cards."""
    installation: Installation = ctx.obj()
    with installation.working(), key_service() as keys:
        from healthcard.services import actor  # models want their database
        from healthcard.services.authority import key_lineage

        found = key_lineage.lineage(actor.console(organisation), keys, name, version)
    for one in found:
        key = one.key
        click.echo(f"{key.level} {key.scope} {key.name} version {key.version} {key.zh} {key.check_value} {key.state}")
        lines = [f"{row.level} {row.scope} {row.check_value} {row.state}" for row in one.below]
        lines += [f"cards of province {each.province}, {each.life}: {each.cards:,}" for each in one.cards]
        for number, line in enumerate(lines, 1):
            click.echo(f"{'└─' if number == len(lines) else '├─'} {line}")
