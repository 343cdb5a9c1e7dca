"""Ceremony files: only the plainest YAML, and exactly the fields that a ceremony has."""

from __future__ import annotations

import pytest

from healthcard.keys.ceremonies import paper
from healthcard.keys.ceremonies.hall import ACTS
from healthcard.keys.errors import CeremonyRefused

GOOD = """\
kind: rotate
number: C-1
store: production
day: 2026-03-01
place: 密钥室
reason: 年度轮换
leader: {id: L1, name: 主持人}
witnesses: [{id: W1, name: 见证人一}, {id: W2, name: 见证人二}]
names: [RK1_DDF1]
"""


def test_a_file_is_read_into_its_parts():
    read = paper.read(GOOD.encode())
    assert (read.kind, read.number, read.row.zh, read.row.article) == ("rotate", "C-1", "密钥轮换", "第七条第三项")
    assert [person.name for person in read.witnesses] == ["见证人一", "见证人二"]
    assert read.values == {"names": ("RK1_DDF1",)}


def test_every_kind_has_an_act():
    assert paper.KINDS.keys() == ACTS.keys()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("kind: rotate", "kind: dance", "kind is one of root"),
        ("number: C-1\n", "", "needs the field 'number'"),
        ("number: C-1", "number: C-1\nnumber: C-2", "A field stands once"),
        ("number: C-1", "number: C-1\nextra: 1", "has no field 'extra'"),
        ("number: C-1", "number: ../C", "1 to 40 letters"),
        ("store: production", "store: real", "the mark of the key store"),
        ("day: 2026-03-01", "day: 2026-02-30", "a day as 2026-01-31"),
        ("day: 2026-03-01", "day: tomorrow", "a day as"),
        ("place: 密钥室", "place: ' '", "a text of 1 to 300"),
        ("place: 密钥室", "place: !!python/object:os.system x", "Anchors, aliases and tags"),
        ("place: 密钥室", "place: &here 密钥室", "Anchors, aliases and tags"),
        ("leader: {id: L1, name: 主持人}", "leader: L1", "leader is a table"),
        ("leader: {id: L1, name: 主持人}", "leader: {id: L1}", "leader needs the field 'name'"),
        ("leader: {id: L1, name: 主持人}", "leader: {id: L1, name: x, role: y}", "leader has no field 'role'"),
        ("names: [RK1_DDF1]", "names: RK1_DDF1", "names is a list"),
        ("names: [RK1_DDF1]", "names: []", "names is a list"),
        ("names: [RK1_DDF1]", "names: [{a: b}]", "the name of a key"),
        ("names: [RK1_DDF1]", "names: [rk1]", "the name of a key"),
        ("kind: rotate", "- kind: rotate", "no YAML"),
        ("kind: rotate", "---\nkind: rotate\n---", "one document"),
    ],
)
def test_what_is_not_exactly_a_ceremony_is_refused_with_its_reason(old, new, why):
    assert old in GOOD
    with pytest.raises(CeremonyRefused, match=why) as refused:
        paper.read(GOOD.replace(old, new).encode())
    assert "Nothing was done" in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[" * 20_000,
        b"x" * 70_000,
        b"a: " * 5_000,
        b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
        b"? {a: b}\n: c\n",
        b"%YAML 9.9\n---\na: b\n",
    ],
)
def test_hostile_files_are_refused(data):
    with pytest.raises(CeremonyRefused):
        paper.read(data)
