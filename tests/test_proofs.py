"""The long proofs and the benches: each can be run, and each proof fails when what it proves is not so."""

from __future__ import annotations

import pkgutil
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from unittest import TestCase

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # benches and proofs lie beside the tests

import bench
import prove
from bench import Figure
from prove import Disproved, canary, kills, machine, pcsc, spread, tears, together, words
from prove.__main__ import main, run

import killing  # isort: skip  # these lie on the path once `prove` is imported
from killing import Tally  # isort: skip
from pairs import Seen  # isort: skip

PROOFS = sorted(
    module.name for module in pkgutil.iter_modules(prove.__path__) if module.name != "__main__" and not module.ispkg
)
BENCHES = sorted(
    module.name for module in pkgutil.iter_modules(bench.__path__) if module.name != "__main__" and not module.ispkg
)


def test_every_proof_and_every_bench_can_be_called():
    assert {"tears", "bytes", "words", "pcsc", "canary", "freezes"} <= set(PROOFS)
    assert all(callable(import_module(f"prove.{name}").prove) for name in PROOFS)
    assert {"keys", "perso", "readers", "making", "roster", "status", "acts", "million"} <= set(BENCHES)
    assert all(callable(import_module(f"bench.{name}").measure) for name in BENCHES)


@pytest.mark.parametrize(
    ("value", "bound", "holds"), [(0.6, ">= 0.5", True), (0.4, ">= 0.5", False), (9, "<= 9", True), (1, "", None)]
)
def test_a_figure_knows_whether_its_bound_holds(value, bound, holds):
    assert Figure(name="n", value=value, unit="s", bound=bound).holds is holds


def disprove():
    yield "ONE line=1"
    raise Disproved("TWO bad=1")


def broken():
    yield "ONE line=1"
    raise KeyError("two")


@pytest.mark.parametrize(
    ("proof", "held", "last"),
    [
        (lambda: ["ONE bad=0"], True, "PROVED name=some"),
        (disprove, False, "DISPROVED TWO bad=1"),
        (broken, False, "BROKEN name=some"),
    ],
    ids=["held", "disproved", "broken"],
)
def test_a_proof_that_does_not_hold_is_told_and_counted(monkeypatch, capsys, proof, held, last):
    monkeypatch.setattr(
        "prove.__main__.importlib", SimpleNamespace(import_module=lambda _: SimpleNamespace(prove=proof))
    )
    assert run("some") is held
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("ONE")
    assert out[-1].startswith(last)
    monkeypatch.setattr("sys.argv", ["prove", "tears"])
    assert main() == (0 if held else 1)


def test_no_proof_at_all_is_no_success(monkeypatch):
    monkeypatch.setattr("sys.argv", ["prove", "no such proof"])
    assert main() == 1


def test_what_fails_in_another_process_disproves():
    results = spread(TestCase().assertTrue, [True, False])
    assert next(results) is None
    with pytest.raises(Disproved, match="False is not true"):
        next(results)


def seen(**changes):
    count = tears.Count(cases=3, pairs=9, ready=12)
    return replace(tears.Seen(product="jia", apdus=1, count=count, states=4, bad=0, left=0), **changes)


@pytest.mark.parametrize(("changes", "why"), [({"bad": 1}, "bad"), ({"left": 7}, "left=28")])
def test_one_bad_end_or_one_untried_pair_disproves_the_tears(monkeypatch, changes, why):
    for outcome, disproved in ((seen(), False), (seen(**changes), True)):
        monkeypatch.setattr(tears, "spread", lambda work, parts, outcome=outcome: [outcome for _ in parts])
        if not disproved:
            assert "bad=0" in list(tears.prove())[-1]
            continue
        with pytest.raises(Disproved, match=why):
            list(tears.prove())


def test_a_card_called_finished_in_spite_of_its_status_word_disproves(monkeypatch):
    part = words.Part(proof="making", name="jia", start=0x6F00, stride=0x10000, seed=1)
    assert words.try_words(part).believed == []
    finished = words.Finished(written=1)
    monkeypatch.setattr(words, "execute", lambda *anything: finished)
    monkeypatch.setattr(words, "Between", lambda chip: SimpleNamespace(answers=[b"\x90\x00"]))
    assert words.try_words(part).believed == ["6F00 at command 1"]
    monkeypatch.setattr(words, "spread", lambda work, parts: [work(part) for _ in parts])
    with pytest.raises(Disproved, match="6F00 at command 1"):
        list(words.prove())


