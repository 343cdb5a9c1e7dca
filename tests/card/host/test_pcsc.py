"""The PC/SC transport over a double of pyscard; `tests/acceptance/test_readers.py` has the real one."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from host_doubles import CHIP

from healthcard.card.host import pcsc
from healthcard.card.host.errors import NoReader
from healthcard.card.host.pcsc import PcscTransport
from healthcard.card.host.ports import Transport
from healthcard.card.wire.errors import CardGone, CardTimeout

READER = "Reader 00"
ANSWER = [0x3B, 0x88, 0x80, 0x01, *CHIP]
CHALLENGE = bytes.fromhex("0084000008")


class FakePcsc(ModuleType):
    """smartcard.scard: one reader, one card; `results` may make a call fail, `slow` may hold a command."""

    SCARD_S_SUCCESS = 0
    SCARD_SCOPE_USER = 0
    SCARD_SHARE_SHARED = 2
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 = 1, 2
    SCARD_PCI_T0, SCARD_PCI_T1 = "T0", "T1"
    SCARD_LEAVE_CARD, SCARD_UNPOWER_CARD = 0, 2

    def __init__(self) -> None:
        super().__init__("scard")
        self.results: dict[str, int] = {}
        self.calls: list[str] = []
        self.contexts: set[int] = set()
        self.answer = [0x90, 0x00]
        self.slow = threading.Event()
        self.slow.set()
        self.readers = [READER]

    def _call(self, name: str, *values: object) -> object:
        self.calls.append(name)
        result = self.results.get(name, 0)
        return [result, *values] if values else result

    def SCardEstablishContext(self, scope: int) -> object:  # noqa: N802  # pyscard's names
        if "establish" not in self.results:
            self.contexts.add(len(self.calls))
        return self._call("establish", len(self.calls))

    def SCardReleaseContext(self, context: int) -> object:  # noqa: N802
        self.contexts.discard(context)
        return self._call("release")

    def SCardListReaders(self, context: int, groups: list[str]) -> object:  # noqa: N802
        return self._call("list", self.readers)

    def SCardConnect(self, context: int, reader: str, share: int, protocols: int) -> object:  # noqa: N802
        return self._call("connect", 7, 2)

    def SCardReconnect(self, card: int, share: int, protocols: int, how: int) -> object:  # noqa: N802
        assert how == self.SCARD_UNPOWER_CARD
        return self._call("reconnect", 2)

    def SCardStatus(self, card: int) -> object:  # noqa: N802
        return self._call("status", READER, 0, 2, ANSWER)

    def SCardTransmit(self, card: int, pci: str, command: list[int]) -> object:  # noqa: N802
        assert pci == "T1"
        self.slow.wait(10)
        return self._call("transmit", self.answer)

    def SCardBeginTransaction(self, card: int) -> object:  # noqa: N802
        return self._call("begin")

    def SCardEndTransaction(self, card: int, how: int) -> object:  # noqa: N802
        return self._call("end")

    def SCardDisconnect(self, card: int, how: int) -> object:  # noqa: N802
        assert how == self.SCARD_LEAVE_CARD
        return self._call("disconnect")

    def SCardGetErrorMessage(self, result: int) -> str:  # noqa: N802
        return "wording of PC/SC"


@pytest.fixture
def scard(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePcsc]:
    fake, package = FakePcsc(), ModuleType("smartcard")
    package.scard = fake  # type: ignore[attr-defined]  # a double
    monkeypatch.setitem(sys.modules, "smartcard", package)
    monkeypatch.setitem(sys.modules, "smartcard.scard", fake)
    yield fake
    fake.slow.set()
    deadline = time.monotonic() + 5
    while any(thread.name == f"reader {READER}" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "a reader's thread outlives its transport"
        time.sleep(0.005)
    assert fake.contexts == set()


def test_a_card_is_powered_spoken_to_and_left_as_it_is(scard: FakePcsc) -> None:
    with PcscTransport(READER) as transport:
        assert transport.reset() == bytes(ANSWER)
        assert transport.transmit(CHALLENGE) == b"\x90\x00"
        assert transport.reset() == bytes(ANSWER)
    assert scard.calls == [
        *("establish", "connect", "reconnect", "status", "transmit", "reconnect", "status"),
        *("disconnect", "release"),
    ]


def test_a_transaction_begins_with_the_card_and_ends_before_it_is_left(scard: FakePcsc) -> None:
    with PcscTransport(READER, transaction=True) as transport:
        transport.reset()
    assert scard.calls[2:] == ["begin", "reconnect", "status", "end", "disconnect", "release"]


@pytest.mark.parametrize(
    ("call", "result", "kind", "words"),
    [
        ("establish", 0x8010001D, NoReader, "start pcscd"),
        ("connect", 0x80100009, NoReader, "no reader of this name"),
        ("connect", 0x80100017, NoReader, "unplugged"),
        ("connect", 0x8010000B, NoReader, "another program uses the card"),
        ("connect", 0x8010000C, CardGone, "insert one"),
        ("connect", 0x80100066, CardGone, "dead"),
        ("connect", 0x80100066 - 2**32, CardGone, "dead"),
        ("reconnect", 0x80100069, CardGone, "insert it again"),
        ("status", 0x80100068, CardGone, "another program reset the card"),
        ("begin", 0x80100069, CardGone, "insert it again"),
        ("connect", 0x8010FFFF, NoReader, "wording of PC/SC"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    scard: FakePcsc, call: str, result: int, kind: type[Exception], words: str
) -> None:
    scard.results[call] = result
    with PcscTransport(READER, transaction=True) as transport, pytest.raises(kind, match=words):
        transport.reset()
    scard.results = {}


@pytest.mark.parametrize("result", [0x80100069, 0x80100016, 0x8010002F])
def test_a_card_lost_in_mid_command_can_be_powered_again(scard: FakePcsc, result: int) -> None:
    with PcscTransport(READER) as transport:
        transport.reset()
        scard.results["transmit"] = result
        with pytest.raises(CardGone):
            transport.transmit(CHALLENGE)
        with pytest.raises(CardGone, match="reset first"):
            transport.transmit(CHALLENGE)
        scard.results = {}
        transport.reset()
        assert transport.transmit(CHALLENGE) == b"\x90\x00"


def test_an_empty_answer_means_the_card_is_gone(scard: FakePcsc) -> None:
    scard.answer = []
    with PcscTransport(READER) as transport:
        transport.reset()
        with pytest.raises(CardGone, match="answered nothing"):
            transport.transmit(CHALLENGE)


def test_a_card_that_hangs_is_given_up_and_released_when_it_comes_back(scard: FakePcsc) -> None:
    transport = PcscTransport(READER, seconds=0.1)
    transport.reset()
    scard.slow.clear()
    with pytest.raises(CardTimeout, match=r"within 0\.1 s"):
        transport.transmit(CHALLENGE)
    for act in (transport.reset, lambda: transport.transmit(CHALLENGE)):
        with pytest.raises(CardTimeout, match="hangs in an earlier command"):
            act()
    begun = time.monotonic()
    transport.close()
    assert time.monotonic() - begun < 0.1
    assert "disconnect" not in scard.calls


def test_a_whole_job_in_the_readers_thread_has_the_same_answers(scard: FakePcsc) -> None:
    seen: list[str] = []

    def job(card: Transport) -> bytes:
        seen.append(threading.current_thread().name)
        return card.reset() + card.transmit(CHALLENGE)

    with PcscTransport(READER) as transport:
        assert transport.work(job) == bytes(ANSWER) + b"\x90\x00"
    assert seen == [f"reader {READER}"]


def test_a_job_may_think_longer_than_a_command_may_take(scard: FakePcsc) -> None:
    def job(card: Transport) -> bytes:
        card.reset()
        time.sleep(0.25)
        return card.transmit(CHALLENGE)

    with PcscTransport(READER, seconds=0.1) as transport:
        assert transport.work(job) == b"\x90\x00"


def test_a_job_whose_command_hangs_is_given_up_and_sends_nothing_more(scard: FakePcsc) -> None:
    ended: list[str] = []

    def job(card: Transport) -> bytes:
        card.reset()
        scard.slow.clear()
        try:
            card.transmit(CHALLENGE)
            return card.transmit(CHALLENGE)
        except CardTimeout as error:
            ended.append(str(error))
            raise

    transport = PcscTransport(READER, seconds=0.1)
    with pytest.raises(CardTimeout, match=r"within 0\.1 s"):
        transport.work(job)
    transport.close()
    scard.slow.set()
    deadline = time.monotonic() + 5
    while not ended and time.monotonic() < deadline:
        time.sleep(0.005)
    assert ended == [f"{READER}: this card was given up"]
    assert scard.calls.count("transmit") == 1


def test_what_a_job_raises_reaches_its_caller(scard: FakePcsc) -> None:
    def job(card: Transport) -> bytes:
        raise KeyError("mine")

    with PcscTransport(READER) as transport:
        with pytest.raises(KeyError, match="mine"):
            transport.work(job)
        transport.reset()


def test_readers_are_listed_and_a_missing_service_is_told(scard: FakePcsc) -> None:
    assert pcsc.list_readers() == (READER,)
    scard.results["list"] = 0x8010002E
    assert pcsc.list_readers() == ()
    scard.results = {"establish": 0x8010001D}
    with pytest.raises(NoReader, match="start pcscd"):
        pcsc.list_readers()


def test_without_pyscard_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    act: Callable[[], object]
    for act in (pcsc.list_readers, lambda: PcscTransport(READER)):
        with pytest.raises(NoReader, match=r"pip install 'healthcard\[readers\]'"):
            act()
