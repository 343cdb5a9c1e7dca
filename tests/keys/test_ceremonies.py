"""Key ceremonies as they are held: what each makes, and what each refuses."""

from __future__ import annotations

import itertools
import json

import pytest

from healthcard.keys.ceremonies import envelopes, sharing
from healthcard.keys.ceremonies.register import Register
from healthcard.keys.ceremonies.sitting import CHECK, PART
from healthcard.keys.entries import COUNTRY, PRODUCTION, Place
from healthcard.keys.errors import CeremonyRefused, NotAllowed, StoreDamaged, StoreRefused, WrongPassphrase
from healthcard.keys.founding import complete, service
from healthcard.keys.hierarchy import HIERARCHY, NATIONAL
from healthcard.keys.keyring import Keyring
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore
from keys import masters, papers

RK1 = Place(level=NATIONAL, name="RK1_DDF1", scope=COUNTRY)
SECRET = Secret(bytes(range(16)))


def empty(path, mark=PRODUCTION):
    """A store with nothing but the keys of its services."""
    store = KeyStore.create(path, mark, masters.PASSPHRASE, cost=masters.CHEAP)
    complete(store)
    return store


@pytest.fixture
def room(tmp_path):
    """The ministry's key room: an empty store, and a folder of carriers."""
    carriers = tmp_path / "carriers"
    carriers.mkdir(mode=0o700)
    return papers.Room(empty(tmp_path / "store.json"), carriers)


@pytest.fixture
def rooted(room):
    room.hold(room.file("root", "algorithm: SM4\n"))
    return room


@pytest.fixture
def kept(rooted):
    """Roots, split 3 of 5, with a backup on two carriers."""
    rooted.split()
    rooted.backup()
    return rooted


def states(room, name="RK1_DDF1"):
    return {one.place.version: one.state for one in room.store if one.place.name == name}


def test_a_root_ceremony_makes_every_master_once(rooted):
    national = {one.place.name for one in rooted.store if one.place.level == NATIONAL}
    assert national == {*HIERARCHY.masters, "AUTHORITY"}
    with pytest.raises(CeremonyRefused, match=r"has root keys already.*第六条第三项"):
        rooted.hold(rooted.file("root", "algorithm: SM4\n"))


def test_any_three_of_five_shares_make_the_key_and_no_two_do():
    shares = sharing.split(SECRET, 3, 5)
    for numbers in itertools.combinations(shares, 3):
        assert sharing.combine({number: shares[number] for number in numbers}) == SECRET
    for numbers in itertools.combinations(shares, 2):
        assert sharing.combine({number: shares[number] for number in numbers}) != SECRET


@pytest.mark.parametrize(("needed", "holders"), [(1, 3), (4, 3), (2, 17)])
def test_a_split_without_split_knowledge_is_refused(needed, holders):
    with pytest.raises(CeremonyRefused, match="at least 2 people hold the key together"):
        sharing.split(SECRET, needed, holders)


def test_any_three_custodians_restore_every_key_from_their_carriers(kept):
    national = {one.place for one in kept.store if one.place.level == NATIONAL}
    for numbers in itertools.combinations(range(1, 6), 3):
        kept.store.drilled(list(national), "")
        kept.drill(numbers)
        assert national <= {one.place for one in kept.store if one.drilled == "2026-03-01"}


def test_no_two_custodians_do(kept):
    for numbers in itertools.combinations(range(1, 6), 2):
        with pytest.raises(CeremonyRefused, match="2 shares were brought, 3 are needed"):
            kept.drill(numbers)
    assert not any(one.drilled for one in kept.store)


def test_a_drill_lets_keys_make_cards_and_reminds_nobody(kept):
    ring = Keyring(kept.store, lambda: papers.NOW.date())
    with pytest.raises(NotAllowed, match="its backup was never tried"):
        ring.national("RK1_DDF1", 1, "issue")
    kept.drill()
    assert ring.national("RK1_DDF1", 1, "issue")


def test_a_drill_with_a_wrong_passphrase_or_a_damaged_carrier_is_refused(kept):
    kept.answers["K12", "passphrase"] = "not his passphrase"
    with pytest.raises(WrongPassphrase, match="does not open the share"):
        kept.drill()
    kept.answers.clear()
    share = kept.folder / "S12"
    table = json.loads(share.read_text())
    share.write_text(json.dumps(table | {"holder": "K13"}))
    with pytest.raises(WrongPassphrase):
        kept.drill()