def test_a_card_called_settled_that_is_not_as_planned_disproves():
    made = pcsc.Made.of("jia")
    case, blank = pcsc.Case(product="jia"), pcsc.blank("jia")
    assert pcsc._judged(words.Finished(written=1, resumed=True), blank, made, case).startswith("bad")
    assert pcsc._judged(pcsc.Scrapped(reason="no reason"), blank, made, case).startswith("bad")
    right = replace(made, final=pcsc.meaning(blank.dump()))
    assert pcsc._judged(words.Finished(written=1, resumed=True), blank, right, case) == "settled"


@pytest.mark.parametrize("planted", [False, True])
def test_one_planted_key_disproves_the_canary(monkeypatch, tmp_path: Path, planted):
    monkeypatch.setattr(canary.canary_run, "cards", lambda state: {})
    monkeypatch.setattr(canary.canary_run, "data_keys", lambda state: {})
    harvest = canary.Harvest(home=tmp_path)
    harvest.state.ensure()
    key = canary.canary_run.upper_keys()["master RK1_DDF1"]
    (harvest.state.logs / "web.log").write_bytes(b"key=" + (key.hex().encode() if planted else b"none") * 2)
    if not planted:
        assert canary._searched(harvest, 1).endswith("hits=0")
        return
    with pytest.raises(Disproved, match=r"hits=1: master RK1_DDF1 in .*web\.log"):
        canary._searched(harvest, 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({}, ""), ({"lost": ["card 7"]}, "card 7"), ({"fsck": "I-01"}, "I-01"), ({"acknowledged": 19_999}, "too few")],
)
def test_one_act_that_was_lost_disproves_the_kills(monkeypatch, changes, why):
    given = {"cycles": kills.CYCLES, "acknowledged": kills.ACKNOWLEDGED, **changes}
    monkeypatch.setattr(kills, "killed", lambda *anything, **options: Tally(**given))
    if not why:
        assert list(kills.prove())[-1].startswith("KILLS cycles=21 acknowledged=20000")
        return
    with pytest.raises(Disproved, match=why):
        list(kills.prove())


def test_what_a_proof_of_kills_has_started_is_stopped_when_it_fails(monkeypatch):
    ended = []

    class Silent:
        def __init__(self, *_):
            self.home = None

        def start(self):
            raise AssertionError("it says nothing")

        def end(self):
            ended.append(self)

    monkeypatch.setattr(killing, "prepare", lambda *_: SimpleNamespace(people=(), tokens={}))
    monkeypatch.setattr(killing, "Server", Silent)
    with pytest.raises(Disproved, match="it says nothing"):
        list(kills.prove())
    assert len(ended) == 1


@pytest.mark.parametrize(("wrong", "deadlocks", "violations"), [([], 0, 0), (["pair"], 0, 0), ([], 1, 0), ([], 0, 1)])
def test_one_pair_in_neither_order_one_deadlock_or_one_violation_disproves(monkeypatch, wrong, deadlocks, violations):
    shares = [(Seen(), 0, 0), (Seen(wrong=wrong), deadlocks, violations)]
    monkeypatch.setattr(together, "spread", lambda *anything, **ways: iter(shares))
    if not (wrong or deadlocks or violations):
        assert list(together.prove())[-1].endswith("neither_order=0 deadlocks=0 fsck=0")
        return
    with pytest.raises(Disproved, match="TOGETHER"):
        list(together.prove())


def test_one_difference_from_the_law_disproves_the_machine(monkeypatch):
    monkeypatch.setattr(machine, "apart", lambda *anything: ("MACHINE different=0", ""))
    assert list(machine.prove()) == ["MACHINE different=0"]
    monkeypatch.setattr(machine, "apart", lambda *anything: ("MACHINE different=0", "the model says no"))
    with pytest.raises(Disproved, match="the model says no"):
        list(machine.prove())
