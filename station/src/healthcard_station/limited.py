"""Cards and devices whose every call ends in time: a thread of its own talks to them, the caller waits so long."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping

from healthcard_station.cards import Card, CardGone, Device

SECONDS = 10.0  # one command; the slowest of a personalisation takes less than one
DEVICE_SECONDS = 100.0  # somebody looks for his glasses before he signs; the server waits 120
Call = Callable[[Card], bytes]


class LimitedCard:
    """The card that `opened` opens, in a thread of its own.

    A call that takes longer than `seconds` raises CardGone, and so does every one after it: nothing more goes out to a
    card that was given up. Its thread ends when the card comes back; until then `stuck` is true and its reader rests.
    """

    def __init__(self, opened: Callable[[], Card], name: str, *, seconds: float = SECONDS) -> None:
        self._opened = opened
        self._name = name
        self._seconds = seconds
        self._calls: queue.SimpleQueue[tuple[Call, queue.SimpleQueue[bytes | Exception]] | None] = queue.SimpleQueue()
        self._given_up = False
        self._thread = threading.Thread(target=self._serve, name=f"card in {name}", daemon=True)
        self._thread.start()

    @property
    def stuck(self) -> bool:
        """Whether the reader is still held, though nobody waits for it any more."""
        return self._given_up and self._thread.is_alive()

    def reset(self) -> bytes:
        """Power the card off and on; its answer to reset."""
        return self._done(lambda card: card.reset())

    def transmit(self, command: bytes) -> bytes:
        """One command."""
        return self._done(lambda card: card.transmit(command))

    def close(self) -> None:
        """Let go of the card, without waiting for one that hangs."""
        self._calls.put(None)
        if not self._given_up:
            self._thread.join(self._seconds)
            self._given_up = True

    def _done(self, call: Call) -> bytes:
        if self._given_up:
            raise CardGone(f"{self._name}: this card was given up; take it out, then start again")
        done: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        self._calls.put((call, done))
        try:
            result = done.get(timeout=self._seconds)
        except queue.Empty:
            self._given_up = True
            raise CardGone(f"{self._name}: the card did not answer within {self._seconds:g} s; take it out") from None
        if isinstance(result, Exception):
            raise result
        return result

    def _serve(self) -> None:
        card: Card | None = None
        while (order := self._calls.get()) is not None and not self._given_up:
            call, done = order
            try:
                card = card or self._opened()
                done.put(call(card))
            except Exception as error:  # noqa: BLE001 - whatever it is belongs to the caller, not to this thread
                done.put(error)
        if card is not None:
            card.close()


class LimitedDevice:
    """A device that is given up when it tells nothing for `seconds`; it rests until it comes back."""

    def __init__(self, device: Device, name: str, *, seconds: float = DEVICE_SECONDS) -> None:
        self._device = device
        self._name = name
        self._seconds = seconds
        self._thread: threading.Thread | None = None

    def take(self) -> Mapping[str, str]:
        """What it tells; raises CardGone."""
        if self._thread is not None and self._thread.is_alive():
            raise CardGone(f"{self._name}: it still hangs on what it was asked before; unplug it")
        done: queue.SimpleQueue[Mapping[str, str] | Exception] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._asked, args=(done,), name=self._name, daemon=True)
        self._thread.start()
        try:
            told = done.get(timeout=self._seconds)
        except queue.Empty:
            raise CardGone(f"{self._name}: nothing came within {self._seconds:g} s") from None
        if isinstance(told, Exception):
            raise told
        return told

    def _asked(self, done: queue.SimpleQueue[Mapping[str, str] | Exception]) -> None:
        try:
            done.put(self._device.take())
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to the caller, not to this thread
            done.put(error)