def test_a_copy_of_other_keys_does_not_pass_a_drill(kept):
    kept.hold(kept.file("rotate", "names: [RK1_DDF1]\n"))
    kept.drill()
    assert {one.place.version: one.drilled for one in kept.store if one.place.name == "RK1_DDF1"} == {
        1: "2026-03-01",
        2: "",
    }
    (line,) = (line for line in kept.lines() if line["kind"] == "drill" and line["phase"] == "done")
    assert "national/CN/RK1_DDF1/2" in line["said"]["untried"]


def test_everything_comes_back_into_a_new_store(kept, tmp_path):
    new = papers.Room(empty(tmp_path / "new" / "store.json"), kept.folder)
    new.drill(kind="restore")
    again = KeyStore.open(new.store.path, masters.PASSPHRASE)
    assert {one.place: one.check for one in again} == {
        one.place: one.check for one in kept.store if one.place.level != "custody"
    }
    with pytest.raises(CeremonyRefused, match="restore into a new store"):
        kept.drill(kind="restore")


def test_copies_lie_in_two_places(rooted):
    rooted.split()
    copies = f"copies:\n  - {rooted.carrier('B1', place='甲')}\n  - {rooted.carrier('B2', place='甲')}\n"
    with pytest.raises(CeremonyRefused, match="two places at least"):
        rooted.hold(rooted.file("backup", copies))


def test_a_backup_needs_a_split_key(rooted):
    with pytest.raises(CeremonyRefused, match="split among custodians first"):
        rooted.backup()


def test_when_a_custodian_leaves_the_old_shares_open_no_new_copy(kept):
    kept.drill()
    fields = f"needed: 3\nleaves: {{id: K11, name: 保管人}}\n{kept.custodians(range(1, 6), generation=2)}"
    kept.hold(kept.file("reshare", fields))
    assert not any(one.drilled for one in kept.store)
    kept.backup("N")
    with pytest.raises(WrongPassphrase, match="do not open the copy"):
        kept.drill(copy="N1")
    kept.drill(copy="N1", generation=2)
    assert any(one.drilled for one in kept.store)


def test_who_leaves_gets_no_new_share(kept):
    fields = f"needed: 3\nleaves: {{id: K21, name: 保管人}}\n{kept.custodians(range(1, 6), generation=2)}"
    with pytest.raises(CeremonyRefused, match="K21 leaves and can not hold a share"):
        kept.hold(kept.file("reshare", fields))


def test_a_provincial_key_travels_in_an_envelope_and_makes_the_same_cards(rooted, tmp_path):
    province = papers.Room(empty(tmp_path / "province" / "store.json"), rooted.folder)
    public = province.store.driver.public(province.store.get(service("ENVELOPE"))[1])
    fields = f"city: '21'\nversion: 1\nreceiver: {public.hex()}\nfingerprint: {envelopes.fingerprint(public)}\n"
    with pytest.raises(NotAllowed, match="its backup was never tried"):
        rooted.hold(rooted.file("provincial", f"{fields}carrier: {rooted.carrier('E0')}\n"))
    rooted.split()
    rooted.backup()
    rooted.drill()
    sent = rooted.hold(rooted.file("provincial", f"{fields}carrier: {rooted.carrier('E1')}\n"))
    head = f"sender: {sent.said['sender']}\nfingerprint: {sent.said['fingerprint']}\n"
    wrong = province.file("receive", f"{head}summary: {'0' * 16}\ncarrier: {province.carrier('E1')}\n")
    with pytest.raises(CeremonyRefused, match=r"summary of the keys is not the one.*第七条第三项"):
        province.hold(wrong)
    data = province.file("receive", f"{head}summary: {sent.said['summary']}\ncarrier: {province.carrier('E1')}\n")
    assert province.hold(data).checks == sent.checks
    ours, theirs = (Keyring(one.store).card("RK1_DDF1", masters.CARD, "serve") for one in (rooted, province))
    assert rooted.store.driver.check_value(ours) == province.store.driver.check_value(theirs)


