"""Run all benches, or the named ones: `python -m bench [NAME ...]`."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import bench
from bench import Figure

MARKS = {True: "ok", False: "MISSED", None: ""}


def modules(names: list[str]) -> list[str]:
    """The benches to run, in order of their names."""
    found = pkgutil.iter_modules(bench.__path__)
    benches = sorted(module.name for module in found if module.name != "__main__" and not module.ispkg)
    return [name for name in benches if not names or name in names]


def figures(names: list[str]) -> Iterator[Figure]:
    """Measure one bench after the other, printing each figure as it comes."""
    print(f"{'figure':<62} {'value':>14} {'unit':<10} {'bound':<10}")
    for name in modules(names):
        for figure in importlib.import_module(f"bench.{name}").measure():
            mark = MARKS[figure.holds]
            print(f"{figure.name:<62} {figure.value:>14,.3f} {figure.unit:<10} {figure.bound:<10} {mark}", flush=True)
            if figure.remark:
                print(f"    {figure.remark}")
            yield figure


def main() -> int:
    """Write var/bench.json and say where; 1 when a bound was missed."""
    rows = list(figures(sys.argv[1:]))
    target = Path(os.environ.get("HEALTHCARD_HOME", "var")) / "bench.json"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.write_text(json.dumps([asdict(row) | {"holds": row.holds} for row in rows], indent=1), "utf-8")
    missed = sum(row.holds is False for row in rows)
    print(f"BENCH figures={len(rows)} missed={missed} json={target}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
