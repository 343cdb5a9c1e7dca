"""What lies in a demo's virtual reader, and who stands there: a small file on which web and virtual station agree."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from healthcard.domain import synthetic
from healthcard.domain.resident import Resident

NAME = "虚拟读写器"
FILE = "virtual-reader.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSlot:
    """The slot whose card lies in it ('' = none), after how many commands it is pulled (0: it stays), the PIN typed.

    `visitor` says which invented person stands there, "seed/number" ('' = nobody).
    """

    slot: str = ""
    pull_after: int = 0
    pin: str = ""
    visitor: str = ""


def lying(folder: Path) -> VirtualSlot:
    """What lies in the reader whose file is in `folder`."""
    try:
        return VirtualSlot(**json.loads((folder / FILE).read_text("utf-8")))
    except FileNotFoundError:
        return VirtualSlot()


def visitor(key: str) -> Resident:
    """The invented person of that key; raises ValueError for what is none."""
    seed, _, number = key.partition("/")
    return synthetic.resident(int(number), int(seed))


def keep(folder: Path, slot: VirtualSlot) -> None:
    """From now on this lies in it."""
    number, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        json.dump(asdict(slot), file)
    Path(name).replace(folder / FILE)
