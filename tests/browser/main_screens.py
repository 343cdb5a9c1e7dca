"""The main screens: those that are looked at most closely, and pictured in docs/screens."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

DESK, PHONE = (1366, 768), (390, 844)  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One screen: the name of its picture, who sees it, its address as in tests/web/screens.csv."""

    name: str
    role: str
    path: str

    @property
    def size(self) -> tuple[int, int]:
        """Of the window: a resident's page is looked at on a telephone."""
        return PHONE if self.path.startswith("/my") else DESK


_TABLE = Path(__file__).with_suffix(".csv").read_text("utf-8")
SCREENS = tuple(Screen(**row) for row in csv.DictReader(_TABLE.splitlines()))