def test_an_envelope_for_another_or_from_another_is_refused(kept, tmp_path):
    kept.drill()
    province = papers.Room(empty(tmp_path / "province" / "store.json"), kept.folder)
    other = papers.Room(empty(tmp_path / "other" / "store.json"), kept.folder)
    public = province.store.driver.public(province.store.get(service("ENVELOPE"))[1])
    key = f"receiver: {public.hex()}\n"
    with pytest.raises(CeremonyRefused, match="not the fingerprint that was read out"):
        kept.hold(
            kept.file(
                "provincial", f"city: '21'\nversion: 1\n{key}fingerprint: {'A' * 16}\ncarrier: {kept.carrier('E2')}\n"
            )
        )
    fields = f"city: '21'\nversion: 1\n{key}fingerprint: {envelopes.fingerprint(public)}\n"
    sent = kept.hold(kept.file("provincial", f"{fields}carrier: {kept.carrier('E3')}\n"))
    rest = f"summary: {sent.said['summary']}\ncarrier: {kept.carrier('E3')}\n"
    head = f"sender: {sent.said['sender']}\nfingerprint: {sent.said['fingerprint']}\n"
    with pytest.raises(CeremonyRefused, match="for another receiver"):
        other.hold(other.file("receive", head + rest))
    head = f"sender: {public.hex()}\nfingerprint: {envelopes.fingerprint(public)}\n"
    with pytest.raises(CeremonyRefused, match="not signed by the sender"):
        province.hold(province.file("receive", head + rest))


def test_a_third_level_is_made_of_keys_that_terminals_derive_in_one_level_only(kept):
    kept.drill()
    public = kept.store.driver.public(kept.store.get(service("ENVELOPE"))[1])
    to = f"receiver: {public.hex()}\nfingerprint: {envelopes.fingerprint(public)}\nversion: 1\n"
    for name, why in (("RK1_DF02", "in two levels"), ("BK_MF", "no source says")):
        fields = f"city: '2101'\nnames: [{name}]\n{to}carrier: {kept.carrier('T')}\n"
        with pytest.raises(CeremonyRefused, match=rf"{name} can have no third level: .*{why}.*第七条第三项"):
            kept.hold(kept.file("third", fields))
    fields = f"city: '2101'\nnames: [STK_DDF1, UK2_DF03]\n{to}carrier: {kept.carrier('T')}\n"
    outcome = kept.hold(kept.file("third", fields))
    assert set(outcome.checks) == {"city/2101/STK_DDF1/1", "city/2101/UK2_DF03/1"}


def transport(room, **changes):
    value = masters.master("TRANSPORT:jia")
    part = bytes(range(16))
    other = bytes(a ^ b for a, b in zip(value, part, strict=True))
    room.answers |= {("P1", PART): part.hex(), ("P2", PART): other.hex()}
    check = room.store.driver.check_value(room.store.driver.adopt("SM4", Secret(value))).hex()
    room.answers |= {("Q1", CHECK): check, ("Q2", CHECK): check.upper()}
    fields = {
        "product": "jia",
        "lots": "[LOT-1, LOT-2]",
        "algorithm": "SM4",
        "diversified": "'yes'",
        "check": f"'{check}'",
        "parts": "[{id: P1, name: 甲}, {id: P2, name: 乙}]",
        "confirmed_by": "[{id: Q1, name: 丙}, {id: Q2, name: 丁}]",
    }
    return room.file("transport", "".join(f"{name}: {value}\n" for name, value in (fields | changes).items()))


def test_a_transport_key_comes_in_parts_and_is_confirmed_by_two(room, tmp_path):
    room = papers.Room(empty(tmp_path / "t" / "store.json", "test"), room.folder)
    outcome = room.hold(transport(room))
    assert outcome.said == {"lots": "LOT-1, LOT-2"}
    assert Keyring(room.store).transport("jia").diversified
    assert room.hold(transport(room)).checks.keys() == {"transport/jia/TRANSPORT:jia/2"}


