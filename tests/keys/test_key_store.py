"""The store file: sealed, private, replaced whole, and refused when it is not what was written."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthcard.keys import demo, disk, refused, storefile
from healthcard.keys.entries import COUNTRY, DEMO, PRODUCTION, TEST, Place
from healthcard.keys.errors import (
    KeysError,
    NotAllowed,
    OutOfShape,
    StoreDamaged,
    StoreRefused,
    UnknownKey,
    WrongPassphrase,
)
from healthcard.keys.founding import found, transport
from healthcard.keys.hierarchy import HIERARCHY, NATIONAL
from healthcard.keys.secret import Secret
from healthcard.keys.software import SoftwareDriver
from healthcard.keys.store import KeyStore
from healthcard.keys.unlocking import Unlocking
from keys import canary, known, masters

RK1 = Place(level=NATIONAL, name="RK1_DDF1", scope=COUNTRY)
LONG = Secret(b"a passphrase long enough")


def create(path, mark=TEST, passphrase=masters.PASSPHRASE):
    return KeyStore.create(path, mark, passphrase, cost=masters.CHEAP)


def test_a_store_opens_again_with_the_same_keys_and_passphrase(folder):
    store = KeyStore.open(folder / "store.json", masters.PASSPHRASE)
    _, handle = store.get(RK1)
    assert store.driver.release(handle).reveal() == masters.master("RK1_DDF1")
    assert len(list(store)) == len(HIERARCHY.masters) + len(HIERARCHY.transport) + len(HIERARCHY.services)


def test_another_passphrase_is_refused_in_plain_words(folder):
    with pytest.raises(WrongPassphrase, match=r"does not open this store\. Nothing was changed"):
        KeyStore.open(folder / "store.json", Secret(b"another"))


def test_no_key_lies_in_the_file_in_any_form(folder):
    assert canary.hits(folder, [masters.master(name) for name in masters.NAMES]) == []


def test_the_canary_search_finds_what_is_there(tmp_path):
    secret = masters.master("PIN")
    written = [b"x" * shift + form + b"y" for shift in range(3) for form in canary.forms(secret)]
    for number, data in enumerate(written):
        (tmp_path / f"{number}").write_bytes(data)
    assert len(canary.hits(tmp_path, [secret])) == len(written)
    assert canary.hits(tmp_path, [bytes(range(16))]) == []
    assert canary.hits(tmp_path, [secret], but=tmp_path.iterdir()) == []


@pytest.mark.parametrize("field", ["mark", "driver", "cost", "lock", "seal", "salt"])
def test_an_altered_head_is_refused(folder, field):
    path = folder / "store.json"
    head = json.loads(path.read_bytes())
    others = {"mark": PRODUCTION, "driver": "other", "cost": 2 * head["cost"]}
    turned = bytes(255 - byte for byte in bytes.fromhex(head[field])).hex() if field not in others else ""
    head[field] = others.get(field, turned)
    path.write_text(json.dumps(head))
    with pytest.raises(StoreRefused):
        KeyStore.open(path, masters.PASSPHRASE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "retired"),
        ("scope", "21"),
        ("version", 2),
        ("name", "RK9"),
        ("level", "provincial"),
        ("algorithm", "3DES"),
        ("diversified", True),
        ("check", "000000"),
        ("origin", "generated"),
    ],
)
def test_a_key_told_otherwise_is_refused(folder, field, value):
    path = folder / "store.json"
    head = json.loads(path.read_bytes())
    head["keys"][0][field] = value
    path.write_text(json.dumps(head))
    with pytest.raises(StoreDamaged, match="seal does not fit"):
        KeyStore.open(path, masters.PASSPHRASE)


def test_dropped_exchanged_and_doubled_keys_are_refused(folder):
    path = folder / "store.json"
    head = json.loads(path.read_bytes())
    first, second, *rest = head["keys"]
    exchanged = [{**first, "kept": second["kept"]}, {**second, "kept": first["kept"]}, *rest]
    for keys in ([second, *rest], exchanged, [first, *head["keys"]], [second, first, *rest]):
        path.write_text(json.dumps({**head, "keys": keys}))
        with pytest.raises(StoreDamaged):
            KeyStore.open(path, masters.PASSPHRASE)


def test_keys_exchanged_by_somebody_who_can_seal_the_file_do_not_open_in_each_others_place(folder):
    """Even with the file's own seal right, a kept key is bound to its place."""
    path = folder / "store.json"
    file = storefile.decode(path.read_bytes())
    first, second, *rest = file.entries
    entries = [replace(first, kept=second.kept, check=second.check), second, *rest]
    driver = SoftwareDriver(file.unlocking.key(masters.PASSPHRASE))
    forged = replace(file, entries=entries)
    disk.write_private(path, replace(forged, seal=driver.seal(forged.sealed_part())).encode(), replace=True)
    with pytest.raises(StoreDamaged, match="does not fit its seal"):
        KeyStore.open(path, masters.PASSPHRASE)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_opens_unnoticed(filled, data):
    at = data.draw(st.integers(0, len(filled) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != filled[at]))
    changed = filled[:at] + bytes([byte]) + filled[at + 1 :]
    try:
        file = storefile.decode(changed)
    except StoreDamaged:
        return
    if file != storefile.decode(filled):  # else the byte was a blank between two fields
        driver = SoftwareDriver(replace_cost(file).key(masters.PASSPHRASE))
        assert file.driver != driver.name or driver.seal(file.sealed_part()) != file.seal


