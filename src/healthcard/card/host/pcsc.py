"""Real readers over PC/SC: the one module that imports pyscard, and only when a reader is wanted.

Each transport has a thread of its own that talks to its reader: a card that hangs in the middle of a command hangs
that thread, never the caller, who gets CardTimeout after `seconds`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from healthcard.card.host.errors import NoReader
from healthcard.card.wire.errors import CardGone, CardTimeout

SECONDS = 10.0  # time limit of one command
STOPPING = 2.0  # seconds a card may take to be let go
Scard = Any  # the module smartcard.scard, which has no types: what it returns is checked or converted here
Call = Callable[[], bytes]

INSTALL = "PC/SC readers need pyscard: install it with `pip install 'healthcard[readers]'`"
# What goes wrong, by PC/SC's own numbers, for the operator (pcsclite.h). Those of the card come as CardGone.
NO_READER = {
    0x8010001D: "its service does not run: start pcscd",
    0x8010002E: "no reader is connected",
    0x80100009: "there is no reader of this name",
    0x80100017: "the reader was unplugged",
    0x8010000B: "another program uses the card: close it",
    0x8010001E: "its service was stopped: start pcscd",
}
NO_CARD = {
    0x8010000C: "no card in the reader: insert one",
    0x80100069: "the card was taken out: insert it again",
    0x80100066: "the card does not answer: it lies wrong, or it is dead",
    0x80100067: "the card has no power: insert it again",
    0x80100068: "another program reset the card: start again",
    0x8010000F: "the card and the reader share no protocol",
    0x80100016: "the card stopped in the middle of a command: it was moved, or it is dead",
    0x8010002F: "the reader lost the card in the middle of a command: insert it again",
}


def list_readers() -> tuple[str, ...]:
    """The names of the readers connected now. Raises NoReader when there is no PC/SC service."""
    scard = _scard()
    context = _established(scard)
    try:
        result, names = scard.SCardListReaders(context, [])
        return tuple(names) if result == scard.SCARD_S_SUCCESS else ()
    finally:
        scard.SCardReleaseContext(context)


class PcscTransport:
    """The card in the reader named `reader`. Use as a context manager: leaving it releases reader and card.

    The card stays powered when we leave it, as clients expect. `transaction=True` keeps other programs away from the
    card between `reset` and `close`. Raises NoReader, CardGone and CardTimeout.
    """

    def __init__(self, reader: str, *, seconds: float = SECONDS, transaction: bool = False) -> None:
        self._link = _Link(scard=_scard(), reader=reader, transaction=transaction)
        self._seconds = seconds
        self._worker = _Worker(reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reset(self) -> bytes:
        """Power the card down and up; the answer to reset as the reader shows it."""
        return self._worker.run(self._link.reset, self._seconds)

    def transmit(self, command: bytes) -> bytes:
        """One command; raises CardGone when there was no answer."""
        return self._worker.run(lambda: self._link.transmit(command), self._seconds)

    def close(self) -> None:
        """Release card and reader; a card that hangs keeps only its own thread."""
        self._worker.stop(self._link.close)


class _Worker:
    """A thread that does one reader's calls, one after the other, for one caller."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        self._hung = False
        threading.Thread(target=self._serve, name=f"reader {name}", daemon=True).start()

    def run(self, call: Call, seconds: float) -> bytes:
        """The result of `call`; raises CardTimeout when it is not there in time, and at once ever after."""
        if self._hung:
            raise CardTimeout(f"{self._name} still hangs in an earlier command: take the card out, then start again")
        self._calls.put(call)
        try:
            result = self._results.get(timeout=seconds)
        except queue.Empty:
            self._hung = True
            raise CardTimeout(f"{self._name}: the card did not answer within {seconds:g} s: take it out") from None
        if isinstance(result, Exception):
            raise result
        return result

    def stop(self, last: Call) -> None:
        """Have `last` done after everything else, and the thread end; waits for neither when the reader hangs."""
        if not self._hung:
            self.run(last, STOPPING)
        self._calls.put(None)

    def _serve(self) -> None:
        while call := self._calls.get():
            try:
                self._results.put(call())
            except Exception as error:  # noqa: BLE001  # whatever it is belongs to the caller, not to this thread
                self._results.put(error)


@dataclass(slots=True, kw_only=True)
class _Link:
    """The PC/SC handles of one reader."""

    scard: Scard
    reader: str
    transaction: bool
    context: int | None = None
    card: int | None = None
    protocol: int = 0

    def reset(self) -> bytes:
        """Connect, or power down and up; the answer to reset."""
        scard = self.scard
        if self.card is None:
            self._connect()
        share, protocols = scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, self.protocol = scard.SCardReconnect(self.card, share, protocols, scard.SCARD_UNPOWER_CARD)
        self._check(result)
        result, _, _, _, answer = scard.SCardStatus(self.card)
        self._check(result)
        return bytes(answer)

    def transmit(self, command: bytes) -> bytes:
        """One command and its answer; an empty answer means the card is gone."""
        if self.card is None:
            raise CardGone(f"{self.reader}: no card is connected, reset first")
        scard = self.scard
        pci = scard.SCARD_PCI_T0 if self.protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        result, answer = scard.SCardTransmit(self.card, pci, list(command))
        self._check(result)
        if not answer:
            raise CardGone(f"{self.reader}: the card answered nothing: it was moved, or it is dead")
        return bytes(answer)

    def close(self) -> bytes:
        """Give card and context back, whatever state they are in; the card stays powered."""
        scard = self.scard
        if self.card is not None:
            if self.transaction:
                scard.SCardEndTransaction(self.card, scard.SCARD_LEAVE_CARD)
            scard.SCardDisconnect(self.card, scard.SCARD_LEAVE_CARD)
        if self.context is not None:
            scard.SCardReleaseContext(self.context)
        self.card = self.context = None
        return b""

    def _connect(self) -> None:
        scard = self.scard
        if self.context is None:
            self.context = _established(scard)
        share, protocols = scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, card, self.protocol = scard.SCardConnect(self.context, self.reader, share, protocols)
        self._check(result)
        self.card = card
        if self.transaction:
            self._check(scard.SCardBeginTransaction(card))

    def _check(self, result: int) -> None:
        """Raise what `result` means; a card that is gone must be connected anew."""
        if result == self.scard.SCARD_S_SUCCESS:
            return
        problem = problem_of(result, self.reader, self.scard.SCardGetErrorMessage(result))
        if isinstance(problem, CardGone):
            self.close()
        raise problem


def problem_of(result: int, reader: str, wording: str) -> CardGone | NoReader:
    """The exception for PC/SC's `result` (signed or not), in words; PC/SC's own `wording` where we have none."""
    code = result & 0xFFFFFFFF
    if code in NO_CARD:
        return CardGone(f"{reader}: {NO_CARD[code]}")
    return NoReader(f"{reader}: {NO_READER.get(code, wording)}")


def _established(scard: Scard) -> int:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        raise problem_of(result, "PC/SC", scard.SCardGetErrorMessage(result))
    return int(context)


def _scard() -> Scard:
    try:
        from smartcard import scard
    except ImportError:
        raise NoReader(INSTALL) from None
    return scard
