"""A whole installation at work with keys that the tests know: set up, cards made and torn, read, shown in the web.

Everything runs as an operator runs it, in processes of its own. `python canary_run.py acts FILE` is the part that tears
cards, and writes all rows of the database into FILE.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import quote

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS)] if __name__ == "__main__" else []

from doubles.canaries import CANARIES, NAME, NUMBER, PHONE  # noqa: E402 - as a script it must find the doubles first
from doubles.keys import DIVERSIFIED_TRANSPORT, diversified  # noqa: E402
from healthcard.card.os import image  # noqa: E402
from healthcard.card.wire import answer  # noqa: E402
from healthcard.keys import demo  # noqa: E402
from healthcard.keys.hierarchy import HIERARCHY  # noqa: E402
from healthcard.keys.office import KeyOffice  # noqa: E402
from healthcard.keys.store import KeyStore  # noqa: E402
from healthcard.services import processes  # noqa: E402
from healthcard.services.state import State  # noqa: E402
from keys import masters  # noqa: E402

HEALTHCARD = Path(sys.executable).with_name("healthcard")
CITY8 = b"99000000"  # of the demo province
PEOPLE = 50  # synthetic residents of the demo province
DATA_KEYS = ("residents", "identity")
READY_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """A card to tear: its product, the command, when (1 before, 2 half, 3 after), and whether it is settled then."""

    product: str
    at: int
    moment: int
    settled: bool = True


@dataclass(slots=True, kw_only=True)
class Harvest:
    """What a run left: its state folder, all it said, by speaker, and what the pages showed."""

    home: Path
    said: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return State(self.home)


def run(folder: Path, torn: Sequence[Torn]) -> Harvest:
    """Everything, from the set-up to the end of all processes."""
    harvest = Harvest(home=folder / "home")
    prepare_store(harvest.state)
    with _serving(harvest) as (address, passwords):
        _mistype(address)
        rows = folder / "rows.txt"
        orders = json.dumps([[one.product, one.at, one.moment, one.settled] for one in torn])
        harvest.said["acts"] = _process(harvest, sys.executable, __file__, str(rows), orders)
        harvest.said["rows"] = rows.read_bytes()
        _read_cards(harvest, folder / "transcript.jsonl")
        _browse(harvest, address, passwords)
    return harvest


def prepare_store(state: State) -> None:
    """A key store of purpose `test`, whose masters the tests know, where the installation looks for its own."""
    state.ensure()
    store = processes.store(state)
    masters.make(store)
    passphrase = demo.passphrase_file(store)
    passphrase.write_bytes(masters.PASSPHRASE.reveal())
    passphrase.chmod(0o600)


@contextmanager
def _serving(harvest: Harvest) -> Iterator[tuple[str, dict[str, str]]]:
    """`healthcard run` until the block ends; its address and the demo accounts' passwords."""
    port = _free_port()
    out = harvest.home.parent / "run.out"
    with out.open("wb") as log:
        process = subprocess.Popen(
            [HEALTHCARD, "run", "--port", str(port)], stdout=log, stderr=log, env=_environment(harvest)
        )
    try:
        _wait_for(process, out)
        yield f"http://127.0.0.1:{port}", dict(re.findall(r"account (\w+) +password (\S+)", out.read_text("utf-8")))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        harvest.said["run"] = out.read_bytes()
    assert process.returncode == 0, harvest.said["run"].decode()


