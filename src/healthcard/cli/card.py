"""`healthcard card`: what is on a card, and where two cards differ."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import click

from healthcard.card.host import pcsc
from healthcard.card.host.channel import Channel
from healthcard.card.host.content import CardContent, Difference, FileStatus, as_json, diff, rows
from healthcard.card.host.ports import CardKeys, Transport
from healthcard.card.host.reading import read_card
from healthcard.card.host.session import CardSession
from healthcard.card.host.transcript import Recorder
from healthcard.card.os.chip import Chip
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import CardError, CardGone, UnknownCard
from healthcard.card.wire.layout import load
from healthcard.cli import card_table
from healthcard.cli.card_mending import scrap, settle
from healthcard.cli.card_opening import KeySource, image, in_reader, in_slot
from healthcard.domain.meanings import meaning
from healthcard.perso.products import Product, Recognised, recognise

COLUMNS = (("path", "file"), ("record", "rec"), ("no", "item"), ("zh", "name"), ("value", "value"))
DIFFERENCES = (
    ("path", "file"),
    ("record", "rec"),
    ("no", "item"),
    ("zh", "name"),
    ("before", "first"),
    ("after", "second"),
)
Write = Callable[[str], object]
SELECT_MASTER_FILE = Command(cla=0x00, ins=0xA4, data=bytes.fromhex("3F00"))
CARD_BLOCKED = 0x6A81
TROUBLE = 2  # exit status of `diff` when it cannot compare

FILE = click.Path(path_type=Path)
SAM = click.option("--sam", type=FILE, help="Image of a SAM that opens the protected files.")
SAM_READER = click.option("--sam-reader", metavar="NAME", help="PC/SC reader the SAM is in.")
SAM_PIN = click.option("--sam-pin-fd", type=int, help="Descriptor the SAM's PIN comes on, instead of a prompt.")
KEYS = click.option("--keys", "socket", type=FILE, help="Socket of the key service; default: the installation's.")


@click.group("card")
def command() -> None:
    """Read cards 居民健康卡, compare them, and settle what was interrupted."""


command.add_command(settle)
command.add_command(scrap)


@command.command("read")
@click.option("--reader", metavar="NAME", help="PC/SC reader the card is in; default: the only one connected.")
@click.option(
    "--image", "images", type=FILE, multiple=True, help="Image of a virtual card; may be given several times."
)
@click.option("--slot", metavar="NAME", help="Virtual card in the rack of the running installation.")
@SAM
@SAM_READER
@SAM_PIN
@KEYS
@click.option("--json", "as_data", is_flag=True, help="Print JSON instead of a table.")
@click.option("--show", is_flag=True, help="Show personal numbers whole.")
@click.option("--transcript", type=FILE, help="Also write the APDUs to this file, without keys, PINs and content.")
def read(  # the options of one command
    reader: str | None,
    images: tuple[Path, ...],
    slot: str | None,
    sam: Path | None,
    sam_reader: str | None,
    sam_pin_fd: int | None,
    socket: Path | None,
    as_data: bool,
    show: bool,
    transcript: Path | None,
) -> None:
    """Print what is on a card.

    Protected files are opened by a SAM (--sam, --sam-reader) or by the key service; without either the issuer's
    file alone can be read. Exit status: 0 all read, 1 the card cannot be read or a file was refused.
    """
    if sum([reader is not None, bool(images), slot is not None]) > 1:
        raise click.UsageError("a card is in a reader, in images, or in a slot: give one of --reader, --image, --slot")
    source = KeySource(sam=sam, sam_reader=sam_reader, sam_pin_fd=sam_pin_fd, socket=socket)
    with ExitStack() as stack:
        keys = stack.enter_context(source.opened())
        write = _writer(stack, transcript)
        contents = [_read(transport, keys, write) for transport in _cards(reader, images, slot)]
    _print(contents, as_data=as_data, show=show)
    closed = [_tell_refusals(content, keys) for content in contents]
    if any(closed):
        raise SystemExit(1)


@command.command("diff")
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@SAM
@SAM_READER
@SAM_PIN
@KEYS
@click.option("--json", "as_data", is_flag=True, help="Print JSON instead of a table.")
def compare(  # the options of one command
    first: Path,
    second: Path,
    sam: Path | None,
    sam_reader: str | None,
    sam_pin_fd: int | None,
    socket: Path | None,
    as_data: bool,
) -> None:
    """Print where the cards in the images FIRST and SECOND differ; personal numbers stay covered.

    Exit status: 0 no difference, 1 differences, 2 a card or a file cannot be compared.
    """
    try:
        with KeySource(sam=sam, sam_reader=sam_reader, sam_pin_fd=sam_pin_fd, socket=socket).opened() as keys:
            one, other = (_read(transport, keys) for transport in _cards(None, (first, second), None))
    except (CardError, click.ClickException) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(TROUBLE) from error
    told = [_told(difference) for difference in diff(one, other)]
    if told or as_data:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_data else _table(told, DIFFERENCES))
    unread = [file for content in (one, other) for file in content.files if file.status is FileStatus.REFUSED]
    if unread:
        click.echo(f"{len(unread)} protected files were not compared: give a SAM or start the key service", err=True)
        raise SystemExit(TROUBLE)
    raise SystemExit(1 if told else 0)


@command.command("readers")
def readers() -> None:
    """Print the names of the PC/SC readers connected."""
    for name in pcsc.list_readers():
        click.echo(name)


def _cards(reader: str | None, images: tuple[Path, ...], slot: str | None) -> Iterator[Transport]:
    """The cards to read, each in our hands until the next is asked for."""
    opened: list[AbstractContextManager[Transport]] = [image(path, Chip) for path in images]
    if not images:
        opened = [in_slot(slot) if slot is not None else in_reader(reader)]
    for one in opened:
        with one as transport:
            yield transport


def _read(transport: Transport, keys: CardKeys | None, write: Write | None = None) -> CardContent:
    """All of one card; what is no readable card ends in one plain sentence."""
    recognised = _recognised(transport)
    session = CardSession(Recorder(transport, write) if write else transport, load(recognised.product.layout), keys)
    answer = session.reset()
    unlocated = _locate(session, recognised)
    content = read_card(session, answer)
    if content.is_blank:
        raise click.ClickException(f"the chip is blank ({_named(recognised.product)}): personalise it first")
    if all(file.status is not FileStatus.OK for file in content.files):
        raise click.ClickException(f"nothing can be read from this card: {content.files[0].why}")
    if unlocated:
        click.echo(f"whose keys this card has cannot be told, protected files stay closed: {unlocated}", err=True)
    return content


def _recognised(transport: Transport) -> Recognised:
    """The product; a card blocked for ever answers no probe, so it is asked before it is called unknown."""
    try:
        return recognise(transport)
    except UnknownCard:
        transport.reset()
        if Channel(transport).send(SELECT_MASTER_FILE).sw == CARD_BLOCKED:
            raise click.ClickException("nothing can be read from this card: it is blocked for ever") from None
        raise


def _locate(session: CardSession, recognised: Recognised) -> str:
    """Find out whose keys the card has; why not, when it does not tell its city code."""
    try:
        session.learn_address(recognised.chip8)
    except CardGone:
        raise
    except CardError as error:
        return str(error)
    return ""


def _print(contents: list[CardContent], *, as_data: bool, show: bool) -> None:
    if as_data:
        told = [as_json(content, open_numbers=show, meaning=meaning) for content in contents]
        click.echo(json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=2))
        return
    for content in contents:
        click.echo(f"answer to reset {content.answer.hex().upper()}, layout {content.layout}")
        click.echo(_table(rows(content, open_numbers=show, meaning=meaning), COLUMNS))


def _table(told: Iterable[Mapping[str, object]], columns: Sequence[tuple[str, str]]) -> str:
    return "\n".join(card_table.lines(told, columns))


def _told(difference: Difference) -> dict[str, str]:
    item = difference.item
    return {
        "path": difference.path,
        "record": str(difference.record or ""),
        "no": str(item.no) if item else "",
        "zh": item.zh if item else "",
        "before": difference.before,
        "after": difference.after,
    }


def _tell_refusals(content: CardContent, keys: CardKeys | None) -> bool:
    """Say on standard error what stayed closed and why; whether anything did."""
    refused = [file for file in content.files if file.status is FileStatus.REFUSED]
    if refused and keys is None:
        click.echo(f"{len(refused)} protected files were not opened: give a SAM or start the key service", err=True)
    elif refused:
        click.echo(f"{len(refused)} files were refused; the first, {refused[0].file.path}: {refused[0].why}", err=True)
    return bool(refused)


def _writer(stack: ExitStack, path: Path | None) -> Write | None:
    if path is None:
        return None
    handle = stack.enter_context(os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"))
    return lambda line: handle.write(line + "\n")


def _named(product: Product) -> str:
    return f"COS product {product.zh} {product.name}"
