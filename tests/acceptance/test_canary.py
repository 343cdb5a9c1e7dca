"""A whole run with keys that we know leaves none of them anywhere but in the key store and in the chips."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path

import canary_run
import pytest
from canary_run import CardSecrets, Harvest, Torn
from needles import Needles, files, pins_inside

from doubles.canaries import seen
from healthcard.domain import synthetic

pytestmark = pytest.mark.xdist_group("canary")

TORN = (
    Torn(product="jia", at=60, moment=3),
    Torn(product="yi", at=40, moment=2),
    Torn(product="bing", at=200, moment=1, settled=False),
)


@pytest.fixture(scope="module")
def harvest() -> Iterator[Harvest]:
    with tempfile.TemporaryDirectory(prefix="hc-") as folder:
        yield canary_run.run(Path(folder), TORN)


@pytest.fixture(scope="module")
def cards(harvest: Harvest) -> dict[str, CardSecrets]:
    return canary_run.cards(harvest.state)


@pytest.fixture(scope="module")
def needles(harvest: Harvest, cards: dict[str, CardSecrets]) -> Needles:
    own = {f"{name} {key}": value for name, card in cards.items() for key, value in card.keys.items()}
    return Needles(canary_run.upper_keys() | canary_run.data_keys(harvest.state) | own)


@pytest.fixture(scope="module")
def pins(cards: dict[str, CardSecrets]) -> dict[str, bytes]:
    return {name: card.pin for name, card in cards.items() if card.pin is not None}


def test_cards_of_every_product_were_made_torn_and_looked_at(harvest: Harvest, cards: dict[str, CardSecrets]) -> None:
    assert len(cards) == 9 + len(TORN)
    assert [line.split()[0] for line in harvest.said["acts"].decode().splitlines()] == [one.product for one in TORN]
    assert "姓名" in harvest.said["read"].decode()
    assert harvest.said["rows"].count(b"perso_outcome") > 9 * 100
    assert any("DDF1/EF06" in page for path, page in harvest.pages.items() if path.startswith("/cards/"))


def test_the_keys_we_look_for_are_those_on_the_chips(cards: dict[str, CardSecrets], needles: Needles) -> None:
    """Else nothing found would mean nothing."""
    for name, card in cards.items():
        found = {one for one in needles.inside(card.dump) if one.startswith(name)}
        finished = card.pin is not None and b'"ended":true' in card.dump
        assert found == {f"{name} {key}" for key in card.keys} or not finished
    assert sum(b'"ended":true' in card.dump for card in cards.values()) >= 9


def test_no_key_lies_outside_the_store_and_the_chips(harvest: Harvest, needles: Needles) -> None:
    state = harvest.state
    seen = {path: needles.inside(path.read_bytes()) for path in files(state.home, but=(state.keys, state.chips))}
    assert any(state.pg in path.parents and "pg_wal" in str(path) for path in seen)
    assert any(state.logs in path.parents for path in seen)
    assert {path: names for path, names in seen.items() if names} == {}


def test_no_key_was_said_or_shown(harvest: Harvest, needles: Needles) -> None:
    shown = harvest.said | {path: page.encode() for path, page in harvest.pages.items()}
    assert {name: found for name, said in shown.items() if (found := needles.inside(said))} == {}


def test_no_pin_lies_or_was_said_anywhere(harvest: Harvest, pins: dict[str, bytes]) -> None:
    state = harvest.state
    places = {str(path): path.read_bytes() for path in files(state.home, but=(state.keys, state.chips))}
    places |= harvest.said | {path: page.encode() for path, page in harvest.pages.items()}
    assert len(pins) >= 9
    assert {name: found for name, data in places.items() if (found := pins_inside(data, pins))} == {}


def test_the_installations_own_secrets_stay_in_their_folder(harvest: Harvest) -> None:
    state = harvest.state
    own = Needles({path.name: path.read_bytes().strip() for path in state.secrets.iterdir()})
    found = {path: own.inside(path.read_bytes()) for path in files(state.home, but=(state.secrets,))}
    assert {path: names for path, names in found.items() if names} == {}
    assert {name: names for name, said in harvest.said.items() if (names := own.inside(said))} == {}


def test_no_resident_is_named_in_a_log(harvest: Harvest) -> None:
    people = list(synthetic.residents(canary_run.PEOPLE))
    dumps = [card.dump for card in canary_run.cards(harvest.state).values()]
    on_chips = [one for one in people if any(one.document.number.encode().hex().encode() in dump for dump in dumps)]
    assert len(on_chips) >= 9, "the people we look for are those of this province"
    told = {one.name.encode() for one in people} | {one.document.number.encode() for one in people}
    logs = {path.name: path.read_bytes() for path in files(harvest.home) if path.suffix == ".log"}
    logs |= {name: harvest.said[name] for name in ("run", "acts")}
    assert logs.keys() > {"keys.log", "web.log", "server.log"}
    assert {name: hit for name, data in logs.items() if (hit := {one for one in told if one in data})} == {}


def test_what_was_said_of_somebody_in_the_wrong_place_is_logged_and_kept_nowhere(harvest: Harvest) -> None:
    logs = {path.name: path.read_bytes() for path in files(harvest.home) if path.suffix == ".log"}
    places = logs | {name: harvest.said[name] for name in ("run", "rows")}
    assert {name: hit for name, data in places.items() if (hit := seen(data))} == {}
    assert b"login.refuse" in harvest.said["rows"], "it was heard"


def test_no_whole_identity_number_lies_in_the_database_or_on_a_page(harvest: Harvest) -> None:
    numbers = {one.document.number: one.document.number.encode() for one in synthetic.residents(canary_run.PEOPLE)}
    whole = Needles({name: number for name, number in numbers.items() if len(number) >= 15})
    assert {path for path in files(harvest.state.pg) if whole.inside(path.read_bytes())} == set()
    shown = {path for path, page in harvest.pages.items() if any(number in page for number in numbers)}
    assert shown == set()
    assert not whole.inside(harvest.said["rows"])


PLACES = {
    "raw in a page of the database": lambda key: b"\x00" * 4099 + key + b"\x01" * 513,
    "in hex": lambda key: b"wrapped " + key.hex().encode() + b".",
    "in capital hex": lambda key: b"APDU 84D4" + key.hex().upper().encode(),
    "in base64": lambda key: base64.b64encode(b"salt5" + key + b"tail"),
    "as Python shows it": lambda key: repr({"key": key}).encode(),
    "reversed": lambda key: b"." + key[::-1] + b".",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_planted_key_is_found(harvest: Harvest, needles: Needles, place: str, tmp_path: Path) -> None:
    key = canary_run.upper_keys()["province RK1_DDF1"]
    page = max(files(harvest.state.pg), key=lambda path: path.stat().st_size).read_bytes()[:100_000]
    for shift in range(9):
        (tmp_path / "page").write_bytes(page + bytes(shift) + PLACES[place](key) + page)
        (found,) = (needles.inside(path.read_bytes()) for path in files(tmp_path))
        assert found == {"province RK1_DDF1"}


@pytest.mark.parametrize(
    "said", [b"PIN 246813", b"0020000003246813", b'{"pin": "246813"}', b"..\x00\x20\x00\x00\x03\x24\x68\x13"]
)
def test_a_planted_pin_is_found(said: bytes) -> None:
    assert pins_inside(said, {"pin": bytes.fromhex("246813")}) == {"pin"}
    assert pins_inside(b"12:00:01.246813 0x1246813", {"pin": bytes.fromhex("246813")}) == set()
