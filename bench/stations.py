"""Two hundred desks at which nobody works: what their stations' questions cost the server."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bench import Figure, apart, tell

if TYPE_CHECKING:
    from healthcard_station.talk import Talk

    from healthcard.site.installation import Site

STATIONS = 200
SECONDS = 30.0
WORKERS = 2
POLL = {"say": "poll", "readers": [{"name": "reader", "card": False, "free": True}], "busy": []}
TICKS = os.sysconf("SC_CLK_TCK")


def measure() -> Iterator[Figure]:
    """An installation of its own."""
    with tempfile.TemporaryDirectory(prefix="hc-") as name:
        yield from apart("bench.stations", Path(name))


def _figures() -> Iterator[Figure]:
    from healthcard.services import processes
    from healthcard.site.installation import Site

    site = Site.open(os.environ)
    site.set_up_database()
    processes.prepare_demo_keys(site.state)
    with site.working():
        from healthcard.services.stage import demo

        demo.create(date.today(), people=0)  # noqa: DTZ011 - the day of this run
        known = _stations()
        with _serving(site) as (port, servers):
            talks = [_talk(port, number, secret) for number, secret in known]
            interval = float(talks[0].say(POLL)["seconds"])
            _round(talks, 0.0)  # every connection is open, every epoch known
            before, began = _ticks(servers), time.monotonic()
            waits = list(_rounds(talks, interval, began))
            spent, passed = (_ticks(servers) - before) / TICKS, time.monotonic() - began
            for talk in talks:
                talk.leave()
    yield Figure(name=f"stations: seconds between two questions of {STATIONS} idle ones", value=interval, unit="s")
    name = f"stations: {STATIONS} idle ones, server's share of one core"
    yield Figure(name=name, value=100 * spent / passed, unit="%", bound="<= 25", remark="web workers and card line")
    yield Figure(name="stations: a question", value=1000 * statistics.median(waits), unit="ms")
    yield Figure(name="stations: a question, p95", value=1000 * statistics.quantiles(waits, n=20)[-1], unit="ms")


def _stations() -> list[tuple[int, str]]:
    from healthcard.services.line.seats import seal_owner
    from healthcard.services.sealing import sealer
    from healthcard.storage.models import Account, Station

    clerk = Account.objects.get(username="clerk")
    seals, known = sealer(), []
    for _ in range(STATIONS):
        secret, now = os.urandom(32), "2026-01-01T00:00:00+00:00"
        row = Station.objects.create(
            name="bench", organisation_id=clerk.organisation_id, paired_by=clerk, code_until=now, paired_at=now
        )
        Station.objects.filter(pk=row.pk).update(sealed_secret=seals.seal(secret, seal_owner(row.pk)))
        known.append((row.pk, secret.hex()))
    return known


def _talk(port: int, number: int, secret: str) -> Talk:
    from healthcard_station.pairing import Pairing
    from healthcard_station.talk import Talk
    from healthcard_station.workbench import Workbench

    address = f"http://127.0.0.1:{port}"
    return Talk(Workbench(address), Pairing(address=address, station=number, secret=secret))


def _rounds(talks: list[Talk], interval: float, began: float) -> Iterator[float]:
    while time.monotonic() - began < SECONDS:
        yield from _round(talks, interval)


def _round(talks: list[Talk], interval: float) -> list[float]:
    """Each station asks once, evenly over `interval`; how long each waited for its answer."""
    waits, began = [], time.monotonic()
    for place, talk in enumerate(talks):
        time.sleep(max(0.0, began + interval * place / len(talks) - time.monotonic()))
        asked = time.monotonic()
        talk.say(POLL, patience=5.0)
        waits.append(time.monotonic() - asked)
    return waits


@contextmanager
def _serving(site: Site) -> Iterator[tuple[int, list[int]]]:
    """Card line and web server as `healthcard run` starts them: the port, and their processes."""
    from healthcard.cli.supervisor import start_line, start_web
    from healthcard.services import processes

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment, log = processes.environment(**site.web_environment()), site.state.logs / "bench.log"
    line = start_line(environment, log=log)
    web = start_web(environment, host="127.0.0.1", port=port, workers=WORKERS, log=log)
    try:
        _await(site.state.line_socket, port)
        yield port, [line.pid, web.pid, *_children(web)]
    finally:
        processes.stop(web)
        processes.stop(line)


def _await(line: Path, port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
            continue
        if line.exists():
            return
        time.sleep(0.1)
    raise TimeoutError("the servers of the bench do not answer")


def _children(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def _ticks(processes: list[int]) -> int:
    """User and system time of these processes so far."""
    stats = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in processes]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats)


if __name__ == "__main__":
    tell(_figures())
