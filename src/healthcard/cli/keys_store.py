"""What the commands that open a key store share: which store, and where its passphrase comes from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from healthcard.keys import demo, disk
from healthcard.keys.secret import Secret
from healthcard.keys.service import read_passphrase
from healthcard.services import processes
from healthcard.services.state import here

STORE = click.option(
    "--store", type=click.Path(path_type=Path), default=lambda: processes.store(here()), help="The key store file."
)
PASSPHRASE = click.option("--passphrase-fd", type=int, help="Descriptor the passphrase comes on, instead of a prompt.")


def passphrase_of(store: Path, descriptor: int | None) -> Secret:
    """From the descriptor, from beside a demo store, from the terminal, or one line of standard input."""
    if descriptor is not None:
        return read_passphrase(descriptor)
    beside = demo.passphrase_file(store)
    if beside.exists():
        return Secret(disk.read_private(beside).strip())
    if sys.stdin.isatty():
        return Secret(click.prompt("Passphrase", hide_input=True, err=True).encode())
    return read_passphrase(sys.stdin.fileno())
