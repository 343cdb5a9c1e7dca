"""The transcript of ceremonies, checked by a tool that has nothing of the key room; and the commands that hold them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthcard.cli.keys import command
from healthcard.keys.founding import complete
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore
from keys import masters, papers

PHRASE = b"a passphrase of production"
TOOL = Path(__file__).parents[2] / "tools" / "ceremonies.py"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A root, a split 2 of 3, a backup, a drill and a refusal."""
    folder = tmp_path_factory.mktemp("transcript")
    (folder / "carriers").mkdir(mode=0o700)
    store = KeyStore.create(folder / "store.json", "test", masters.PASSPHRASE, cost=masters.CHEAP)
    complete(store)
    room = papers.Room(store, folder / "carriers")
    room.hold(room.file("root", "algorithm: SM4\n"))
    room.split(needed=2, holders=3)
    room.backup()
    room.drill((1, 3))
    with pytest.raises(Exception, match="has root keys already"):
        room.hold(room.file("root", "algorithm: SM4\n"))
    return room


@pytest.fixture
def transcript(room, tmp_path):
    """A copy of the register, and how to check it."""
    path = tmp_path / "ceremonies.log"
    path.write_bytes(room.store.path.with_name("ceremonies.log").read_bytes())

    def check(*options):
        done = subprocess.run([sys.executable, TOOL, path, *options], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    return path, check


def test_the_verifier_imports_nothing_of_this_project():
    tree = ast.parse(TOOL.read_text("utf-8"))
    names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in names if name.split(".")[0] not in {*sys.stdlib_module_names, "__future__"}}


def test_a_whole_transcript_has_no_fault(room, transcript):
    signer = room.lines()[0]["signer"]
    code, said = transcript[1]("--signer", signer.upper())
    assert (code, said) == (0, f"10 lines, 4 ceremonies done, 0 faults; signed by {signer}\n")


def test_a_transcript_of_another_store_is_told(transcript):
    code, said = transcript[1]("--signer", "11" * 64)
    assert code == 1
    assert "line 1: signed by another key" in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: [lines[0], *lines[2:]], "does not follow the one before"),
        (lambda lines: [lines[0].replace("密钥室", "走廊"), *lines[1:]], "line 1: was altered"),
        (lambda lines: [lines[0].replace("密钥室", "走廊"), *lines[1:]], "line 1: its signature does not fit"),
        (lambda lines: lines[:3], "ceremony C2: begun and never ended"),
        (lambda lines: [lines[1]], "ceremony C1: done without having been begun"),
        (lambda lines: [*lines[:2], lines[0]], "ceremony C1: begun twice"),
    ],
)
def test_what_was_done_to_a_transcript_is_found(transcript, change, told):
    path, check = transcript
    path.write_text("\n".join(change(path.read_text("utf-8").splitlines())) + "\n", "utf-8")
    code, said = check()
    assert code == 1
    assert told in said


def test_a_key_with_two_check_values_and_a_missing_witness_are_found(transcript):
    path, check = transcript
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines[1]["checks"]["national/CN/RK1_DDF1/1"] = "000000"
    lines[2]["people"]["witnesses"] = lines[2]["people"]["witnesses"][:1]
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    said = check()[1]
    assert "national/CN/RK1_DDF1/1 has check value" in said
    assert "line 3: fewer than two witnesses" in said


@pytest.fixture
def healthcard(tmp_path, monkeypatch):
    """Run a sub-command of `healthcard keys` on a store of its own; the passphrase comes on a descriptor."""
    monkeypatch.setenv("HEALTHCARD_HOME", str(tmp_path))
    store = tmp_path / "keys" / "store.json"

    def run(*words):
        reader, writer = os.pipe()
        os.write(writer, PHRASE + b"\n")
        os.close(writer)
        try:
            return CliRunner().invoke(
                command, [*map(str, words), "--store", str(store), "--passphrase-fd", str(reader)]
            )
        finally:
            os.close(reader)

    return run


def test_a_store_for_ceremonies_begins_without_masters_and_gets_them_by_one(healthcard, tmp_path):
    done = healthcard("init", "--purpose", "production", "--empty")
    assert done.exit_code == 0, done.output
    held = papers.Room(KeyStore.open(tmp_path / "keys" / "store.json", Secret(PHRASE)), tmp_path)
    held.now = datetime.now().astimezone()
    path = tmp_path / "root.yaml"
    path.write_bytes(held.file("root", "algorithm: SM4\n"))
    done = healthcard("ceremony", path)
    assert done.exit_code == 0, done.exception
    assert "C1 生成一级根密钥 (第六条第三项)" in done.output
    assert "national/CN/RK1_DDF1/1" in done.output
    assert "C1 was begun before" in str(healthcard("ceremony", path).exception)
    listed = healthcard("ceremonies").output
    assert [line.split("  ")[3] for line in listed.splitlines()] == ["begun", "done", "refused"]
    assert "fingerprint " in healthcard("public").output