def _wait_for(process: subprocess.Popen[bytes], out: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while "\nready http" not in out.read_text("utf-8"):
        assert process.poll() is None, out.read_text("utf-8")
        assert time.monotonic() < deadline, f"not ready in time: {out.read_text('utf-8')}"
        time.sleep(0.05)


def _read_cards(harvest: Harvest, transcript: Path) -> None:
    """A card read at the terminal, with the key service and a transcript, which is then explained."""
    arguments = ("card", "read", "--slot", "card-0000000002", "--transcript", str(transcript))
    harvest.said["read"] = _process(harvest, str(HEALTHCARD), *arguments)
    harvest.said["transcript"] = transcript.read_bytes()
    harvest.said["trace"] = _process(harvest, str(HEALTHCARD), "trace", str(transcript))


def _browse(harvest: Harvest, address: str, passwords: dict[str, str]) -> None:
    """Log in, wrongly at first, and look at everything there is."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(path: str) -> str:
        try:
            harvest.pages[path] = browser.open(address + path, timeout=30).read().decode()
        except urllib.error.HTTPError as error:
            told = (harvest.state.logs / "web.log").read_text("utf-8")[-2000:]
            raise AssertionError(f"{path}: {error}\n{told}") from error
        return harvest.pages[path]

    for password in ("not the password", passwords["auditor"]):
        codes = dict(re.findall(r"<th[^>]*>(\w+)</th><td[^>]*>(\d{6})</td>", get("/login")))
        token = next(cookie.value for cookie in jar if "csrf" in cookie.name)
        form = {"username": "auditor", "password": password, "code": codes["auditor"], "csrfmiddlewaretoken": token}
        browser.open(address + "/login", urllib.parse.urlencode(form).encode(), timeout=30).read()
    for path in ("/", "/residents", "/cards"):
        get(path)
    links = sorted(set(re.findall(r'href="(/(?:cards|residents)/\d+)"', "".join(harvest.pages.values()))))
    for path in links:
        get(path)
    assert sum(path.startswith("/cards/") for path in links) >= 9, "the web shows the cards that were made"


def _mistype(address: str) -> None:
    """Tell the server of somebody in every wrong place: nobody there takes it."""
    about = json.dumps(CANARIES, ensure_ascii=False).encode()
    paths = (f"/people/{NUMBER}", f"/residents/{PHONE}?name={quote(NAME)}", f"/cards/{quote(NAME)}")
    asked = [("/login", urllib.parse.urlencode(CANARIES).encode()), *((path, None) for path in paths)]
    for path in ("/sessions", "/residents", "/residents/search", f"/residents/{NUMBER}/unmasking", f"/{quote(NAME)}"):
        asked += [(f"/api/v1{path}", body) for body in (about, about[:-1], about * 5_000, NUMBER.encode())]
    asked.append(("/api/v1/sessions", json.dumps({"username": NUMBER, "password": NAME, "code": "123456"}).encode()))
    for path, body in asked:
        for token in (NUMBER, PHONE):
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": PHONE, "Content-Type": "application/json"}
            with suppress(urllib.error.HTTPError):  # refused, as it has to be
                urllib.request.urlopen(urllib.request.Request(address + path, body, headers), timeout=30).read()


def _process(harvest: Harvest, *command: str) -> bytes:
    done = subprocess.run(
        command, env=_environment(harvest), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout.decode()
    return done.stdout


def _environment(harvest: Harvest) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HEALTHCARD_")}
    return ours | {"HEALTHCARD_HOME": str(harvest.home), "PYTHONUNBUFFERED": "1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# What is to be found nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSecrets:
    """One chip's own secrets, as the formulas of card.md give them, and its PIN, which only the chip tells."""

    keys: dict[str, bytes]
    pin: bytes | None
    dump: bytes


def upper_keys() -> dict[str, bytes]:
    """Every master, every key of the province, every lot's transport key."""
    found = {f"master {name}": masters.master(name) for name in masters.NAMES}
    return found | {f"province {name}": diversified(masters.master(name), CITY8) for name in HIERARCHY.masters}


def cards(state: State) -> dict[str, CardSecrets]:
    """The secrets of every chip that lies in the state folder."""
    return {path.name: _secrets(path) for path in sorted(state.chips.glob("*.img"))}


def _secrets(path: Path) -> CardSecrets:
    chip = image.load(path)
    product, dump = chip.product, chip.dump()
    rule = answer.FactorRule.REAR if product == "bing" else answer.FactorRule.FRONT
    chip8 = answer.parse(chip.reset()).chip8(rule)
    lot = masters.master(f"TRANSPORT:{product}")
    own = diversified(lot, chip8) if product in DIVERSIFIED_TRANSPORT else lot
    made = {name: diversified(diversified(masters.master(name), CITY8), chip8) for name in HIERARCHY.card_keys}
    pins = re.findall(r'"pin":\{[^}]*"value":"(\d{6})"', dump.decode())
    return CardSecrets(keys=made | {"transport": own}, pin=bytes.fromhex(pins[0]) if pins else None, dump=dump)


def data_keys(state: State) -> dict[str, bytes]:
    """What the database's columns are sealed with, and how the store is unlocked."""
    office = KeyOffice(KeyStore.open(processes.store(state), masters.PASSPHRASE))
    found = {f"data key {purpose}": office.data_key(purpose) for purpose in DATA_KEYS}
    return found | {"passphrase": masters.PASSPHRASE.reveal(), "vault": (state.chips / "vault.key").read_bytes()}


# The part that runs inside the installation


def acts(rows: Path, orders: str) -> None:
    """Tear cards, settle them or not, and write down every row there is."""
    from healthcard.site.installation import Site

    with Site.open(os.environ).working():
        from healthcard.services.people import residents
        from healthcard.services.ports import given
        from healthcard.services.stage import demo as province
        from healthcard.services.workshop import making

        actor = province.maker()
        torn = [
            Torn(product=product, at=at, moment=moment, settled=on) for product, at, moment, on in json.loads(orders)
        ]
        people = residents.waiting(actor, limit=len(torn))
        with making.workshop() as shop, given().rack() as rack:
            for person, one in zip(people, torn, strict=True):
                print(one.product, one.at, one.moment, _tear(actor, person, one, shop, rack))
        rows.write_text("\n".join(_rows()), "utf-8")


def _tear(actor, person, one, shop, rack):
    from datetime import date

    from healthcard.card.host.rack import TearMoment
    from healthcard.card.os.products import PRODUCTS
    from healthcard.services.workshop import cards as desk
    from healthcard.services.workshop import chips, making
    from healthcard.services.workshop.bench import RackBench

    card = desk.plan(actor, person, today=date.today())  # noqa: DTZ011 - the day at this desk
    serial = desk.shown(actor, card).issue_serial
    number = int(serial).to_bytes(PRODUCTS[one.product].serial_length, "big")
    envelope = RackBench(rack, shop.keys).envelope(one.product)
    with rack.blank(one.product, number, envelope, chips.slot(serial)) as chip:
        chip.arm(one.at, TearMoment(one.moment))
        result = making.personalise(actor, card, chip, shop)
        return making.settle(actor, card, chip, shop) if one.settled else result


def _rows() -> Iterator[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {name} t")
            yield from (f"{name} {row}" for (row,) in cursor.fetchall())


if __name__ == "__main__":
    acts(Path(sys.argv[1]), sys.argv[2])
