"""The virtual station's process: the program of real stations, with a reader that holds chips of the rack.

    python -m healthcard.site.virtual_station PAIRING FOLDER RACK

PAIRING is the station's own file, FOLDER where it is told what lies in the reader, RACK the rack's socket.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from healthcard_station import pairing
from healthcard_station.cards import CardGone
from healthcard_station.station import Station
from healthcard_station.talk import Talk
from healthcard_station.workbench import Refused, Workbench

from healthcard.card.host.rack import RackChip, RackClient
from healthcard.card.wire.errors import CardError
from healthcard.services.stage.virtual_slot import NAME, keep, lying
from healthcard.site import virtual_devices


class VirtualReaders:
    """One reader; what lies in it is told by a file."""

    def __init__(self, folder: Path, rack: Path) -> None:
        self._folder = folder
        self._rack = rack

    def look(self) -> Mapping[str, bool]:
        """Its name, and whether a virtual card lies in it."""
        return {NAME: bool(lying(self._folder).slot)}

    def open(self, name: str) -> VirtualCard:
        """The virtual card in it."""
        return VirtualCard(self._folder, self._rack)


class VirtualCard:
    """The chip that lies in the reader."""

    def __init__(self, folder: Path, rack: Path) -> None:
        """Raises CardGone when none does."""
        self._folder = folder
        self._slot = lying(folder)
        self._left = self._slot.pull_after
        if not self._slot.slot:
            raise CardGone("no card in the reader")
        try:
            self._client = RackClient(rack)
            self._chip: RackChip = self._client.open(self._slot.slot)
        except CardError as error:
            raise CardGone(str(error)) from error

    def reset(self) -> bytes:
        """Power cycle."""
        self._need_card()
        try:
            return self._chip.reset()
        except CardError as error:
            raise CardGone(str(error)) from error

    def transmit(self, command: bytes) -> bytes:
        """One command; the one that was asked to be the last pulls the card."""
        self._need_card()
        if self._slot.pull_after:
            self._left -= 1
            if self._left <= 0:
                self._pull()
        try:
            return self._chip.transmit(command)
        except CardError as error:
            raise CardGone(str(error)) from error

    def close(self) -> None:
        """Put it down."""
        self._client.close()

    def _need_card(self) -> None:
        if lying(self._folder).slot != self._slot.slot:
            raise CardGone("the card was taken out")

    def _pull(self) -> None:
        keep(self._folder, replace(lying(self._folder), slot="", pull_after=0))
        self._client.remove(self._slot.slot)


def main() -> None:
    """Carry card sessions until told to stop."""
    file, folder, rack = map(Path, sys.argv[1:])
    known = pairing.load(file)
    talk = Talk(Workbench(known.address), known)
    station = Station(talk, VirtualReaders(folder, rack), virtual_devices.all_of(folder))
    stopped = threading.Event()

    def stop(*_: object) -> None:
        station.stop()
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        station.run()
    except Refused as refusal:  # closed at the workbench: nothing to carry, and no reason to be started again
        sys.stderr.write(f"{refusal}\n")
        stopped.wait()


if __name__ == "__main__":
    main()
