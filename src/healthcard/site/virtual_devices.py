"""The devices of a demo's virtual station: what they tell is chosen on the page of the virtual reader."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random

from healthcard_station.cards import CardGone
from PIL import Image, ImageDraw

from healthcard.domain.resident import Resident
from healthcard.services.line.devices import Device
from healthcard.services.stage.virtual_slot import keep, lying, visitor

SECONDS = 60.0
PAUSE = 0.2
PAPER = (480, 160)  # points of the signature pad
STROKES, POINTS = 4, 9
INK = 5
Telling = Callable[[Path], Mapping[str, str] | None]


class VirtualDevice:
    """One of them: it waits for what it is to tell."""

    def __init__(self, folder: Path, telling: Telling, *, seconds: float = SECONDS) -> None:
        self._folder = folder
        self._telling = telling
        self._seconds = seconds

    def take(self) -> Mapping[str, str]:
        """What was chosen; raises CardGone when nobody chooses."""
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            told = self._telling(self._folder)
            if told is not None:
                return told
            time.sleep(PAUSE)
        raise CardGone("nobody came")


def all_of(folder: Path) -> Mapping[str, VirtualDevice]:
    """By name."""
    return {device.value: VirtualDevice(folder, telling) for device, telling in _TELLINGS.items()}


def _typed(folder: Path) -> Mapping[str, str] | None:
    there = lying(folder)
    if not there.pin:
        return None
    keep(folder, replace(there, pin=""))
    return {"digits": there.pin}


def _of_visitor(tell: Callable[[Resident], Mapping[str, str]]) -> Telling:
    """What is told of whoever stands there."""

    def telling(folder: Path) -> Mapping[str, str] | None:
        key = lying(folder).visitor
        return tell(visitor(key)) if key else None

    return telling


def _identity(person: Resident) -> Mapping[str, str]:
    return {
        "name": person.name,
        "sex": person.sex,
        "ethnic_group": person.ethnic_group,
        "birth_date": f"{person.birth_date:%Y%m%d}",
        "citizen_number": person.document.number,
        "registered_address": person.registered_address,
        "valid_until": "",
    }


def _photo(person: Resident) -> Mapping[str, str]:
    return {"picture": b64encode(person.photo).decode()}


def _signature(person: Resident) -> Mapping[str, str]:
    """A few strokes, the same whenever the same person signs."""
    hand = Random(person.name)  # noqa: S311 - a drawing, no secret
    paper = Image.new("L", PAPER, 255)
    pen = ImageDraw.Draw(paper)
    for stroke in range(STROKES):
        left = 30 + stroke * 110
        line = [(left + point * 11, 80 + hand.randint(-50, 50)) for point in range(POINTS)]
        pen.line(line, fill=0, width=INK, joint="curve")
    made = BytesIO()
    paper.save(made, "PNG")
    return {"picture": b64encode(made.getvalue()).decode()}


_TELLINGS: Mapping[Device, Telling] = {
    Device.PAD: _typed,
    Device.IDENTITY_CARD: _of_visitor(_identity),
    Device.CAMERA: _of_visitor(_photo),
    Device.SIGNATURE: _of_visitor(_signature),
}
