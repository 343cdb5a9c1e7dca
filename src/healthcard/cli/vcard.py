"""`healthcard vcard`: chip images on virtual PC/SC readers."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack
from pathlib import Path

import click

from healthcard.card.os import vpcd
from healthcard.card.os.image import HeldImage
from healthcard.card.os.vpcd import Slot

LOOK_SECONDS = 0.2  # between looks at whether a card is still in


@click.command(short_help="Put card images on virtual PC/SC readers")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--port", default=vpcd.FIRST_PORT, show_default=True, help="Port of the first reader to try.")
def command(images: tuple[Path, ...], port: int) -> None:
    """Put each card or SAM in IMAGE... on a virtual PC/SC reader, until Ctrl-C.

    Wants pcscd with the vpcd driver (Debian: apt-get install pcscd vsmartcard-vpcd). The first readers without a card
    are taken. What programs do to a card is saved in its image.
    """
    for stop in (signal.SIGTERM, signal.SIGINT):  # SIGINT too: a shell has it ignored by what it starts with `&`
        signal.signal(stop, signal.default_int_handler)
    with ExitStack() as stack:
        held = [stack.enter_context(HeldImage(path)) for path in images]
        slots: list[Slot] = []
        try:
            for image in held:
                slots.append(_put_in(image, slots[-1].port + 1 if slots else port, stack))
            _wait(slots)
        except KeyboardInterrupt:
            click.echo("cards taken out")


def _put_in(image: HeldImage, port: int, stack: ExitStack) -> Slot:
    taken, reader = vpcd.find_reader(port)
    slot = Slot(image.chip, taken, keep=image.keep)
    slot.insert(reader)
    stack.callback(slot.pull)
    click.echo(f"{image.path.name}: {image.chip.product} in the virtual reader on port {taken}")
    return slot


def _wait(slots: list[Slot]) -> None:
    """Until no card is in a reader any more, which is to say until Ctrl-C or a failure."""
    while all(slot.inserted for slot in slots):
        time.sleep(LOOK_SECONDS)
    for slot in slots:
        if slot.failure is not None:
            raise slot.failure
