"""`healthcard keys ceremony` and what is read of ceremonies: the register, the carriers, what an envelope needs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from healthcard.cli.keys_store import PASSPHRASE, STORE, passphrase_of
from healthcard.keys.ceremonies import envelopes, hall, paper, rules
from healthcard.keys.ceremonies.paper import Person
from healthcard.keys.ceremonies.sitting import NEW, Sitting
from healthcard.keys.founding import service
from healthcard.keys.hierarchy import ENVELOPE
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore

LARGEST = 32 * 1024


@click.command("ceremony")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@STORE
@click.option("--clerks", type=click.Path(path_type=Path, exists=True), help="Staff numbers of clerks, one a line.")
@PASSPHRASE
def ceremony(file: Path, store: Path, clerks: Path | None, passphrase_fd: int | None) -> None:
    """Hold the key ceremony 密钥仪式 that FILE describes; docs/keys.md tells the kinds and their fields."""
    with file.open("rb") as opened:
        read = paper.read(opened.read(LARGEST + 1))
    unlocked = KeyStore.open(store, passphrase_of(store, passphrase_fd))
    for number in hall.unfinished(unlocked):
        click.echo(f"Ceremony {number} was begun and never ended: find out what was done of it.", err=True)
    staff = frozenset(clerks.read_text("utf-8").split()) if clerks else frozenset()
    outcome = hall.hold(Sitting(paper=read, store=unlocked, ask=_ask), datetime.now().astimezone(), clerks=staff)
    click.echo(f"{read.number} {read.row.zh} ({read.row.article})")
    for table in (outcome.checks, outcome.files, outcome.said):
        for name, value in table.items():
            click.echo(f"  {name}  {value}")


@click.command("ceremonies")
@STORE
@PASSPHRASE
def ceremonies(store: Path, passphrase_fd: int | None) -> None:
    """List the ceremonies held with a store, and which carriers are sealed with what."""
    unlocked = KeyStore.open(store, passphrase_of(store, passphrase_fd))
    register = hall.register_of(unlocked)
    for line in register.lines:
        kind = paper.KINDS[str(line["kind"])].zh
        click.echo(f"{line['at']}  {line['number']}  {kind}  {line['phase']}  {line.get('refusal', '')}".rstrip())
    for carrier, seal in sorted(rules.sealed(register).items()):
        click.echo(f"carrier {carrier}  seal {seal}")


@click.command("public")
@STORE
@PASSPHRASE
def public(store: Path, passphrase_fd: int | None) -> None:
    """Show the public key that keys are sent to this store with, and the fingerprint to read out."""
    unlocked = KeyStore.open(store, passphrase_of(store, passphrase_fd))
    key = unlocked.driver.public(unlocked.get(service(ENVELOPE))[1])
    click.echo(f"{key.hex().upper()}\nfingerprint {envelopes.fingerprint(key)}")


def _ask(person: Person, what: str) -> Secret:
    """Somebody types what nobody else sees."""
    said = click.prompt(
        f"{person.id} {person.name}: {what}", hide_input=True, confirmation_prompt=what == NEW, err=True
    )
    return Secret(str(said).encode())
