"""Figures and the ratios that matter. `make bench` runs every module here, prints a table and writes var/bench.json.

A module `bench/<name>.py` has `measure() -> Iterable[Figure]`. A figure is measured, never asserted on in a test; its
limit is a ratio or a bound that the table shows beside it.
"""

from __future__ import annotations

from dataclasses import dataclass


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
