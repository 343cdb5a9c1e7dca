"""The operator's tool: one command group whose parts are loaded when they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import click

from healthcard.cli.failures import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One sub-command: what `--help` lists, and whether it needs the database (and with it Django) to run."""

    help: str
    database: bool = False

    def module(self, name: str) -> str:
        """The module that brings `command`."""
        return f"healthcard.cli.{name.replace('-', '_')}"


# Not in the table: not in the tool. Those without the database must start fast and on machines without one.
PARTS: Mapping[str, Part] = {
    "run": Part(help="Serve the system; the first time with a demo province and virtual cards"),
    "line": Part(help="Serve card sessions to the web server's workers", database=True),
    "station": Part(help="Carry card sessions to the readers of this PC"),
    "setup": Part(help="Create or update state folder, database, roles and tables"),
    "found": Part(help="Begin an installation: the ministry and its first administrator", database=True),
    "demo": Part(help="Tell the life of cards in the terminal"),
    "demo-data": Part(help="Make synthetic residents, or cards with their histories"),
    "resident": Part(help="Residents: import a roster, set a reviewed spelling", database=True),
    "card": Part(help="Read a card, compare two images, settle or scrap one that was begun"),
    "apdu": Part(help="Speak APDUs with a card or SAM image, a line of hex at a time"),
    "vcard": Part(help="Put card images on virtual PC/SC readers"),
    "trace": Part(help="Explain an APDU transcript in words"),
    "lifecycle": Part(help="Print the life-cycle table: what may happen to a card, by which article"),
    "fsck": Part(help="Check the record against its events, independently of everything else"),
    "audit": Part(help="Check that everything done is still told as it was", database=True),
    "backup": Part(help="Write database, key store and anchors into a folder"),
    "restore": Part(help="Fill an empty installation from a backup"),
    "keys": Part(help="The key store: create, look at, serve"),
    "manage": Part(help="Django's own commands, for maintainers"),
}


class LazyGroup(click.Group):
    """Loads a sub-command's module when it is called, and sees to the database before those that need it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The parts that are there, in the table's order."""
        return [name for name, part in PARTS.items() if find_spec(part.module(name)) is not None]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table's help lines, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, PARTS[name].help) for name in self.list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The module's `command`."""
        part = PARTS.get(cmd_name)
        if part is None or find_spec(part.module(cmd_name)) is None:
            return None
        if part.database:
            ctx.obj().set_up_django()
        command: click.Command = import_module(part.module(cmd_name)).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; when it needs the database, the database runs until the command has ended."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and PARTS[name].database and not set(rest) & {"--help", "-h"}:
            ctx.with_resource(ctx.obj().working())
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Run; failures that have a sentence for the operator are told without a trace."""
        with told():
            return super().invoke(ctx)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="healthcard", message="%(prog)s %(version)s")
def cli() -> None:
    """Resident health cards (居民健康卡): chips, keys, personalisation, residents."""


def main(installation: Callable[[], object]) -> None:
    """Run the tool; `installation` opens the installation (`services.ports.Installation`) for commands that ask."""
    cli(obj=installation, prog_name="healthcard")