def test_a_transport_key_that_is_not_confirmed_is_not_taken(room):
    data = transport(room)
    room.answers["Q2", CHECK] = "000000"
    with pytest.raises(CeremonyRefused, match=r"paper of Q2 is another.*第十一条"):
        room.hold(data)
    room.answers["P2", PART] = "00" * 16
    with pytest.raises(CeremonyRefused, match="not the key whose check value the COS maker gave"):
        room.hold(transport(room, check="'123456'"))
    with pytest.raises(CeremonyRefused, match="two parts at least"):
        room.hold(transport(room, parts="[{id: P1, name: 甲}]"))
    with pytest.raises(CeremonyRefused, match="Two people confirm"):
        room.hold(transport(room, confirmed_by="[{id: Q1, name: 丙}]"))
    with pytest.raises(Exception, match="holds no transport key"):
        Keyring(room.store).transport("jia")


def test_a_transport_key_comes_in_an_envelope_too_and_by_no_other_ceremony(room):
    driver = room.store.driver
    maker = driver.generate("SM2")  # the COS maker's own
    public, own = driver.public(maker), driver.public(room.store.get(service("ENVELOPE"))[1])
    key = driver.generate("SM4")
    check, value = driver.check_value(key), driver.release(key)
    sent = envelopes.Sent(name="TRANSPORT:jia", scope="jia", version=1, algorithm="SM4", check=check, value=value)
    head = {"number": "M-1", "level": "transport"}
    by = (public, lambda message: driver.sign(maker, message))
    envelopes.write(room.folder / "M1", head, (SECRET, [sent]), own, by)
    signed = f"sender: {public.hex()}\nfingerprint: {envelopes.fingerprint(public)}\ncarrier: {room.carrier('M1')}\n"
    with pytest.raises(CeremonyRefused, match="holds other keys than roots"):
        room.hold(room.file("receive", f"{signed}summary: {envelopes.summary([sent])}\n"))
    room.answers |= {(person, CHECK): check.hex() for person in ("Q1", "Q2")}
    fields = f"lots: [LOT-9]\ndiversified: 'no'\ncheck: '{check.hex()}'\n{signed}"
    confirmed = "confirmed_by: [{id: Q1, name: 丙}, {id: Q2, name: 丁}]\n"
    with pytest.raises(CeremonyRefused, match="one transport key of this product"):
        room.hold(room.file("transport_envelope", f"product: yi\n{fields}{confirmed}"))
    with pytest.raises(CeremonyRefused, match="Two people confirm"):
        room.hold(room.file("transport_envelope", f"product: jia\n{fields}confirmed_by: [{{id: Q1, name: 丙}}]\n"))
    outcome = room.hold(room.file("transport_envelope", f"product: jia\n{fields}{confirmed}"))
    assert outcome.checks == {"transport/jia/TRANSPORT:jia/1": check.hex().upper()}
    assert not Keyring(room.store).transport("jia").diversified


def test_a_production_store_refuses_a_transport_key_everybody_knows(room):
    with pytest.raises(StoreRefused, match="tests"):
        room.hold(transport(room))


def test_rotation_retires_compromise_stops_and_destruction_needs_one_of_them(rooted):
    key = "key: {level: national, name: RK1_DDF1, scope: CN, version: 1}\n"
    with pytest.raises(CeremonyRefused, match="is active; rotate or mark it compromised first"):
        rooted.hold(rooted.file("destroy", key))
    rooted.hold(rooted.file("rotate", "names: [RK1_DDF1]\n"))
    assert states(rooted) == {1: "retired", 2: "active"}
    rooted.hold(rooted.file("compromise", key))
    assert states(rooted)[1] == "compromised"
    with pytest.raises(NotAllowed, match="is compromised: nobody may use it"):
        Keyring(rooted.store).national("RK1_DDF1", 1, "serve")
    rooted.hold(rooted.file("destroy", key))
    assert states(rooted)[1] == "destroyed"
    with pytest.raises(CeremonyRefused, match="is destroyed"):
        rooted.hold(rooted.file("destroy", key))


def test_sams_get_new_seeds_and_a_transport_key(rooted):
    outcome = rooted.hold(rooted.file("sam", "algorithm: SM4\n"))
    assert outcome.checks.keys() == {
        "national/CN/SAM_PIN/2",
        "national/CN/SAM_STK/2",
        "transport/sam/TRANSPORT:sam/1",
    }


