"""Cards in virtual readers: what the engine adds to a bare round trip through pcscd, and the rack's own round trip.

How fast processes wake each other changes from second to second, far more than what we add: so both are measured by
turns, and the ratio is the median of the turns' ratios.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from unittest.mock import patch

import prove  # noqa: F401 - puts the benches of the tests on the path
from lying import Between
from perso_bench import CHIPS, KEYS, SERIAL_LENGTH, rehearsed
from tears import fresh
from virtual_readers import Pcsc, Reader, parts_present, serving

from bench import Figure
from healthcard.card.host.pcsc import PcscTransport
from healthcard.card.host.ports import Transport
from healthcard.card.host.rack import RackChip, RackClient, running
from healthcard.card.os import chip as user_card
from healthcard.card.os import vault
from healthcard.card.os.chip import Chip
from healthcard.card.os.vpcd import Slot
from healthcard.card.wire.errors import CardError
from healthcard.keys import demo
from healthcard.keys.office import KeyOffice
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore
from healthcard.perso.execution import execute
from healthcard.perso.ledger import Ledger
from healthcard.perso.rehearsal import NoJournal
from healthcard.perso.rehearsed import RehearsedPlan
from healthcard.perso.results import Finished

PRODUCTS = ("jia", "bing")  # one of each form: contactless, and contact with its T=0
ROUNDS = 15
TRIPS = 2000
BATCH = 50
CHALLENGE = bytes.fromhex("0084000008")
SEED = 5


def measure() -> Iterator[Figure]:
    """Through pcscd where it is there, then through the rack."""
    missing = [name for name, there in parts_present().items() if not there]
    if missing:
        remark = f"not measured, this machine lacks {', '.join(missing)}: tools/parts names the command"
        yield Figure(name="readers: parts of the system missing", value=len(missing), unit="parts", remark=remark)
    else:
        with tempfile.TemporaryDirectory(prefix="hc-") as folder, serving(Path(folder)) as pcsc:
            for product in PRODUCTS:
                yield from _engine(pcsc, product)
    yield from _rack()


# pcscd


def _engine(pcsc: Pcsc, product: str) -> Iterator[Figure]:
    """The engine makes a card; then the very same commands go to an equal chip with nothing around them.

    Both chips draw the same challenges, so they do the same work; they live in a process of their own.
    """
    plan = rehearsed(product)
    record = _record(plan, product)
    made, bare = [], []
    for _ in range(ROUNDS):
        made.append(_on_reader(pcsc, product, lambda link: _make(plan, link)) / len(record.commands))
        bare.append(_on_reader(pcsc, product, lambda link: _send(link, record)) / len(record.commands))
    ratio = statistics.median(one / other for one, other in zip(made, bare, strict=True))
    alone, through = statistics.median(bare) * 1e6, statistics.median(made) * 1e6
    yield Figure(name=f"readers: bare round trip through pcscd ({product})", value=alone, unit="us")
    yield Figure(name=f"readers: one command of the engine through pcscd ({product})", value=through, unit="us")
    yield Figure(name=f"readers: engine / bare round trip ({product})", value=ratio, unit="", bound="<= 1.3")


def _on_reader(pcsc: Pcsc, product: str, job: Callable[[PcscTransport], float]) -> float:
    """The seconds that `job` counts with a blank chip in the first reader."""
    reader = pcsc.readers[0]
    with _other_process(reader, product):
        pcsc.wait_for_card(reader)
        with PcscTransport(reader.name, transaction=True) as transport:
            transport.reset()
            seconds = job(transport)
    pcsc.wait_for_card(reader, present=False)
    return seconds


class FromFirstCommand:
    """Notes when the first command goes to the reader: the reset before it is the reader's time."""

    def __init__(self, link: Transport) -> None:
        self._link = link
        self.began = 0.0

    def reset(self) -> bytes:
        """As the link does."""
        return self._link.reset()

    def transmit(self, command: bytes) -> bytes:
        """As the link does."""
        self.began = self.began or time.perf_counter()
        return self._link.transmit(command)


def _make(plan: RehearsedPlan, transport: PcscTransport) -> float:
    def job(link: Transport) -> float:
        watched = FromFirstCommand(link)
        with patch.object(Ledger, "open"):  # without journal no intents are drawn up either
            result = execute(fresh(plan), watched, NoJournal(), KEYS)
        if not isinstance(result, Finished):
            raise CardError(f"the card of the bench is not finished: {result.reason}")
        return time.perf_counter() - watched.began

    return transport.work(job)


def _send(transport: PcscTransport, record: Between) -> float:
    """Nothing but SCardTransmit, one command after the other, on the same connection."""
    link = transport._link  # noqa: SLF001 - its handles: what we measure against has nothing of ours around it
    scard, card, protocol = link._scard, link._card, link._protocol  # noqa: SLF001
    pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
    commands = [list(command) for command in record.commands]
    began = time.perf_counter()
    answers = [scard.SCardTransmit(card, pci, command) for command in commands]
    seconds = time.perf_counter() - began
    if answers != [[scard.SCARD_S_SUCCESS, list(answer)] for answer in record.answers]:
        raise CardError("the bare chip answered otherwise than the engine's: they did not do the same work")
    return seconds


def _record(plan: RehearsedPlan, product: str) -> Between:
    """What the engine sends to a blank chip, and what it answers."""
    record = Between(_blank(product))
    execute(fresh(plan), record, NoJournal(), KEYS)
    return record


def _blank(product: str) -> Chip:
    """A blank chip that draws the same numbers every time."""
    chip8 = bytes.fromhex(CHIPS[product])
    draw = Random(SEED).randbytes  # noqa: S311 - it must be predictable here
    return user_card.blank(product, chip8[-SERIAL_LENGTH[product] :], KEYS.transport_key(product, chip8), random=draw)


@contextmanager
def _other_process(reader: Reader, product: str) -> Iterator[None]:
    """A chip before `reader` in a process of its own: the engine shares no interpreter with it, as in life."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_hold, args=(theirs, reader.port, product), daemon=True)
    process.start()
    try:
        ours.recv()
        yield
        ours.send(None)
    finally:
        process.join(10)
        if process.is_alive():
            process.terminate()


def _hold(end: Connection, port: int, product: str) -> None:
    slot = Slot(_blank(product), port)
    slot.insert()
    end.send(None)
    end.recv()
    slot.pull()


# The rack


def _rack() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="hc-") as name:
        folder = Path(name)
        envelope = _envelope(folder)
        with (
            running(folder / "s", folder / "chips"),
            RackClient(folder / "s") as rack,
            rack.blank("jia", bytes(4), envelope) as chip,
        ):
            yield from _trips(chip)


def _envelope(folder: Path) -> bytes:
    vault.make(folder / "chips")
    store = folder / "store.json"
    office = KeyOffice(
        KeyStore.open(store, demo.prepare(store)), vault=Secret(vault.path(folder / "chips").read_bytes())
    )
    return office.factory_envelope("jia")


def _trips(chip: RackChip) -> Iterator[Figure]:
    chip.reset()
    single = statistics.median(_seconds(lambda: chip.transmit(CHALLENGE)) for _ in range(TRIPS))
    many = statistics.median(_seconds(lambda: chip.run([CHALLENGE] * BATCH)) for _ in range(TRIPS // BATCH))
    yield Figure(name="readers: round trip to the rack, chip included", value=single * 1e6, unit="us")
    yield Figure(name=f"readers: one of {BATCH} commands in a run of the rack", value=many * 1e6 / BATCH, unit="us")


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
