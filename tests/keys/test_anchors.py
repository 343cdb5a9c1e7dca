"""Anchors of the audit: signed, kept, never taken back in silence."""

from __future__ import annotations

import pytest

from healthcard.keys import anchors, certificates
from healthcard.keys.anchors import AnchorFile, Gap, Head
from healthcard.keys.errors import AnchorRefused, NotAllowed, OutOfShape, StoreDamaged
from healthcard.keys.office import KeyOffice


def head(seq, chain=0, value=None):
    return Head(chain=chain, seq=seq, hash=bytes([value if value is not None else seq % 256]) * 32)


CARD = "9" * 22 + "0000000001"


@pytest.fixture
def path(tmp_path):
    return tmp_path / anchors.NAME


@pytest.fixture
def office(store, path):
    return KeyOffice(store, anchors=AnchorFile(path))


def lines(office):
    return list(anchors.read(office.anchors(0, 1 << 20).splitlines(), office.audit_key()))


def test_heads_are_signed_kept_and_read_again(office):
    first = office.anchor([head(3), head(5, chain=1)], [CARD])
    assert [one.head for one in first] == [head(3), head(5, chain=1)]
    assert all(certificates.signed(office.audit_key(), one.message(), one.signature) for one in first)
    assert [one.head for one in office.anchor([head(4), head(5, chain=1)], [])] == [head(4)]
    assert office.anchor([head(4)], []) == ()
    kept = lines(office)
    assert [line.ended for line in kept] == [(CARD,), ()]
    assert kept[-1].heads == (head(4), head(5, chain=1))


@pytest.mark.parametrize("shown", [head(2), head(3, value=77), head(1)])
def test_a_chain_that_went_back_or_changed_is_an_alarm_and_nothing_is_kept(office, shown, caplog):
    office.anchor([head(3)], [])
    before = office.anchors(0, 1 << 20)
    with pytest.raises(AnchorRefused, match="Chain 0 of the audit was anchored at entry 3"):
        office.anchor([head(9, chain=1), shown], [])
    assert office.anchors(0, 1 << 20) == before
    assert "AUDIT: chain 0 was changed or cut" in caplog.text


def test_the_file_is_remembered_after_a_restart_and_an_unfinished_line_is_not(office, store, path):
    office.anchor([head(3)], [])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"at": "2026')
    again = KeyOffice(store, anchors=AnchorFile(path))
    assert path.read_bytes() == whole
    with pytest.raises(AnchorRefused):
        again.anchor([head(2)], [])
    again.anchor([head(4)], [])
    assert len(lines(again)) == 2


def test_a_restore_is_kept_with_what_it_lost_and_chains_go_on_from_there(office):
    office.anchor([head(3), head(8, chain=1)], [])
    office.restored([head(2, value=22)], [Gap(chain=0, since=1, until=3)], "the disk was lost")
    office.anchor([head(3, value=33)], [])
    with pytest.raises(AnchorRefused):
        office.anchor([head(7, chain=1)], [])
    assert lines(office)[1].gaps == (Gap(chain=0, since=1, until=3),)
    assert lines(office)[1].reason == "the disk was lost"


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("how", ["changed", "taken out"])
def test_a_line_that_was_changed_or_taken_out_is_found(office, number, how):
    for seq in (1, 2, 3):
        office.anchor([head(seq)], [])
    kept = office.anchors(0, 1 << 20).splitlines()
    if how == "changed":
        kept[number] = kept[number].replace(b'"at":"2', b'"at":"1')
    else:
        del kept[number]
    if how == "taken out" and number == 2:
        assert len(list(anchors.read(kept, office.audit_key()))) == 2  # found by the database's own rows instead
        return
    with pytest.raises(StoreDamaged, match="altered"):
        list(anchors.read(kept, office.audit_key()))


def test_over_the_socket_it_is_the_same(client, running):
    told = client.anchor([head(1)], [CARD] * 2500)
    assert [one.head for one in told] == [head(1)]
    read = list(anchors.read(client.anchors(), client.audit_key()))
    assert sum(len(line.ended) for line in read) == 2500
    with pytest.raises(AnchorRefused):
        client.anchor([head(1, value=9)])
    client.restored([head(1, value=9)], [Gap(chain=0, since=0, until=1)], "restored")
    assert client.anchor([head(2)])
    assert running.folder.joinpath(anchors.NAME).stat().st_mode & 0o077 == 0
    with pytest.raises(OutOfShape):
        client.anchor([], ["12"])


def test_an_office_without_a_file_signs_none(store):
    with pytest.raises(NotAllowed, match="keeps no anchors"):
        KeyOffice(store).anchor([head(1)], [])