def replace_cost(file):
    """The cost as it was: a dearer one would only make the test slow."""
    return replace(file.unlocking, cost=masters.CHEAP)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.recursive(st.none(), st.lists).map(lambda x: json.dumps(x).encode())))
def test_any_other_bytes_are_damaged_and_nothing_worse(data):
    with pytest.raises(StoreDamaged):
        storefile.decode(data)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 3},
        {"mark": "other"},
        {"keys": {}},
        {"keys": [1]},
        {"driver": 7},
        {"cost": True},
        {"cost": 2**30},
        {"cost": 1},
        {"salt": "00"},
        {"salt": "zz"},
        {"more": 1},
    ],
)
def test_a_head_out_of_shape_is_damaged(filled, change):
    with pytest.raises(StoreDamaged):
        storefile.decode(json.dumps(json.loads(filled) | change).encode())


def test_a_store_of_a_later_release_says_so(filled):
    with pytest.raises(StoreDamaged, match="has format 3; this release reads formats 1 and 2 only"):
        storefile.decode(json.dumps(json.loads(filled) | {"format": 3}).encode())


def test_a_store_of_an_earlier_release_still_opens(folder):
    path = folder / "store.json"
    store = KeyStore.open(path, masters.PASSPHRASE)
    file = replace(storefile.decode(path.read_bytes()), form=1)
    path.write_bytes(replace(file, seal=store.driver.seal(file.sealed_part())).encode())
    assert b"drilled" not in path.read_bytes()
    assert [entry.check for entry in KeyStore.open(path, masters.PASSPHRASE)] == [entry.check for entry in store]


def test_files_are_private_and_replaced_whole(folder):
    path = folder / "store.json"
    store = KeyStore.open(path, masters.PASSPHRASE)
    before = path.stat().st_ino
    store.enter(RK1, "retired")
    store.save()
    assert path.stat().st_ino != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry.name for entry in folder.iterdir()} == {"store.json", "vault.key"}  # no draft stays behind
    assert KeyStore.open(path, masters.PASSPHRASE).get(RK1)[0].state == "retired"


