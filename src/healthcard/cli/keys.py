"""`healthcard keys`: make a key store, serve it, look at what it holds. Ceremonies have commands of their own."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from healthcard.keys import demo, disk
from healthcard.keys.client import KeyClient, ServiceReport
from healthcard.keys.entries import DEMO, PRODUCTION, KeyRow
from healthcard.keys.founding import found, transport
from healthcard.keys.hardening import harden
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.peers import ROOT
from healthcard.keys.secret import Secret
from healthcard.keys.service import Settings, log_to_stderr, read_passphrase, serve
from healthcard.keys.store import KeyStore
from healthcard.services import processes
from healthcard.services.state import here

COLUMNS = ("level", "name", "scope", "algorithm", "version", "check_value", "state", "origin")
HARDENING = {"no_core": "no core dumps", "not_dumpable": "not traceable", "locked": "memory locked"}


STORE = click.option(
    "--store", type=click.Path(path_type=Path), default=lambda: processes.store(here()), help="The key store file."
)
SOCKET = click.option(
    "--socket", type=click.Path(path_type=Path), default=lambda: here().key_socket, help="The service's socket."
)
SERVED_BY = click.option(
    "--served-by",
    type=int,
    multiple=True,
    envvar="HEALTHCARD_KEYS_UID",
    help="Number of the user who runs the service.",
)
PASSPHRASE = click.option("--passphrase-fd", type=int, help="Descriptor the passphrase comes on, instead of a prompt.")


@click.group("keys")
def command() -> None:
    """Key hierarchy 密钥: national, provincial and card keys, held by a process of their own."""


@command.command("init")
@STORE
@click.option("--purpose", type=click.Choice([DEMO, PRODUCTION]), required=True, help="What the keys are for.")
@click.option("--algorithm", default=HIERARCHY.rules.algorithm, show_default=True, help="Algorithm of the masters.")
@PASSPHRASE
def init(store: Path, purpose: str, algorithm: str, passphrase_fd: int | None) -> None:
    """Generate a new store with version 1 of every master key."""
    if store.exists():
        raise click.ClickException(f"{store} is there already and is not written over. Move it away first.")
    if purpose == DEMO:
        demo.prepare(store, algorithm)
    else:
        found(KeyStore.create(store, purpose, _new_passphrase(passphrase_fd)), algorithm)
    click.echo(f"Key store {store} is made, marked {purpose}. Serve it with: healthcard keys serve --store {store}")


@command.command("serve")
@STORE
@SOCKET
@click.option("--allow-uid", type=int, multiple=True, help="Another user who may ask; repeat for more.")
@click.option("--factory-vault", type=click.Path(path_type=Path), help="Key file of the virtual chip factory.")
@PASSPHRASE
def serve_keys(
    store: Path, socket: Path, allow_uid: tuple[int, ...], factory_vault: Path | None, passphrase_fd: int | None
) -> None:
    """Unlock a store and answer on a socket until told to stop."""
    settings = Settings(store=store, socket=socket, allowed=frozenset(allow_uid), vault=factory_vault)
    log_to_stderr()
    hardening = harden()
    serve(settings, _passphrase(store, passphrase_fd), hardening)


@command.command("status")
@SOCKET
@SERVED_BY
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(socket: Path, served_by: tuple[int, ...], as_json: bool) -> None:
    """Say which keys the running service holds, by their check values, and how it stands."""
    with KeyClient(socket, served_by=frozenset(served_by)) as client:
        rows, report = client.status(), client.report()
    click.echo(_json(rows, report) if as_json else _table(rows, report))


@command.command("add-transport")
@STORE
@click.option("--product", required=True, help="The COS product's name.")
@click.option("--diversified/--same", required=True, help="Whether each chip has its own key below the lot's.")
@PASSPHRASE
def add_transport(store: Path, product: str, diversified: bool, passphrase_fd: int | None) -> None:
    """Make a lot's transport key for another virtual COS product in a demo store."""
    opened = KeyStore.open(store, _passphrase(store, passphrase_fd))
    if opened.mark == PRODUCTION:
        raise click.ClickException("A production store receives transport keys from the COS maker (第十一条).")
    opened.generate(transport(product), HIERARCHY.rules.algorithm, diversified=diversified)
    opened.save()
    click.echo(f"Transport key of product {product} added. A running key service knows it after a restart.")


def _new_passphrase(descriptor: int | None) -> Secret:
    if descriptor is not None:
        return read_passphrase(descriptor)
    return Secret(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True).encode())


def _passphrase(store: Path, descriptor: int | None) -> Secret:
    """From the descriptor, from beside a demo store, from the terminal, or one line of standard input."""
    if descriptor is not None:
        return read_passphrase(descriptor)
    beside = demo.passphrase_file(store)
    if beside.exists():
        return Secret(disk.read_private(beside).strip())
    if sys.stdin.isatty():
        return Secret(click.prompt("Passphrase", hide_input=True, err=True).encode())
    return read_passphrase(sys.stdin.fileno())


def _json(rows: tuple[KeyRow, ...], report: ServiceReport) -> str:
    whole = {**asdict(report), "keys": [asdict(row) for row in rows]}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _table(rows: tuple[KeyRow, ...], report: ServiceReport) -> str:
    cells = [COLUMNS, *([str(getattr(row, name)) for name in COLUMNS] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    reached = ", ".join(f"{HARDENING[name]}: {'yes' if so else 'NO'}" for name, so in report.hardening.items())
    apart = {os.geteuid(): "NO, ours", ROOT: "NO, root"}.get(report.uid, "yes")
    return "\n".join(
        [
            f"Store marked {report.mark.upper()}, driver {report.driver}; {reached}, user of its own: {apart}",
            f"Requests {sum(report.requests.values())}, refusals {sum(report.refusals.values())} since its start",
            *lines,
        ]
    )
