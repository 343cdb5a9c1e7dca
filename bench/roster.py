"""Rosters: how fast rows are judged on one core, read from a workbook, and put on file from a county's .csv."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench import Figure
from healthcard.documents.roster import read_roster
from healthcard.documents.roster_reader import messages
from healthcard.services.people.rosters import write_synthetic

JUDGED, WORKBOOK, COUNTY = 20_000, 20_000, 400_000
SEED = 7  # other people than the demo's
KILOBYTES = 1024  # per megabyte, in which the system counts memory


def measure() -> Iterator[Figure]:
    """Judging alone, a full workbook, and a county of 400,000 people put on file."""
    with tempfile.TemporaryDirectory(prefix="hc-") as name:
        folder = Path(name)
        yield _judging(folder / "judged.csv")
        yield _workbook(folder / "roster.xlsx")
        yield from _county(folder)


def _judging(path: Path) -> Figure:
    write_synthetic(path, JUDGED, SEED, _silent)
    start = time.process_time()
    with path.open("rb") as source:
        rows = sum(len(message["rows"]) for message in messages(source, kind="csv", today=_today()))
    seconds = time.process_time() - start
    return Figure(name="roster: csv rows judged on one core", value=rows / seconds, unit="rows/s")


def _workbook(path: Path) -> Figure:
    write_synthetic(path, WORKBOOK, SEED, _silent)
    start = time.perf_counter()
    rows = sum(len(batch.rows) for batch in read_roster(path))
    name = f"roster: workbook of {rows:,} rows read and judged"
    return Figure(name=name, value=time.perf_counter() - start, unit="s")


def _county(folder: Path) -> Iterator[Figure]:
    """Imported by a process of its own, so that its memory and its reader's are theirs alone."""
    write_synthetic(folder / "county.csv", COUNTY, SEED, _silent)
    home = {**os.environ, "HEALTHCARD_HOME": str(folder / "home")}
    _here("prepare", home)
    measured = json.loads(_here("import", home, str(folder / "county.csv")))
    counts = f"{measured['stored']:,} stored, {measured['refused']:,} refused"
    name = f"roster: {measured['rows']:,} csv rows validated and stored"
    yield Figure(name=name, value=measured["seconds"], unit="s", bound="<= 120", remark=counts)
    name = "roster: most memory of importer and reader together"
    yield Figure(name=name, value=measured["megabytes"], unit="MB", bound="<= 300")


def _here(task: str, environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "bench.roster", task, *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def _prepare() -> None:
    """An installation with the demo's organisations."""
    from healthcard.site.installation import Site

    site = Site.open(os.environ)
    for _ in site.set_up():
        pass
    with site.working():
        from healthcard.services.stage import demo

        demo.create(date.today())  # noqa: DTZ011 - the demo's own day


def _import(path: Path) -> None:
    """Put the people of `path` on file and print what it took, as JSON."""
    from healthcard.site.installation import Site

    with Site.open(os.environ).working():
        from healthcard.services import actor
        from healthcard.services.people import intake

        start = time.perf_counter()
        result = intake.import_roster(actor.console(), path)
        seconds = time.perf_counter() - start
        memory = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    figures = {"rows": result.rows, "stored": result.stored, "refused": result.refused, "seconds": seconds}
    print(json.dumps({**figures, "megabytes": memory / KILOBYTES}))


def _silent(_: int) -> None:
    """Nobody watches."""


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 - any day will do


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        _prepare()
    else:
        _import(Path(sys.argv[2]))
