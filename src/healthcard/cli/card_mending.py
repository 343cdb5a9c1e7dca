"""`healthcard card settle` and `scrap`: a card whose making was interrupted, at the operator's hands."""

from __future__ import annotations

from contextlib import AbstractContextManager

import click

from healthcard.card.host.ports import Transport
from healthcard.cli.card_opening import in_reader, in_slot
from healthcard.perso.results import Finished, Held, RefusedChip, Result, Scrapped
from healthcard.services.ports import Installation

CARD = click.argument("serial", metavar="CARD")
ORGANISATION = click.option(
    "--organisation", metavar="CODE", default="", help="Whose card it is; default: the only province there is."
)


@click.command("settle")
@CARD
@ORGANISATION
@click.option("--reader", metavar="NAME", help="PC/SC reader the card is in; default: the only one connected.")
@click.option("--slot", metavar="NAME", help="Virtual card in the rack of the running installation.")
@click.pass_context
def settle(ctx: click.Context, serial: str, organisation: str, reader: str | None, slot: str | None) -> None:
    """Ask the chip in the reader what became of the card with issue serial CARD, and finish or scrap it.

    The rehearsal takes place on virtual chips: `healthcard run` has to be running. Exit status: 0 the card is
    finished, 1 it is not; the line says why and what to do.
    """
    installation: Installation = ctx.obj()
    with installation.working():
        from healthcard.services import actor
        from healthcard.services.workshop import cards, making  # models want their database

        operator = actor.console(organisation)
        card = cards.numbered(operator, serial)
        with _chip(reader, slot) as chip, making.workshop() as shop:
            result = making.settle(operator, card, chip, shop)
    click.echo(f"Card {serial}: {_told(result)}")
    ctx.exit(0 if isinstance(result, Finished) else 1)


@click.command("scrap")
@CARD
@ORGANISATION
@click.option("--reason", required=True, help="Why; it stays in the card's journal.")
@click.pass_context
def scrap(ctx: click.Context, serial: str, organisation: str, reason: str) -> None:
    """Give up the card with issue serial CARD, whose making was begun, for ever.

    For a chip that is lost, blocked or cannot be settled any more. Its holder may have another card afterwards.
    """
    installation: Installation = ctx.obj()
    with installation.working():
        from healthcard.services import actor
        from healthcard.services.workshop import cards, making

        operator = actor.console(organisation)
        making.scrap(operator, cards.numbered(operator, serial), reason)
    click.echo(f"Card {serial}: scrapped; plan another one for its holder.")


def _chip(reader: str | None, slot: str | None) -> AbstractContextManager[Transport]:
    if reader is not None and slot is not None:
        raise click.UsageError("a card is in a reader or in a slot: give one of --reader, --slot")
    return in_slot(slot) if slot is not None else in_reader(reader)


def _told(result: Result) -> str:
    match result:
        case Finished(written=written):
            return f"finished, {written} commands written."
        case Scrapped(reason=reason):
            return f"scrapped: {reason}. Put the chip with the rejects and plan another card."
        case Held(reason=reason):
            return f"undecided. {reason}"
        case RefusedChip(reason=reason):
            return f"nothing was done: {reason}."