def test_a_write_that_fails_leaves_the_old_store(folder, monkeypatch):
    path = folder / "store.json"
    before = path.read_bytes()
    store = KeyStore.open(path, masters.PASSPHRASE)
    store.enter(RK1, "retired")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(StoreRefused, match="No space left"):
        store.save()
    assert path.read_bytes() == before
    assert {entry.name for entry in folder.iterdir()} == {"store.json", "vault.key"}


def test_a_store_open_to_others_is_refused(folder):
    path = folder / "store.json"
    path.chmod(0o640)
    with pytest.raises(StoreRefused, match="open to others"):
        KeyStore.open(path, masters.PASSPHRASE)


def test_a_store_behind_a_link_or_a_pipe_is_refused(folder):
    (folder / "link").symlink_to(folder / "store.json")
    os.mkfifo(folder / "pipe", 0o600)
    for name in ("link", "pipe", "missing", "."):
        with pytest.raises(StoreRefused):
            KeyStore.open(folder / name, masters.PASSPHRASE)


def test_a_store_is_never_written_over_by_a_new_one(folder):
    before = (folder / "store.json").read_bytes()
    with pytest.raises(StoreRefused, match="is not written over"):
        create(folder / "store.json").save()
    assert (folder / "store.json").read_bytes() == before


def test_a_place_is_taken_once_and_a_new_key_is_a_new_version(store):
    with pytest.raises(NotAllowed, match="a new key is a new version"):
        store.generate(RK1, "SM4")
    store.generate(replace(RK1, version=2), "SM4")
    store.save()
    assert replace(RK1, version=2) in KeyStore.open(store.path, masters.PASSPHRASE)


def test_versions_are_1_to_255(store):
    for version in (0, 256, -1):
        with pytest.raises(OutOfShape, match=r"1\.\.255"):
            Place(level=NATIONAL, name="RK1_DDF1", scope=COUNTRY, version=version)


def test_unknown_keys_states_and_marks_are_refused(store, tmp_path):
    with pytest.raises(UnknownKey, match="holds no national key RK1_DDF1 version 9"):
        store.get(replace(RK1, version=9))
    with pytest.raises(UnknownKey):
        store.enter(replace(RK1, version=9), "retired")
    with pytest.raises(OutOfShape, match="one of the states active, retired"):
        store.enter(RK1, "forgotten")
    with pytest.raises(OutOfShape, match="marked one of demo, test, production"):
        create(tmp_path / "new.json", "something")


@pytest.mark.parametrize("algorithm", masters.SOFTWARE)
@pytest.mark.parametrize("name", ["RK1_DDF1", "TRANSPORT:jia", "DATA"])
def test_a_production_store_takes_no_test_key(tmp_path, algorithm, name):
    store = create(tmp_path / "store.json", PRODUCTION, LONG)
    with pytest.raises(StoreRefused, match="this is a test key"):
        store.adopt(RK1, algorithm, Secret(masters.master(name)))
    assert RK1 not in store


def test_a_production_store_generates_no_test_key(tmp_path):
    store = create(tmp_path / "store.json", PRODUCTION, LONG)
    store.driver = SoftwareDriver(Secret(bytes(32)), random=lambda length: masters.master("PIN")[:length])
    with pytest.raises(StoreRefused, match="generate another"):
        store.generate(RK1, "SM4")


def test_a_production_store_with_a_test_key_in_it_does_not_open(tmp_path, monkeypatch):
    store = create(tmp_path / "store.json", PRODUCTION, LONG)
    monkeypatch.setattr(refused, "check", lambda *_: None)  # an older release, whose list was shorter
    store.adopt(RK1, "SM4", Secret(masters.master("RK1_DDF1")))
    store.save()
    monkeypatch.undo()
    with pytest.raises(StoreRefused, match="this is a test key"):
        KeyStore.open(tmp_path / "store.json", LONG)


