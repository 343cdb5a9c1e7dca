"""`healthcard apdu`: a chip on standard input and output, for scripts and for people who think in hex."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from healthcard.card.os.image import AnyChip, HeldImage
from healthcard.card.wire.errors import CardGone

RESET = "RESET"


@click.command(short_help="Speak APDUs with a card or SAM image, a line of hex at a time")
@click.argument("image", type=click.Path(path_type=Path))
def command(image: Path) -> None:
    """Open the card or SAM in IMAGE and speak with it.

    Each line in is a command APDU in hex and gives one line out, the response in hex. RESET gives the answer to reset.
    A line that is neither gives a line beginning with ERR. The chip is powered at the start; its state is saved after
    every command that changes it. Ends with the input.
    """
    with HeldImage(image) as held:
        held.chip.reset()
        for line in sys.stdin:
            answer = respond(held.chip, line)
            held.keep()
            click.echo(answer)


def respond(chip: AnyChip, line: str) -> str:
    """The line that answers `line`; it never repeats what was sent, which may be a PIN."""
    if line.strip().upper() == RESET:
        return chip.reset().hex().upper()
    try:
        sent = bytes.fromhex(line)
    except ValueError:
        return "ERR not hexadecimal: a line is a command APDU in hex, or RESET"
    if not sent:
        return "ERR an empty line: a line is a command APDU in hex, or RESET"
    try:
        return chip.transmit(sent).hex().upper()
    except CardGone as gone:
        return f"ERR {gone}"
