"""PC/SC readers by pyscard, which is an extra: the same calls on Linux (tested), Windows and macOS (not tried)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from healthcard_station.cards import CardGone

INSTALL = "PC/SC readers need pyscard: install it with `pip install 'healthcard-station[readers]'`"
# PC/SC's own numbers that a clerk can do something about, in words.
WORDS = {
    0x8010000C: "no card in the reader",
    0x80100069: "the card was taken out",
    0x80100066: "the card does not answer: it lies wrong, or it is dead",
    0x80100067: "the card has no power",
    0x80100068: "another program reset the card",
    0x8010000B: "another program uses the card: close it",
    0x8010000F: "the card and the reader share no protocol",
    0x80100016: "the card stopped in the middle of a command: it was moved, or it is dead",
    0x8010002F: "the reader lost the card in the middle of a command",
    0x80100017: "the reader was unplugged",
    0x80100009: "the reader was unplugged",
    0x8010001D: "the PC/SC service does not run",
    0x8010001E: "the PC/SC service was stopped",
    0x8010002E: "no reader is connected",
}
Scard = Any  # the module smartcard.scard, which has no types


class PcscReaders:
    """The readers the PC knows whose name contains `wanted`."""

    def __init__(self, wanted: str = "") -> None:
        self._scard = _scard()
        self._wanted = wanted

    def look(self) -> Mapping[str, bool]:
        """Their names, and whether a card lies in each; none while the PC/SC service does not run."""
        scard = self._scard
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            return {}
        try:
            return self._looked(context)
        finally:
            scard.SCardReleaseContext(context)

    def open(self, name: str) -> PcscCard:
        """The card in the reader `name`."""
        return PcscCard(self._scard, name)

    def _looked(self, context: Any) -> Mapping[str, bool]:
        scard = self._scard
        result, names = scard.SCardListReaders(context, [])
        wanted = [name for name in names if self._wanted in name] if result == scard.SCARD_S_SUCCESS else []
        if not wanted:
            return {}
        asked = [(name, scard.SCARD_STATE_UNAWARE) for name in wanted]
        result, states = scard.SCardGetStatusChange(context, 0, asked)
        if result != scard.SCARD_S_SUCCESS:
            return dict.fromkeys(wanted, False)
        return {name: bool(state & scard.SCARD_STATE_PRESENT) for name, state, _ in states}


class PcscCard:
    """The card in one reader, ours alone from the first reset until it is closed."""

    def __init__(self, scard: Scard, reader: str) -> None:
        self._scard = scard
        self._reader = reader
        self._context: Any = None
        self._card: Any = None
        self._protocol = 0

    def reset(self) -> bytes:
        """Connect, or power down and up; the answer to reset."""
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        if self._card is None:
            self._connect(protocols)
        result, self._protocol = scard.SCardReconnect(
            self._card, scard.SCARD_SHARE_SHARED, protocols, scard.SCARD_UNPOWER_CARD
        )
        self._check(result)
        result, _, _, _, answer = scard.SCardStatus(self._card)
        self._check(result)
        return bytes(answer)

    def transmit(self, command: bytes) -> bytes:
        """One command and its answer."""
        if self._card is None:
            raise CardGone(f"{self._reader}: no card is connected")
        scard = self._scard
        pci = scard.SCARD_PCI_T0 if self._protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        result, answer = scard.SCardTransmit(self._card, pci, list(command))
        self._check(result)
        if not answer:
            raise CardGone(f"{self._reader}: the card answered nothing: it was moved, or it is dead")
        return bytes(answer)

    def close(self) -> None:
        """Power the card down and give everything back, in whatever state it is."""
        scard = self._scard
        if self._card is not None:
            scard.SCardEndTransaction(self._card, scard.SCARD_LEAVE_CARD)
            scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
        if self._context is not None:
            scard.SCardReleaseContext(self._context)
        self._card = self._context = None

    def _connect(self, protocols: int) -> None:
        scard = self._scard
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self._check(result)
        result, card, self._protocol = scard.SCardConnect(
            self._context, self._reader, scard.SCARD_SHARE_SHARED, protocols
        )
        self._check(result)
        self._card = card
        self._check(scard.SCardBeginTransaction(card))

    def _check(self, result: int) -> None:
        if result == self._scard.SCARD_S_SUCCESS:
            return
        words = WORDS.get(result & 0xFFFFFFFF) or self._scard.SCardGetErrorMessage(result)
        self.close()
        raise CardGone(f"{self._reader}: {words}")


def _scard() -> Scard:
    try:
        from smartcard import scard
    except ImportError:
        raise CardGone(INSTALL) from None
    return scard
