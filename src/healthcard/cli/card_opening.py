"""What `healthcard card` reads from and with: cards in readers, images and the rack; keys from the service or a SAM."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from healthcard.card.host import pcsc
from healthcard.card.host.errors import KeyHolderFailed
from healthcard.card.host.ports import CardAddress, CardKeys, Transport
from healthcard.card.host.rack import RackClient
from healthcard.card.host.sam import SamKeys
from healthcard.card.os.chip import Chip
from healthcard.card.os.image import HeldImage
from healthcard.card.os.sam import Sam
from healthcard.card.wire.layout import load
from healthcard.keys.client import KeyClient
from healthcard.keys.errors import KeysError
from healthcard.services.state import here

LONGEST_PIN = 16


class ServiceKeys:
    """The key service as a holder of card keys; what it refuses is told for the file it was needed for."""

    def __init__(self, client: KeyClient) -> None:
        self._client = client

    def encipher(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """`data` under the session key of card key `name`; raises KeyHolderFailed."""
        try:
            return self._client.encipher(name, card, challenge, data)
        except KeysError as error:
            raise KeyHolderFailed(f"the key service refused {name}: {error}") from error

    def mac(self, name: str, card: CardAddress, challenge: bytes, data: bytes) -> bytes:
        """The MAC over `data` under the session key of card key `name`; raises KeyHolderFailed."""
        try:
            return self._client.mac(name, card, challenge, data)
        except KeysError as error:
            raise KeyHolderFailed(f"the key service refused {name}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """Where keys come from, as the options say: a SAM (image or reader) with its PIN, else the key service."""

    sam: Path | None
    sam_reader: str | None
    sam_pin_fd: int | None
    socket: Path | None

    @contextmanager
    def opened(self) -> Iterator[CardKeys | None]:
        """Whoever holds the keys; None when neither a SAM was named nor a key service runs."""
        with ExitStack() as stack:
            if self.sam is not None:
                yield self._sam(stack.enter_context(image(self.sam, Sam)))
            elif self.sam_reader is not None:
                yield self._sam(stack.enter_context(pcsc.PcscTransport(self.sam_reader)))
            elif (socket := self.socket or here().key_socket).exists():
                yield ServiceKeys(stack.enter_context(KeyClient(socket, served_by=_key_service_users())))
            else:
                yield None

    def _sam(self, transport: Transport) -> SamKeys:
        keys = SamKeys(transport, load("full"))
        keys.open(self._pin())
        return keys

    def _pin(self) -> str:
        if self.sam_pin_fd is None:
            return str(click.prompt("PIN of the SAM", hide_input=True))
        return os.read(self.sam_pin_fd, LONGEST_PIN).decode("ascii", errors="replace").strip()


@contextmanager
def image(path: Path, kind: type[Chip] | type[Sam]) -> Iterator[Transport]:
    """The chip in the image at `path`, ours until the block ends; says so when it is one of the other kind."""
    with HeldImage(path) as held:
        if not isinstance(held.chip, kind):
            other = "a user card: give it with --image" if kind is Sam else "a SAM, no user card: give it with --sam"
            raise click.ClickException(f"{path} is {other}")
        yield held.chip


@contextmanager
def in_reader(name: str | None) -> Iterator[Transport]:
    """The card in the PC/SC reader named `name`; of the only one connected without a name."""
    with pcsc.PcscTransport(name or _only_reader()) as transport:
        yield transport


@contextmanager
def in_slot(name: str) -> Iterator[Transport]:
    """The virtual card in slot `name` of the rack that `healthcard run` has running."""
    with RackClient(here().rack_socket) as rack, rack.open(name) as chip:
        yield chip


def _only_reader() -> str:
    names = pcsc.list_readers()
    if len(names) == 1:
        return names[0]
    if not names:
        raise click.ClickException("no PC/SC reader is connected: plug one in, or read an image with --image FILE")
    raise click.ClickException("several readers are connected, name one with --reader:\n  " + "\n  ".join(names))


def _key_service_users() -> frozenset[int]:
    """Whom else than ourselves to believe to be the key service; see the setting of this name."""
    number = os.environ.get("HEALTHCARD_KEYS_UID", "")
    return frozenset({int(number)} if number.isdecimal() else ())
