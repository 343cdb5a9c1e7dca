"""Transcripts: what they keep, what they hide, and that they replay."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import card_maker
import pytest
from card_maker import PIN, SAM_PIN, Card, MasterKeys
from host_doubles import CHIP, ScriptedCard

from healthcard.card.host.pin import PinOk
from healthcard.card.host.reading import read_card
from healthcard.card.host.sam import SamKeys
from healthcard.card.host.session import Access, CardSession
from healthcard.card.host.transcript import Recorder, Replay, TranscriptError, parse
from healthcard.card.os.sam import Sam
from healthcard.card.wire.errors import CardGone

FOLDER = Path(__file__).parents[2] / "transcripts"


def _recording() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recording", FOLDER / "recording.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORDING = _recording()


@pytest.mark.parametrize("name", RECORDING.NAMES)
def test_the_same_bytes_go_over_the_wire_as_when_it_was_recorded(name: str) -> None:
    kept = FOLDER.joinpath(f"{name}.jsonl").read_text("utf-8").splitlines()
    assert RECORDING.record(name) == kept


@pytest.mark.parametrize("name", RECORDING.NAMES)
def test_a_transcript_replays_through_the_real_session_to_its_last_line(name: str) -> None:
    product = name.split("-")[0]
    replay = Replay(FOLDER.joinpath(f"{name}.jsonl").read_text("utf-8").splitlines())
    RECORDING.tell(name, replay, bytes.fromhex(card_maker.CHIP8[product]))
    with pytest.raises(TranscriptError, match="ends here"):
        replay.transmit(b"")


def test_no_transcript_on_the_shelf_is_forgotten() -> None:
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == set(RECORDING.NAMES)


def recorded(card: Card, *, content: bool) -> tuple[list[str], list[bytes]]:
    """A session with everything secret in it, as a transcript and as the commands that really went."""
    lines: list[str] = []
    went: list[bytes] = []

    class Tap:
        def reset(self) -> bytes:
            return card.chip.reset()

        def transmit(self, command: bytes) -> bytes:
            went.append(command)
            return card.chip.transmit(command)

    session = CardSession(Recorder(Tap(), lines.append, content=content), card.layout, MasterKeys())
    session.reset()
    session.learn_address(card.chip8)
    read_card(session)
    session.open("DF01/EF05", Access.UPDATE)
    session.update_record("DF01/EF05", 2, card_maker.records(card.layout.file("DF01/EF05"), 2)[1])
    assert session.change_pin(PIN, "654321") == PinOk()
    session.reload_pin(PIN)
    session.unblock_pin(PIN)
    return lines, went


@pytest.mark.parametrize("content", [True, False])
def test_pins_and_cipher_texts_are_never_written_down(card: Card, content: bool) -> None:
    lines, went = recorded(card, content=content)
    told = "\n".join(lines)
    secret = [command for command in went if command[0] == 0x04 or command[1:2] in (b"\x5e", b"\x24")]
    assert len(secret) >= 4
    for command in secret:
        assert command[5:].hex().upper() not in told
        assert f'"command": "{command[:5].hex().upper()}"' in told


def test_what_a_card_says_about_its_holder_is_not_written_down_unless_asked_for(card: Card) -> None:
    name = card_maker.value(card.layout.item(11)).hex().upper()
    for content in (False, True):
        lines, _ = recorded(card, content=content)
        assert (name in "\n".join(lines)) is content
    lines, _ = recorded(card, content=False)
    read = [line for line in map(json.loads, lines) if line.get("command", "").startswith("00B2")]
    assert {(line["answer"], "hidden_answer" in line) for line in read} <= {("9000", True), ("6A83", False)}


def test_a_key_being_written_is_hidden_in_every_product(product: str) -> None:
    card = card_maker.blank(product)
    lines: list[str] = []
    recorder = Recorder(card.chip, lines.append, content=True)
    recorder.reset()
    card_maker.must(recorder, card_maker.token(recorder, card.transport, card_maker.NATIVE[product]().transport_kid))
    for command in card_maker.script(card, 1):
        card_maker.must(recorder, command)
    written = [line for line in map(json.loads, lines) if line.get("command", "")[:4] in ("84D4", "84F4")]
    assert len(written) == 22
    assert all(len(line["command"]) == 10 and line["hidden"] >= 20 for line in written)


def test_what_passes_a_sam_is_hidden_but_for_factors(card: Card, sam: Sam) -> None:
    lines: list[str] = []
    keys = SamKeys(Recorder(sam, lines.append, content=True), card.layout)
    keys.open(SAM_PIN)
    session = CardSession(card.chip, card.layout, keys)
    session.reset()
    session.learn_address(card.chip8)
    session.open("DF01/EF05", Access.UPDATE)
    session.update_record("DF01/EF05", 1, card_maker.records(card.layout.file("DF01/EF05"))[0])
    told = [json.loads(line) for line in lines]
    assert SAM_PIN not in "\n".join(lines)
    ciphers = [at for at, line in enumerate(told) if line.get("command", "").startswith("80FA")]
    assert len(ciphers) == 3
    for at in ciphers:
        assert told[at]["hidden"]
        assert told[at]["answer"].startswith("61")
        assert told[at + 1]["hidden_answer"]  # GET RESPONSE


def test_an_instruction_nobody_listed_is_hidden() -> None:
    lines: list[str] = []
    card = ScriptedCard("AABB9000")
    Recorder(card, lines.append, content=True).transmit(bytes.fromhex("80770000021234"))
    (line,) = map(json.loads, lines)
    assert (line["command"], line["hidden"], line["answer"], line["hidden_answer"]) == ("8077000002", 2, "9000", 2)


def test_a_card_lost_in_mid_command_is_written_down_and_replayed_as_such() -> None:
    class Gone(ScriptedCard):
        def transmit(self, command: bytes) -> bytes:
            raise CardGone("pulled")

    lines: list[str] = []
    recorder = Recorder(Gone("9000"), lines.append)
    recorder.reset()
    with pytest.raises(CardGone):
        recorder.transmit(bytes.fromhex("0084000008"))
    assert json.loads(lines[1])["lost"] == "CardGone"
    replay = Replay(lines)
    assert CHIP in replay.reset()
    with pytest.raises(CardGone, match="lost here"):
        replay.transmit(bytes.fromhex("0084000008"))


def test_a_replay_that_leaves_its_transcript_is_stopped() -> None:
    lines = ['{"at": 0, "took": 0, "command": "0084000008", "answer": "00010203040506079000"}']
    with pytest.raises(TranscriptError, match="not with a reset"):
        Replay(lines).reset()
    with pytest.raises(TranscriptError, match="does not go on with 00B20104"):
        Replay(lines).transmit(bytes.fromhex("00B2010400"))
    hidden = ['{"at": 0, "took": 0, "command": "00B2010400", "answer": "9000", "hidden_answer": 5}']
    with pytest.raises(TranscriptError, match="hides the answer"):
        Replay(hidden).transmit(bytes.fromhex("00B2010400"))


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "1", '{"command": "0Z"}', '{"command": 1}', '{"key": "00"}', '{"command": "00", "answer": null}'],
)
def test_what_is_no_transcript_is_named_by_its_line(line: str) -> None:
    if not line:
        assert parse([line]) == ()
        return
    with pytest.raises(TranscriptError, match="line 1"):
        parse([line])
