"""A card pulled from its reader, or power gone, at a chosen command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TearMode(StrEnum):
    """When the chip loses power."""

    BEFORE = "before"  # the command never reaches it
    HALF = "half"  # half of its persistent writes are done; none of them on an atomic COS
    AFTER = "after"  # the command is done, the answer lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Tear:
    """Tear at the n-th command after arming, counted from 1."""

    at: int
    mode: TearMode
