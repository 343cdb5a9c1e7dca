"""kill -9 of web server, database, key service and of `healthcard run` itself under load: nothing acknowledged is lost,
nothing is done twice, and the checker and the audit find nothing (reliability: A1, A3).
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from desk_client import HOST
from killing import KINDS, Tally, killed

from prove import Disproved, progress

CYCLES = 3 * len(KINDS)
ACKNOWLEDGED = 20_000
CLIENTS = 8


def prove() -> Iterator[str]:
    """One line when all kills are over."""
    tally = _killed()
    yield str(tally)
    if tally.bad:
        raise Disproved(f"KILLS bad={len(tally.bad)}: {'; '.join(tally.bad[:5])}")
    if tally.cycles < CYCLES or tally.acknowledged < ACKNOWLEDGED:
        raise Disproved(f"KILLS cycles={tally.cycles} acknowledged={tally.acknowledged}: too few")


def _killed() -> Tally:
    with tempfile.TemporaryDirectory(prefix="hc", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        try:
            return killed(home, _port(), cycles=CYCLES, least=ACKNOWLEDGED, clients=CLIENTS, tell=progress)
        except AssertionError as error:
            raise Disproved(f"KILLS {error}") from error


def _port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
