"""`healthcard demo`: the life of cards told in the terminal, in an installation of its own that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from healthcard.card.wire.errors import CardError
from healthcard.cli.life import opening
from healthcard.cli.life.api import Told
from healthcard.cli.life.scene import Unlike
from healthcard.cli.supervisor import Supervisor
from healthcard.services.ports import Installation


@click.command("demo", short_help="Tell the life of cards in the terminal")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Leave the images of all chips here.")
@click.pass_context
def command(ctx: click.Context, keep: Path | None) -> None:
    """Tell the story of a demo province: people, keys, cards of every COS product, a card torn and settled; then the
    whole life of three people's cards through the API, each step with its article, and a check of record and audit.

    Everything happens in a fresh installation in a temporary folder. The last line sums up; the exit status is 0 only
    if all went as the story has it.
    """
    started = time.monotonic()
    with _installation(ctx) as installation, _running(installation) as supervisor:
        from healthcard.services.stage import story  # only now: models want their database

        score = story.Score()
        for line in story.tell(installation.state.chips, date.today(), score):  # noqa: DTZ011 - the day at this desk
            click.echo(line)
        if keep is not None:
            _keep_images(installation, keep)
        _tell_life(installation, supervisor)
        line, sound = opening.checked(installation)
        click.echo(line)
    counts = " ".join(f"{name}={count}" for name, count in asdict(score).items())
    click.echo(f"DEMO {counts} seconds={time.monotonic() - started:.1f}")
    ctx.exit(0 if score.complete and sound else 1)


def _tell_life(installation: Installation, supervisor: Supervisor) -> None:
    """The steps as they happen; where one goes otherwise than the story has it, that is the end."""
    try:
        for line in opening.tell(installation, supervisor):
            click.echo(line)
    except (Told, Unlike, CardError) as error:
        raise click.ClickException(f"The story went otherwise: {error}") from error


@contextmanager
def _installation(ctx: click.Context) -> Iterator[Installation]:
    """One of our own, whatever the environment names; nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="healthcard-demo-") as home:
        for name in [name for name in os.environ if name.startswith("HEALTHCARD_")]:
            del os.environ[name]
        os.environ["HEALTHCARD_HOME"] = home
        opening.reserve_port()
        yield ctx.obj()


@contextmanager
def _running(installation: Installation) -> Iterator[Supervisor]:
    """Set up and with its helpers running; none of them is left."""
    for sentence in installation.set_up():
        click.echo(sentence)
    with ExitStack() as stack:
        stack.enter_context(installation.database())
        supervisor = stack.enter_context(Supervisor())
        supervisor.add_helpers(installation.state)
        yield supervisor


def _keep_images(installation: Installation, folder: Path) -> None:
    """Images of cards and SAMs, the key they are enciphered with, and the PIN that comes with a SAM."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    images = sorted(installation.state.chips.glob("*.img"))
    for file in (*images, *installation.state.chips.glob("*.pin"), installation.state.chips / "vault.key"):
        shutil.copy2(file, folder)
    click.echo(f"{len(images)} images kept in {folder}; look at one: healthcard card read --image {images[0].name}")
