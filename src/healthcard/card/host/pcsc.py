"""Real readers over PC/SC: the one module that imports pyscard, and only when a reader is wanted.

Each transport has a thread of its own that talks to its reader: a card that hangs in the middle of a command hangs
that thread, never the caller, who gets CardTimeout after `seconds`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from healthcard.card.host.errors import NoReader
from healthcard.card.host.ports import Transport
from healthcard.card.wire.errors import CardGone, CardTimeout

SECONDS = 10.0  # time limit of one command
T = TypeVar("T")
Scard = Any  # the module smartcard.scard, which has no types: what it returns is checked or converted here

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
    card between `reset` and `close`. A command that takes longer than `seconds` raises CardTimeout, and so does
    everything after it. Also raises NoReader and CardGone.
    """

    def __init__(self, reader: str, *, seconds: float = SECONDS, transaction: bool = False) -> None:
        self._link = _Link(scard=_scard(), reader=reader, transaction=transaction)
        self._worker = _Worker(self._link, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reset(self) -> bytes:
        """Power the card down and up; the answer to reset as the reader shows it."""
        return self._worker.run(self._link.reset)

    def transmit(self, command: bytes) -> bytes:
        """One command; raises CardGone when there was no answer."""
        return self._worker.run(lambda: self._link.transmit(command))

    def work(self, job: Callable[[Transport], T]) -> T:
        """The result of `job`, done with this card in the reader's own thread.

        Its commands cost no hand-over between threads, and the limit holds for each of them: when one hangs the caller
        gets CardTimeout, and the job is stopped should the card ever answer.
        """
        return self._worker.run(lambda: job(self._link))

    def close(self) -> None:
        """Release card and reader; a card that hangs keeps only its own thread."""
        self._worker.stop()


class _Link:
    """The PC/SC handles of one reader: a Transport for the reader's own thread."""

    def __init__(self, *, scard: Scard, reader: str, transaction: bool) -> None:
        self._scard = scard
        self._transaction = transaction
        self._context: int | None = None
        self._card: int | None = None
        self._protocol = 0
        self.reader = reader
        self.begun: float | None = None  # when the call being carried out began
        self.abandoned = False  # nobody waits for us any more: no further command goes out

    def reset(self) -> bytes:
        """Connect, or power down and up; the answer to reset."""
        scard = self._scard
        share, protocols = scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        with self._timed():
            if self._card is None:
                self._connect(share, protocols)
            result, self._protocol = scard.SCardReconnect(self._card, share, protocols, scard.SCARD_UNPOWER_CARD)
            self._check(result)
            result, _, _, _, answer = scard.SCardStatus(self._card)
            self._check(result)
        return bytes(answer)

    def transmit(self, command: bytes) -> bytes:
        """One command and its answer; an empty answer means the card is gone."""
        if self._card is None:
            raise CardGone(f"{self.reader}: no card is connected, reset first")
        scard = self._scard
        pci = scard.SCARD_PCI_T0 if self._protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        with self._timed():
            result, answer = scard.SCardTransmit(self._card, pci, list(command))
        self._check(result)
        if not answer:
            raise CardGone(f"{self.reader}: the card answered nothing: it was moved, or it is dead")
        return bytes(answer)

    def close(self) -> None:
        """Give card and context back, whatever state they are in; the card stays powered."""
        scard = self._scard
        with _Timed(self):
            if self._card is not None:
                if self._transaction:
                    scard.SCardEndTransaction(self._card, scard.SCARD_LEAVE_CARD)
                scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)
            if self._context is not None:
                scard.SCardReleaseContext(self._context)
        self._card = self._context = None

    def _connect(self, share: int, protocols: int) -> None:
        scard = self._scard
        if self._context is None:
            self._context = _established(scard)
        result, card, self._protocol = scard.SCardConnect(self._context, self.reader, share, protocols)
        self._check(result)
        self._card = card
        if self._transaction:
            self._check(scard.SCardBeginTransaction(card))

    def _check(self, result: int) -> None:
        """Raise what `result` means; a card that is gone must be connected anew."""
        if result == self._scard.SCARD_S_SUCCESS:
            return
        problem = problem_of(result, self.reader, self._scard.SCardGetErrorMessage(result))
        if isinstance(problem, CardGone):
            self.close()
        raise problem

    def _timed(self) -> _Timed:
        if self.abandoned:
            raise CardTimeout(f"{self.reader}: this card was given up")
        return _Timed(self)


class _Timed:
    """Notes on a link when a call began, until it ends."""

    __slots__ = ("_link", "_outer")

    def __init__(self, link: _Link) -> None:
        self._link = link
        self._outer = link.begun

    def __enter__(self) -> None:
        self._link.begun = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.begun = self._outer


class _Worker:
    """The thread of one reader. It does one call after the other, for one caller."""

    def __init__(self, link: _Link, seconds: float) -> None:
        self._link = link
        self._seconds = seconds
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name=f"reader {link.reader}", daemon=True).start()

    def run(self, call: Callable[[], T]) -> T:
        """The result of `call`; raises CardTimeout when a command in it hangs, and at once ever after."""
        link = self._link
        if link.abandoned:
            raise CardTimeout(f"{link.reader} hangs in an earlier command: take the card out, then start again")
        done: queue.SimpleQueue[_Done[T]] = queue.SimpleQueue()
        self._calls.put(lambda: done.put(_done(call)))
        try:
            outcome = self._wait(done)
        except BaseException:
            link.abandoned = True
            raise
        if outcome.error is not None:
            raise outcome.error
        return outcome.value[0]

    def stop(self) -> None:
        """Let go of the card and end the thread; of a reader that hangs when it comes back, without waiting for it."""
        if self._link.abandoned:
            self._calls.put(self._link.close)
        else:
            self.run(self._link.close)
        self._calls.put(None)

    def _wait(self, done: queue.SimpleQueue[_Done[T]]) -> _Done[T]:
        left = self._seconds
        while left > 0:
            try:
                return done.get(timeout=left)
            except queue.Empty:
                begun = self._link.begun
                left = self._seconds if begun is None else begun + self._seconds - time.monotonic()
        raise CardTimeout(f"{self._link.reader}: the card did not answer within {self._seconds:g} s: take it out")

    def _serve(self) -> None:
        while call := self._calls.get():
            call()


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    """What became of a call: `value` has one element, or `error` says why not."""

    value: tuple[T, ...] = ()
    error: BaseException | None = None


def _done(call: Callable[[], T]) -> _Done[T]:
    try:
        return _Done((call(),))
    except BaseException as error:  # noqa: BLE001  # whatever it is belongs to the caller, not to the reader's thread
        return _Done(error=error)


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
