"""`healthcard run`: database, key service, rack of virtual chips and web server, together, until Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import click

from healthcard.cli.supervisor import GivenUp, Supervisor, start_line, start_virtual_station, start_web, start_worker
from healthcard.services import processes
from healthcard.services.ports import Installation

HOST = "127.0.0.1"
WORKERS = 2
START_SECONDS = 120.0  # a bound for slow machines, no figure


@click.command("run", short_help="Serve the system; the first time with a demo province and virtual cards")
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--new-passwords", is_flag=True, help="Give the demo accounts new passwords and print them.")
@click.option("--exit-when-ready", is_flag=True, help="Stop again as soon as everything runs, for tests.")
@click.pass_context
def command(ctx: click.Context, port: int, *, new_passwords: bool, exit_when_ready: bool) -> None:
    """Serve the system until Ctrl-C; what it keeps is in $HEALTHCARD_HOME, or ./var.

    The first time it makes a demo province of synthetic residents, keys, and cards on virtual chips, and prints the
    demo accounts. Nothing runs any more when it has ended.
    """
    installation: Installation = ctx.obj()
    installation.state.ensure()
    with ExitStack() as stack:
        stack.enter_context(_alone(installation.state.run / "run.lock"))
        for wanted in filter(None, (port, installation.institution_port)):
            _need_port(wanted)
        supervisor = stack.enter_context(Supervisor())
        _start(installation, stack, supervisor, new_passwords=new_passwords)
        serve(installation, supervisor, port)
        if supervisor.stopped:
            return
        _virtual_station(installation, supervisor, port)
        if installation.institution_port:
            click.echo(f"institutions http://{HOST}:{installation.institution_port}/api/v1")
        click.echo(f"ready http://{HOST}:{port}")
        sys.stdout.flush()
        if not exit_when_ready:
            supervisor.watch(also=_database_watch(installation))
            click.echo("stopped")


def _start(installation: Installation, stack: ExitStack, supervisor: Supervisor, *, new_passwords: bool) -> None:
    """Everything behind the web server."""
    fresh = not installation.has_database
    for sentence in installation.set_up():
        if fresh:
            click.echo(sentence)
    stack.enter_context(installation.database())
    for caution in installation.cautions():
        click.echo(caution, err=True)
    if installation.production:
        _end_again()
        return
    supervisor.add_helpers(installation.state)
    _end_again()
    _demo(supervisor, new_passwords=new_passwords)


def _end_again() -> None:
    """A database restored from a backup: cards that had ended since end again before anybody is served (第十三条)."""
    from healthcard.services.trail import restoring

    for serial in restoring.reapply():
        click.echo(f"Card {serial} had ended after the backup and is ended again; see `healthcard audit verify`.")


def _demo(supervisor: Supervisor, *, new_passwords: bool) -> None:
    """The demo province, made the first time and finished when its making was interrupted."""
    from healthcard.services.authority import accounts
    from healthcard.services.stage import demo

    today = date.today()  # noqa: DTZ011 - the day at this desk
    logins: tuple[accounts.Login, ...] = ()
    if not demo.exists():
        click.echo("Making the demo province: people, keys, cards on virtual chips ...")
        logins = demo.create(today)
    elif new_passwords:
        logins = accounts.renew_passwords(demo.USERNAMES)
    for made in demo.make_cards(today):
        click.echo(f"  card {made}")
        if supervisor.stopped:
            return
    for login in logins:
        click.echo(f"  account {login.username:10} password {login.password}   {login.full_name}")
    if logins:
        click.echo("  (these passwords are shown this once; `healthcard run --new-passwords` makes new ones)")
        click.echo("  (in this demo the login page shows the one-time codes; elsewhere an authenticator app does)")


def serve(installation: Installation, supervisor: Supervisor, port: int) -> None:
    """The web server, and wait until it answers."""
    environment = processes.environment(**installation.web_environment())
    log = installation.state.logs / "web.log"
    line_log = installation.state.logs / "line.log"
    supervisor.add("card line", lambda: start_line(environment, log=line_log))
    supervisor.add("worker", lambda: start_worker(environment, log=installation.state.logs / "worker.log"))
    supervisor.add("web server", lambda: start_web(environment, host=HOST, port=port, workers=WORKERS, log=log))
    asked = [f"{port}/login", *_institutions(installation, supervisor)]
    deadline = time.monotonic() + START_SECONDS
    while not supervisor.stopped and not (all(map(_answers, asked)) and installation.state.line_socket.exists()):
        if time.monotonic() > deadline:
            raise GivenUp(f"The web server or the card line does not answer; the reason is in {log} or {line_log}.")
        time.sleep(0.05)


def _virtual_station(installation: Installation, supervisor: Supervisor, port: int) -> None:
    """The demo clerk's reader: the program of real stations, where it is installed, with virtual cards."""
    if installation.production or find_spec("healthcard_station") is None:
        return
    from healthcard.services.stage import virtual_station

    paired = virtual_station.pair()
    if paired is None:
        return
    pairing = installation.state.run / "virtual-station.json"
    table = {"address": f"http://{HOST}:{port}", "station": paired.station, "secret": paired.secret}
    pairing.touch(mode=0o600)
    pairing.write_text(json.dumps(table))
    log = installation.state.logs / "station.log"
    supervisor.add("virtual station", lambda: start_virtual_station(pairing, installation.state, log=log))


def _institutions(installation: Installation, supervisor: Supervisor) -> Iterator[str]:
    """The web server for institutions, where one is wanted; where it answers when it runs."""
    port = installation.institution_port
    if not port:
        return
    environment = processes.environment(**installation.institution_environment())
    log = installation.state.logs / "institutions.log"
    supervisor.add(
        "web server for institutions",
        lambda: start_web(environment, host=HOST, port=port, workers=WORKERS, log=log),
    )
    yield f"{port}/api/v1/openapi.json"


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{address}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _database_watch(installation: Installation) -> Callable[[], None]:
    def look() -> None:
        if installation.revive_database():
            click.echo("The database died and is started again.", err=True)

    return look


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One `healthcard run` for one state folder."""
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException("It runs already for this state folder: stop the other one first.") from None
        yield


def _need_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is not free ({error.strerror}): choose another one with --port."
            ) from None
