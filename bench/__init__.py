"""Figures and the ratios that matter. `make bench` runs every module here, prints a table and writes var/bench.json.

A module `bench/<name>.py` has `measure() -> Iterable[Figure]`. A figure is measured, never asserted on in a test; its
limit is a ratio or a bound that the table shows beside it. Packages here are what benches work with.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value; `bound` such as ">= 0.5" or "<= 120" when there is one."""

    name: str
    value: float
    unit: str
    bound: str = ""
    remark: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        if not self.bound:
            return None
        sign, limit = self.bound.split()
        return self.value >= float(limit) if sign == ">=" else self.value <= float(limit)


def apart(module: str, home: Path, *arguments: str) -> Iterator[Figure]:
    """The figures that `python -m module` prints (see `tell`), run in a process of its own for the installation `home`.

    What it says otherwise goes where our own errors go.
    """
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "HEALTHCARD_HOME": str(home)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield Figure(**json.loads(line))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def tell(figures: Iterable[Figure]) -> None:
    """Print figures for `apart`, each as soon as it is measured."""
    for figure in figures:
        print(json.dumps(asdict(figure)), flush=True)