def refusals(room):
    yield room.file("root", "algorithm: SM4\n", store="demo"), "for a store marked demo"
    yield room.file("root", "algorithm: SM4\n", day="2026-03-02"), "is for 2026-03-02, today is 2026-03-01"
    yield room.file("root", "algorithm: SM2\n"), "an algorithm that enciphers"
    yield room.file("root", "algorithm: SM4\n", witnesses="[{id: W1, name: 见证人}]"), "has 2 witnesses at least"
    yield room.file("root", "algorithm: SM4\n", leader="{id: W1, name: 主持人}"), "W1 has 2 parts in the ceremony"
    twice = f"needed: 2\ncustodians:\n  - {room.custodian(1)}\n  - {room.custodian(1)}\n"
    yield room.file("split", twice), "K11 has 2 parts in the ceremony"
    same = room.custodian(2).replace("seal-S12", "seal-S11")
    yield (
        room.file("split", f"needed: 2\ncustodians:\n  - {room.custodian(1)}\n  - {same}\n"),
        "seal-S11 is named twice",
    )
    near = room.custodian(1).replace(str(room.folder) + "/", "")
    yield room.file("split", f"needed: 2\ncustodians:\n  - {near}\n  - {room.custodian(2)}\n"), "by its whole path"


def test_every_rule_is_asked_before_anything_is_done(room):
    for data, why in refusals(room):
        with pytest.raises(CeremonyRefused, match=why) as refused:
            room.hold(data)
        assert refused.value.article.startswith("第")
    assert {one.place.name for one in room.store} == set(HIERARCHY.services)
    assert not list(room.folder.iterdir())


def test_a_custodian_who_is_a_clerk_is_refused(rooted):
    with pytest.raises(CeremonyRefused, match=r"K12 works at a desk or a line.*第六条第三项"):
        rooted.hold(rooted.file("split", f"needed: 2\n{rooted.custodians((1, 2))}"), clerks=frozenset({"K12"}))


def test_one_number_is_one_ceremony(rooted):
    with pytest.raises(CeremonyRefused, match="C1 was begun before"):
        rooted.hold(rooted.file("rotate", "names: [RK1_DDF1]\n", number="C1"))


def test_a_carrier_with_another_seal_than_it_was_given_is_refused(kept):
    rows = kept.custodians((1, 2, 3)).replace("seal-S12", "seal-new")
    with pytest.raises(CeremonyRefused, match="bears seal seal-new, and was sealed with seal-S12"):
        kept.hold(kept.file("drill", f"{rows}copy: {kept.carrier('B1')}\n"))


def test_what_can_not_be_written_down_is_not_done(rooted, monkeypatch):
    def full(self, phase, at, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Register, "add", full)
    with pytest.raises(OSError, match="No space left"):
        rooted.hold(rooted.file("rotate", "names: [RK1_DDF1]\n"))
    assert states(rooted) == {1: "active"}
    assert {one.place.version for one in KeyStore.open(rooted.store.path, masters.PASSPHRASE) if one.place == RK1} == {
        1
    }


def test_a_ceremony_that_broke_in_the_middle_stays_open(rooted, monkeypatch):
    from healthcard.keys.ceremonies import hall

    def broken(self):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(KeyStore, "save", broken)
    with pytest.raises(OSError, match="Input/output"):
        rooted.hold(rooted.file("rotate", "names: [RK1_DDF1]\n"))
    assert hall.unfinished(rooted.store) == ("C2",)


def test_the_register_holds_no_key_and_an_altered_line_is_found(kept):
    path = kept.store.path.with_name("ceremonies.log")
    values = [kept.store.driver.release(kept.store.get(one.place)[1]).reveal() for one in kept.store]
    text = path.read_bytes()
    assert not any(value.hex().encode() in text.lower() or value in text for value in values)
    for at, data in enumerate(text.splitlines()):
        altered = text.replace(data, data.replace(b'"test"', b'"fake"', 1))
        path.write_bytes(altered)
        with pytest.raises(StoreDamaged, match=f"Line {at + 1} of ceremonies.log"):
            kept.lines()
    path.write_bytes(text)
    assert [line["phase"] for line in kept.lines()] == ["begun", "done"] * 3


def test_no_key_lies_in_clear_on_any_carrier(kept):
    values = [kept.store.driver.release(kept.store.get(one.place)[1]).reveal() for one in kept.store]
    for path in kept.folder.iterdir():
        data = path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
        for value in values:
            assert value not in data
            assert value.hex() not in data.decode("utf-8", "replace").lower()