def test_the_table_of_refused_keys_has_every_key_of_the_tests():
    """When this fails, run `python tests/keys/known.py`."""
    expected = {(algorithm, bytes.fromhex(check)) for algorithm, rows in known.check_values().items() for check in rows}
    assert expected <= refused.REFUSED.keys()
    assert ("SM4", bytes.fromhex("2677F4")) in expected  # GB/T 32907's example key


def test_a_production_store_asks_for_a_long_passphrase(tmp_path):
    with pytest.raises(StoreRefused, match="at least 12 characters"):
        create(tmp_path / "store.json", PRODUCTION, Secret("短密码".encode()))
    with pytest.raises(StoreRefused, match="at least 1 char"):
        create(tmp_path / "store.json", DEMO, Secret(b""))
    assert not (tmp_path / "store.json").exists()


def test_a_production_store_begins_without_transport_keys(tmp_path):
    store = create(tmp_path / "store.json", PRODUCTION, LONG)
    found(store)
    assert {entry.place.level for entry in store} == {"national", "provincial"}
    assert {entry.place.name for entry in store} == {*HIERARCHY.masters, *HIERARCHY.services}


def test_a_demo_store_is_made_once_announced_and_unlocks_itself(tmp_path, caplog):
    path = tmp_path / "keys" / "store.json"
    passphrase = demo.prepare(path)
    assert "DEMO KEYS" in caplog.text
    assert passphrase.reveal().decode() not in caplog.text
    made = path.read_bytes()
    assert demo.prepare(path) == passphrase
    assert path.read_bytes() == made
    store = KeyStore.open(path, passphrase)
    assert store.mark == DEMO
    assert {entry.place for entry in store} >= {transport(product) for product in HIERARCHY.transport}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_demo_store_whose_making_was_cut_off_is_made_again(tmp_path, monkeypatch):
    path = tmp_path / "store.json"

    def cut(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "found", cut)
    with pytest.raises(KeyboardInterrupt):
        demo.prepare(path)
    assert not path.exists()
    monkeypatch.undo()
    assert len(list(KeyStore.open(path, demo.prepare(path)))) > 20


def test_a_demo_store_that_is_put_back_still_opens(tmp_path):
    path, away = tmp_path / "store.json", tmp_path / "away.json"
    demo.prepare(path)
    checks = {entry.check for entry in KeyStore.open(path, demo.prepare(path))}
    path.rename(away)
    demo.prepare(path)
    assert len(checks & {entry.check for entry in KeyStore.open(path, demo.prepare(path))}) < 2
    away.rename(path)
    assert {entry.check for entry in KeyStore.open(path, demo.prepare(path))} == checks


def test_a_demo_store_without_its_passphrase_is_refused_and_kept(tmp_path):
    path = tmp_path / "store.json"
    demo.prepare(path)
    before = path.read_bytes()
    demo.passphrase_file(path).unlink()
    with pytest.raises(StoreRefused, match="can not be read: No such file"):
        demo.prepare(path)
    assert path.read_bytes() == before
    assert not demo.passphrase_file(path).exists()


def test_two_demo_stores_share_no_key(tmp_path):
    checks = []
    for name in ("one", "two"):
        path = tmp_path / name / "store.json"
        checks.append({entry.check for entry in KeyStore.open(path, demo.prepare(path))})
    assert len(checks[0] & checks[1]) < 2


def test_a_lock_is_dear_enough_and_a_salt_long_enough():
    for salt, cost in ((bytes(8), 2**16), (bytes(16), 2**13), (bytes(16), 2**21), (bytes(16), 2**16 + 1)):
        with pytest.raises(KeysError):
            Unlocking(salt=salt, cost=cost)


def test_a_secret_shows_nothing_and_is_not_copied_out():
    import pickle

    secret = Secret(b"something secret")
    assert {repr(secret), str(secret), f"{secret}"} == {"<secret>"}
    assert secret == Secret(b"something secret")
    assert secret != Secret(b"something else")
    assert secret != b"something secret"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError, match="dictionary key"):
        hash(secret)
