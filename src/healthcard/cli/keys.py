"""`healthcard keys`: make a key store, serve it, look at what it holds. Ceremonies have commands of their own."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from healthcard.cli import keys_ceremonies, keys_lineage
from healthcard.cli.keys_store import PASSPHRASE, STORE, passphrase_of
from healthcard.keys import demo
from healthcard.keys.client import KeyClient
from healthcard.keys.entries import DEMO, PRODUCTION, KeyRow
from healthcard.keys.founding import complete, found, transport
from healthcard.keys.hardening import harden
from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.peers import ROOT
from healthcard.keys.reports import ServiceReport
from healthcard.keys.secret import Secret
from healthcard.keys.service import Settings, log_to_stderr, read_passphrase, serve
from healthcard.keys.store import KeyStore
from healthcard.keys.tokens import TokenPlace
from healthcard.services.state import here

COLUMNS = ("level", "name", "scope", "algorithm", "version", "check_value", "state", "origin")
HARDENING = {"no_core": "no core dumps", "not_dumpable": "not traceable", "locked": "memory locked"}


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


@click.group("keys")
def command() -> None:
    """Key hierarchy 密钥: national, provincial and card keys, held by a process of their own."""


for more in (keys_ceremonies.ceremony, keys_ceremonies.ceremonies, keys_ceremonies.public, keys_lineage.lineage):
    command.add_command(more)


@command.command("init")
@STORE
@click.option("--purpose", type=click.Choice([DEMO, PRODUCTION]), required=True, help="What the keys are for.")
@click.option("--algorithm", default=HIERARCHY.rules.algorithm, show_default=True, help="Algorithm of the masters.")
@click.option("--module", type=click.Path(path_type=Path), help="PKCS#11 module; the passphrase is the token's PIN.")
@click.option("--token", help="Label of the token in that module; it holds the key that wraps the store.")
@click.option("--empty", is_flag=True, help="Without masters: those come by ceremonies (root, receive, restore).")
@PASSPHRASE
def init(
    store: Path,
    purpose: str,
    algorithm: str,
    module: Path | None,
    token: str | None,
    empty: bool,
    passphrase_fd: int | None,
) -> None:
    """Generate a new store with version 1 of every master key."""
    if store.exists():
        raise click.ClickException(f"{store} is there already and is not written over. Move it away first.")
    if (module is None) != (token is None):
        raise click.ClickException("A token is named by --module and --token together.")
    if purpose == DEMO and module is None and not empty:
        demo.prepare(store, algorithm)
    else:
        place = None if module is None or token is None else TokenPlace(module=module, label=token)
        passphrase = _new_passphrase(passphrase_fd) if place is None else passphrase_of(store, passphrase_fd)
        made = KeyStore.create(store, purpose, passphrase, token=place)
        complete(made) if empty else found(made, algorithm)
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
    serve(settings, passphrase_of(store, passphrase_fd), hardening)


@command.command("status")
@SOCKET
@SERVED_BY
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(socket: Path, served_by: tuple[int, ...], as_json: bool) -> None:
    """Say which keys the running service holds, by their check values, and how it stands."""
    with KeyClient(socket, served_by=frozenset(served_by)) as client:
        rows, report = client.status(), client.report()
    click.echo(_json(rows, report) if as_json else _table(rows, report))


@command.command("stop")
@SOCKET
@SERVED_BY
@click.option("--by", required=True, help="Your staff number.")
@click.option("--reason", required=True, help="Why, in a sentence.")
def stop(socket: Path, served_by: tuple[int, ...], by: str, reason: str) -> None:
    """Stop the making of cards at once 停机. Loss reports, reading and locking of cards go on."""
    with KeyClient(socket, served_by=frozenset(served_by)) as client:
        client.stop(by, reason)
    click.echo("Stopped. Two key officers let it go on: healthcard keys restart.")


@command.command("restart")
@SOCKET
@SERVED_BY
def restart(socket: Path, served_by: tuple[int, ...]) -> None:
    """Let stopped making go on 恢复: two key officers, each with his passphrase."""
    people: dict[str, Secret] = {}
    for which in ("First", "Second"):
        person = click.prompt(f"{which} officer's staff number", err=True)
        people[person] = Secret(click.prompt("Passphrase", hide_input=True, err=True).encode())
    with KeyClient(socket, served_by=frozenset(served_by)) as client:
        client.restart(people)
    click.echo("The making of cards goes on.")


@command.command("add-transport")
@STORE
@click.option("--product", required=True, help="The COS product's name.")
@click.option("--diversified/--same", required=True, help="Whether each chip has its own key below the lot's.")
@PASSPHRASE
def add_transport(store: Path, product: str, diversified: bool, passphrase_fd: int | None) -> None:
    """Make a lot's transport key for another virtual COS product in a demo store."""
    opened = KeyStore.open(store, passphrase_of(store, passphrase_fd))
    if opened.mark == PRODUCTION:
        raise click.ClickException("A production store receives transport keys from the COS maker (第十一条).")
    opened.generate(transport(product), HIERARCHY.rules.algorithm, diversified=diversified)
    opened.save()
    click.echo(f"Transport key of product {product} added. A running key service knows it after a restart.")


def _new_passphrase(descriptor: int | None) -> Secret:
    if descriptor is not None:
        return read_passphrase(descriptor)
    return Secret(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True).encode())


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
            f"Inside a token: {_names(report, inside=True)}; in the service's memory: {_names(report, inside=False)}",
            f"Requests {sum(report.requests.values())}, refusals {sum(report.refusals.values())} since its start",
            *_warnings(report),
            *lines,
        ]
    )


def _names(report: ServiceReport, *, inside: bool) -> str:
    return ", ".join(name for name, so in report.inside.items() if so is inside) or "none"


def _warnings(report: ServiceReport) -> list[str]:
    stop = report.stopped
    said = [] if stop is None else [f"STOPPED by {stop.by} at {stop.at}: {stop.reason}"]
    return said + [f"Restore drill due {day or 'now'}: {keys} keys" for keys, day in report.drills_due]
