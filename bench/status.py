"""Hospitals asking: the status of a card beside an operation of the same server that does nothing, and verification."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import Figure, apart, tell, traffic
from bench.population import fill_home

if TYPE_CHECKING:
    from healthcard.site.installation import Site

PEOPLE = 10_000
WORKERS = 2
_SETTINGS = "bench.traffic.settings"
SECONDS = 8.0
ISSUER = "9" * 22  # of the population
WARM_UP = 2.0
ROUNDS = 2  # one after the other in turns; the best of each counts


def measure() -> Iterator[Figure]:
    """An installation of its own with ten thousand people."""
    with tempfile.TemporaryDirectory(prefix="hc-") as name:
        fill_home(Path(name), PEOPLE)
        yield from apart("bench.status", Path(name))


def _figures() -> Iterator[Figure]:
    from healthcard.site.installation import Site

    site = Site.open(os.environ)
    with site.working(), _serving(site) as port:
        token = _token()
        kinds = [[traffic.get("/bench/nothing")], _status(token), _verifications(token)]
        for requests in kinds:
            traffic.rate(port, requests, WARM_UP)  # every worker has loaded its code and planned its questions
        rounds = [[traffic.rate(port, requests, SECONDS) for requests in kinds] for _ in range(ROUNDS)]
    nothing, status, verified = map(max, zip(*rounds, strict=True))
    yield Figure(name="api: an operation that does nothing", value=nothing, unit="answers/s")
    yield Figure(name="api: anonymous status of a card", value=status, unit="answers/s")
    name = "api: anonymous status / an operation that does nothing"
    yield Figure(name=name, value=status / nothing, unit="", bound=">= 0.25")
    yield Figure(name="api: logged verifications over HTTP", value=verified, unit="answers/s", bound=">= 800")


def _status(token: str) -> list[bytes]:
    paths = [f"/api/v1/cards/{ISSUER}/{serial:010d}/status" for serial in range(1, PEOPLE)]
    return [traffic.get(path, token) for path in paths]


def _verifications(token: str) -> list[bytes]:
    asked = {"purpose": "treatment", "step": "registration"}
    cards = [{"issuer_code": ISSUER, "issue_serial": f"{serial:010d}"} for serial in range(1, PEOPLE)]
    bodies = [json.dumps(asked | {"card": card}).encode() for card in cards]
    return [traffic.post("/api/v1/verifications", body, token) for body in bodies]


def _token() -> str:
    """A session of a hospital's machine."""
    from healthcard.services import actor
    from healthcard.services.authority import credentials, tokens
    from healthcard.storage.models import Organisation

    hospital = Organisation.objects.create(
        code="H00001", name="测试医院", kind="institution", parent_id=2, division="990000"
    )
    told = credentials.create(actor.console(), hospital.pk, name="bench")
    return tokens.open_for_machine(told.id).token


@contextmanager
def _serving(site: Site) -> Iterator[int]:
    """The server of institutions as `healthcard run` starts it, with one operation more; its port."""
    from healthcard.cli.supervisor import start_web
    from healthcard.services import processes

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = processes.environment(**site.institution_environment() | {"DJANGO_SETTINGS_MODULE": _SETTINGS})
    process = start_web(environment, host="127.0.0.1", port=port, workers=WORKERS, log=site.state.logs / "bench.log")
    try:
        _await(port)
        yield port
    finally:
        processes.stop(process)


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server of the bench does not answer")


if __name__ == "__main__":
    tell(_figures())
