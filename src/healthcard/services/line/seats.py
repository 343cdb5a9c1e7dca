"""The stations as the line knows them: their secrets, when each was heard, which readers it has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import connections
from django.db.models.functions import Now

from healthcard.services.errors import NotAuthenticated
from healthcard.services.line.signatures import Window
from healthcard.services.sealing import sealer
from healthcard.storage.models import Station

RENEW_SECONDS = 30.0  # a station that was closed is known so long at most; the line is told of it besides
AWAKE_SECONDS = 600.0  # a desk whose clerk was at work so lately is asked often


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One reader of a station: whether a card lies in it, and whether it can be used."""

    name: str
    card: bool
    free: bool


@dataclass(slots=True, kw_only=True)
class Seat:
    """One station, with its readers and devices. `heard_at` and `woken_at` are of the line's clock."""

    station: int
    key: bytes = field(repr=False)
    window: Window = field(default_factory=Window)
    readers: tuple[Reader, ...] = ()
    devices: frozenset[str] = frozenset()
    heard_at: float = float("-inf")
    woken_at: float = float("-inf")


def secrets() -> Mapping[int, bytes]:
    """The secret of each paired station (32 bytes)."""
    seals = sealer()
    rows = Station.objects.filter(closed_at=None, organisation__closed_on=None).exclude(sealed_secret=None)
    return {row.pk: seals.open(bytes(row.sealed_secret or b""), seal_owner(row.pk)) for row in rows}


def seal_owner(station: int) -> bytes:
    """What a station's secret is sealed for."""
    return f"station:{station}".encode()


class Seats:
    """All of them; safe for several threads. `known` reads their secrets, `note` writes who was heard of late."""

    def __init__(
        self,
        known: Callable[[], Mapping[int, bytes]] = secrets,
        note: Callable[[list[int]], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._known = known
        self._note = note or _noted
        self._clock = clock
        self._lock = threading.Lock()
        self._seats: dict[int, Seat] = {}
        self._renewed_at = float("-inf")

    def of(self, station: int) -> Seat:
        """The seat of a paired station; raises NotAuthenticated."""
        with self._lock:
            late = self._clock() - self._renewed_at > RENEW_SECONDS
            if late:
                self._renew()
            seat = self._seats.get(station)
        if seat is None:
            raise NotAuthenticated("This station is not paired: pair it anew. 本机未配对，请重新配对。")
        return seat

    def heard(self, seat: Seat, readers: tuple[Reader, ...], devices: frozenset[str] = frozenset()) -> None:
        """It asked for work."""
        seat.readers, seat.devices, seat.heard_at = readers, devices, self._clock()

    def wake(self, station: int) -> tuple[float, tuple[Reader, ...]] | None:
        """Its clerk is at work; seconds since it was heard, and its readers. None: not heard since we began."""
        with self._lock:
            seat = self._seats.get(station)
        if seat is None:
            return None
        seat.woken_at = self._clock()
        return self._clock() - seat.heard_at, seat.readers

    def is_awake(self, seat: Seat) -> bool:
        """Whether its clerk was at work lately."""
        return self._clock() - seat.woken_at < AWAKE_SECONDS

    def renew(self) -> None:
        """Stations were paired or closed: look at once when one is asked for."""
        with self._lock:
            self._renewed_at = float("-inf")

    def _renew(self) -> None:
        try:
            lately = [s.station for s in self._seats.values() if s.heard_at >= self._renewed_at > float("-inf")]
            found = self._known()
            if lately:
                self._note(lately)
        finally:
            connections.close_all()
        kept = {number: seat for number, seat in self._seats.items() if found.get(number) == seat.key}
        self._seats = {number: kept.get(number) or Seat(station=number, key=key) for number, key in found.items()}
        self._renewed_at = self._clock()


def _noted(stations: list[int]) -> None:
    Station.objects.filter(pk__in=stations).update(last_seen=Now())
