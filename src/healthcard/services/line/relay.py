"""Where an act and a station meet: the act waits for answers as for a reader, the station for the next step."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Mapping, Sequence

from healthcard.card.wire.errors import CardGone
from healthcard.perso.upkeep.errors import PadFailed
from healthcard.services.errors import Conflict
from healthcard.services.line.devices import Device, Told
from healthcard.services.line.steps import Answer, Kind, Step, read

IDLE_SECONDS = 120.0  # a station that is silent for so long has lost its card


class Relay:
    """One session's meeting point. Steps come one at a time; every answer may be given again and again."""

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._moved = threading.Condition()
        self._number = 0
        self._step: Step | None = None  # asked, and not answered yet
        self._answer: Answer | None = None
        self._asked: dict[int, Step] = {}  # the last two steps: one may be repeated while the next is due
        self._digests: dict[int, bytes] = {}  # of the answers taken to these
        self._closed = ""
        self._ended = False

    # The act's side

    def ask(self, kind: Kind | Device, commands: Sequence[bytes] = ()) -> Answer:
        """Wait for the station to carry out a step; raises CardGone when nobody does in time."""
        with self._moved:
            if not self._closed:
                self._number += 1
                self._step = Step(number=self._number, kind=kind, commands=tuple(commands))
                self._asked = {number: step for number, step in self._asked.items() if number == self._number - 1}
                self._asked[self._number] = self._step
                self._digests = {number: digest for number, digest in self._digests.items() if number in self._asked}
                self._moved.notify_all()
                if not self._moved.wait_for(lambda: self._answer is not None or self._closed, self._idle):
                    self._closed = f"the station was silent for {self._idle:.0f} seconds"
            answer, self._answer, self._step = self._answer, None, None
            if answer is None:
                raise CardGone(self._closed)
            return answer

    def end(self) -> None:
        """The act is over: nobody waits any more."""
        with self._moved:
            self._ended = True
            self._closed = self._closed or "the act is over"
            self._moved.notify_all()

    # The station's side

    def take(self, number: int, told: Mapping[str, object]) -> None:
        """Hand the act the station's answer to step `number`; the same one again changes nothing.

        Raises Invalid for what is no answer to that step, Conflict for another step's number or another answer.
        """
        with self._moved:
            asked = self._asked.get(number)
            if asked is None:
                raise Conflict(
                    f"第 {number} 步不是当前的一步：请查询会话状态后继续。",
                    f"Step {number} is not due: ask for the session's status and go on from there.",
                )
            answer = read(asked.kind, len(asked.commands), told)
            if number in self._digests:
                if not hmac.compare_digest(self._digests[number], answer.digest):
                    raise Conflict(
                        f"第 {number} 步此前的应答与此不同：请查询会话状态。",
                        f"Step {number} was answered otherwise before: ask for the session's status.",
                    )
            elif not self._closed:
                self._answer, self._digests[number] = answer, answer.digest
                self._moved.notify_all()

    def next(self, after: int, seconds: float) -> Step | None:
        """The step behind number `after`, waited for; None when the act has ended, or is still at work."""
        with self._moved:
            self._moved.wait_for(lambda: self._ended or self._waits_behind(after), seconds)
            return self._step if self._waits_behind(after) else None

    def close(self, reason: str) -> None:
        """No more answers will come: for the act the card is gone."""
        with self._moved:
            self._closed = self._closed or reason
            self._moved.notify_all()

    def _waits_behind(self, number: int) -> bool:
        return self._step is not None and self._answer is None and self._step.number > number


class RelayedTransport:
    """The card in the station's reader, as an act knows transports; runs go out in one step."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def reset(self) -> bytes:
        """Power cycle; the answer to reset."""
        return self._last(self._relay.ask(Kind.RESET))

    def transmit(self, command: bytes) -> bytes:
        """One command."""
        return self._last(self._relay.ask(Kind.RUN, (command,)))

    def run(self, commands: Sequence[bytes]) -> list[bytes]:
        """Many commands in one step; ends after the first answer that is neither 9000 nor 61xx."""
        answer = self._relay.ask(Kind.RUN, commands)
        if answer.gone:
            raise CardGone(answer.gone)
        return list(answer.responses)

    def _last(self, answer: Answer) -> bytes:
        if answer.gone or not answer.responses:
            raise CardGone(answer.gone or "the station sent nothing")
        return answer.responses[0]


class RelayedDevices:
    """The devices at the station."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def take(self, device: Device) -> Told:
        """What it tells, waited for; a station that falls silent is told as a device that is gone."""
        try:
            answer = self._relay.ask(device)
        except CardGone as gone:
            return Told(gone=str(gone))
        return Told(texts=answer.told, gone=answer.gone)


class RelayedPad:
    """The PIN pad at the station."""

    def __init__(self, devices: RelayedDevices) -> None:
        self._devices = devices

    def new_pin(self) -> str:
        """What the holder typed twice; raises PadFailed."""
        told = self._devices.take(Device.PAD)
        if told.gone:
            raise PadFailed(f"no new PIN was typed: {told.gone}")
        return told.texts["digits"]
