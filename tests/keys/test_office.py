"""What others may ask, and what they may not: levels, states, purposes, and the one way out for a card key."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from healthcard.keys import disk, keyring
from healthcard.keys.entries import COUNTRY, PRODUCTION, Place
from healthcard.keys.errors import NotAllowed, OutOfShape, StoreRefused, UnknownKey
from healthcard.keys.founding import found, transport
from healthcard.keys.hierarchy import HIERARCHY, NATIONAL, PROVINCIAL
from healthcard.keys.office import KeyOffice
from healthcard.keys.pins import pins
from healthcard.keys.requests import CardAddress, KeyLoad, pack
from healthcard.keys.secret import Secret
from healthcard.keys.service import read_vault
from healthcard.keys.store import KeyStore
from keys import masters
from keys.conftest import VAULT
from keys.openssl_keys import OpensslKey

LOAD = KeyLoad(name="RK1_DDF1", header=bytes.fromhex("84D4010424"), prefix=b"\x07\x01\x0f")
RK1 = Place(level=NATIONAL, name="RK1_DDF1", scope=COUNTRY)


def card(number, city=masters.CITY, version=1):
    return CardAddress(chip=number.to_bytes(8, "big"), city=city, version=version)


def test_every_city_chip_and_challenge_gives_other_keys(office):
    data = bytes(16)
    answers = [
        office.encipher("RK1_DDF1", masters.CARD, masters.CHALLENGE, data),
        office.encipher("RK1_DF01", masters.CARD, masters.CHALLENGE, data),
        office.encipher("RK1_DDF1", replace(masters.CARD, city=b"13000000"), masters.CHALLENGE, data),
        office.encipher("RK1_DDF1", card(1), masters.CHALLENGE, data),
        office.encipher("RK1_DDF1", masters.CARD, bytes(8), data),
    ]
    assert len(set(answers)) == len(answers)


def test_a_chips_transport_key_authenticates_diversified_or_not_as_its_lot_says(office):
    for product, diversified in HIERARCHY.transport.items():
        lot = OpensslKey("SM4", masters.master(f"TRANSPORT:{product}"))
        own = lot.below(masters.CHIP) if diversified else lot
        name = f"TRANSPORT:{product}"
        answer = office.encipher(name, masters.CARD, masters.CHALLENGE, bytes(16))
        assert answer == own.below(masters.CHALLENGE).ecb(bytes(16))
        assert office.check_values([name], masters.CARD) == {name: own.check_value()}


@pytest.mark.parametrize("name", ["PIN", "SAM_PIN", "AUTHORITY", "ISSUER", "DATA", "NO_SUCH_KEY", ""])
def test_seeds_and_service_keys_have_no_session_keys_and_no_check_values_on_a_card(office, name):
    for act in (office.encipher, office.mac):
        with pytest.raises(NotAllowed, match="no session keys"):
            act(name, masters.CARD, masters.CHALLENGE, bytes(16))
    with pytest.raises(NotAllowed, match="no check value"):
        office.check_values([name], masters.CARD)


def test_a_version_that_is_not_held_is_refused(office):
    with pytest.raises(UnknownKey, match=r"no national key RK1_DDF1 version 2 \(CN\)"):
        office.encipher("RK1_DDF1", card(1, version=2), masters.CHALLENGE, bytes(16))


def test_each_version_has_its_own_keys(office, store):
    store.generate(replace(RK1, version=2), "SM4")
    answers = {
        office.encipher("RK1_DDF1", card(1, version=version), masters.CHALLENGE, bytes(16)) for version in (1, 2)
    }
    assert len(answers) == 2


def test_a_retired_key_is_used_for_cards_in_the_field_only(store):
    store.enter(RK1, "retired")
    office = KeyOffice(store)
    assert len(office.mac("RK1_DDF1", masters.CARD, masters.CHALLENGE, b"")) == 4
    assert office.check_values(["RK1_DDF1"], masters.CARD)
    with pytest.raises(NotAllowed, match="is retired: it serves no new cards"):
        office.wrap("jia", [LOAD], pack([masters.CARD]))
    with pytest.raises(NotAllowed, match="is retired"):
        office.sam_loads([LOAD], pack([masters.CARD]))


def test_a_provincial_store_serves_its_own_province_without_national_keys(store, tmp_path):
    national = KeyOffice(store)
    provincial = KeyStore.create(tmp_path / "p.json", "test", masters.PASSPHRASE, cost=masters.CHEAP)
    handed_over = OpensslKey("SM4", masters.master("RK1_DDF1")).below(masters.CITY).value
    provincial.adopt(Place(level=PROVINCIAL, name="RK1_DDF1", scope="21"), "SM4", Secret(handed_over))
    provincial.adopt(transport("jia"), "SM4", Secret(masters.master("TRANSPORT:jia")), diversified=True)
    provincial.adopt(transport("sam"), "SM4", Secret(masters.master("TRANSPORT:sam")), diversified=True)
    office = KeyOffice(provincial)
    records = pack([masters.CARD])
    assert office.wrap("jia", [LOAD], records).blob == national.wrap("jia", [LOAD], records).blob
    with pytest.raises(UnknownKey, match="holds no national key"):
        office.wrap("jia", [LOAD], pack([card(1, city=b"13000000")]))
    with pytest.raises(UnknownKey, match="holds no national key"):
        office.sam_loads([LOAD], records)  # a SAM holds the national key, which a province does not have


def test_the_newest_usable_transport_key_of_a_product_is_used(store):
    before = KeyOffice(store).check_values(["TRANSPORT:bing"], masters.CARD)
    store.generate(transport("bing", version=2), "SM4")
    after = KeyOffice(store).check_values(["TRANSPORT:bing"], masters.CARD)
    assert before != after
    store.enter(transport("bing", version=2), "retired")
    assert KeyOffice(store).check_values(["TRANSPORT:bing"], masters.CARD) == before


def test_a_product_without_transport_key_is_refused_in_plain_words(office):
    with pytest.raises(UnknownKey, match="no transport key for chips of product ding"):
        office.wrap("ding", [LOAD], pack([masters.CARD]))


def test_a_batch_across_provinces_and_versions_is_each_cards_own(office, store):
    for name in HIERARCHY.card_keys:
        store.generate(Place(level=NATIONAL, name=name, scope=COUNTRY, version=2), "SM4")
    cards = [
        card(number, city=city, version=version)
        for number, (city, version) in enumerate([(b"21000000", 1), (b"13000000", 1), (b"21000000", 2)] * 3)
    ]
    together = office.wrap("yi", [LOAD], pack(cards)).rows()
    assert together == [office.wrap("yi", [LOAD], pack([one])).rows()[0] for one in cards]
    assert len(set(together)) == len(cards)


def test_a_batch_needs_a_load_and_addresses_of_17_bytes(office):
    for loads, records in (([], pack([masters.CARD])), ([LOAD], b""), ([LOAD], bytes(16)), ([LOAD], bytes(18))):
        with pytest.raises(OutOfShape):
            office.wrap("jia", loads, records)
    with pytest.raises(OutOfShape, match=r"version 1\.\.255"):
        office.wrap("jia", [LOAD], bytes(17))


def test_a_load_whose_header_counts_wrong_is_refused(office):
    for length in (0, 35, 37):
        wrong = replace(LOAD, header=LOAD.header[:4] + bytes([length]))
        with pytest.raises(OutOfShape, match=f"counts {length} bytes, the data field has 36"):
            office.wrap("jia", [wrong], pack([masters.CARD]))


def test_a_prefix_long_enough_to_choose_a_whole_block_is_refused():
    """E(TK, R | not R) is the session key of the transport key: nobody may have that block enciphered."""
    for parts in ({"prefix": bytes(6)}, {"clear": bytes(9)}):
        with pytest.raises(OutOfShape, match="the clear part has up to 8 bytes, the prefix up to 5"):
            KeyLoad(name="RK1_DDF1", header=bytes(5), **parts)
    with pytest.raises(OutOfShape, match="has 5 bytes"):
        KeyLoad(name="RK1_DDF1", header=bytes(4))


@pytest.mark.parametrize("name", ["SAM_PIN", "SAM_STK", "DATA", "AUTHORITY", "TRANSPORT:jia", "RK9"])
def test_a_card_gets_its_21_keys_and_its_pin_and_nothing_else(office, name):
    with pytest.raises(UnknownKey, match="A card has no key"):
        office.wrap("jia", [replace(LOAD, name=name)], pack([masters.CARD]))


@pytest.mark.parametrize("name", ["SAM_PIN", "DATA", "AUTHORITY", "TRANSPORT:sam", "RK9"])
def test_a_sam_gets_parents_of_card_keys_and_nothing_else(office, name):
    with pytest.raises(UnknownKey, match="A SAM holds no key"):
        office.sam_loads([replace(LOAD, name=name)], pack([masters.CARD]))


def test_sams_are_not_loaded_as_cards(office):
    with pytest.raises(NotAllowed, match="sam_loads"):
        office.wrap("sam", [LOAD], pack([masters.CARD]))


def test_pins_are_spread_evenly_and_never_one_digit_six_times(store):
    seed = store.get(Place(level=NATIONAL, name="PIN", scope=COUNTRY))[1]
    count = 20_000
    drawn = pins(store.driver, seed, b"".join(number.to_bytes(8, "big") for number in range(count))).reveal().hex()
    each = [drawn[at : at + 6] for at in range(0, len(drawn), 6)]
    assert len(each) == count
    assert all(pin.isdigit() and len(set(pin)) > 1 for pin in each)
    for place in range(6):
        tally = Counter(pin[place] for pin in each)
        squares = sum((tally[digit] - count / 10) ** 2 / (count / 10) for digit in "0123456789")
        assert squares < 40  # chi-squared with 9 degrees of freedom: exceeded by chance once in 100,000
    assert len(set(each)) > count * 0.98


class Draws:
    """A driver whose blocks are given: to reach the draws that hardly ever come."""

    def __init__(self, *blocks):
        self.given = list(blocks)

    def derive(self, key, factor):
        return key

    def blocks(self, key, data):
        return self.given[int.from_bytes(data, "big") - 1]


def test_unfair_and_equal_draws_are_passed_over():
    unfair = (16_000_000).to_bytes(3, "big")
    equal = (444_444).to_bytes(3, "big")
    last_fair = (15_999_998).to_bytes(3, "big")
    driver = Draws((unfair + equal) * 2 + unfair + b"\x00", equal + bytes(3) + last_fair + bytes(7))
    assert pins(driver, None, bytes(8)).reveal().hex() == "999998"


def test_a_sams_pin_is_given_to_its_terminal_and_is_the_one_loaded(office):
    load = KeyLoad(name="PIN", header=bytes.fromhex("84D4020014"), prefix=b"\x03\x03")
    field = office.sam_loads([load], pack([masters.CARD])).rows()[0][0]
    transport_key = OpensslKey("SM4", masters.master("TRANSPORT:sam")).below(masters.CHIP).value
    clear = Cipher(SM4(transport_key), modes.ECB()).decryptor().update(field[:16])
    assert clear == b"\x03\x03" + office.sam_pin(masters.CARD) + b"\x80" + bytes(10)


def test_a_sams_pin_tells_nothing_of_a_cards_pin(office):
    holder = OpensslKey("SM4", masters.master("PIN")).below(masters.CITY).below(masters.CHIP).pin()
    assert office.sam_pin(masters.CARD) != holder


def test_data_keys_differ_by_purpose_and_stay_the_same(office):
    keys = [office.data_key(purpose) for purpose in ("columns", "columns2", "identity", "columns")]
    assert keys[0] == keys[3]
    assert len({len(key) for key in keys}) == 1
    assert len(set(keys)) == 3


@pytest.mark.parametrize("purpose", ["", "A", "1a", "a" * 65, "a b", "a\n", "é"])
def test_a_purpose_is_a_plain_word(office, purpose):
    with pytest.raises(OutOfShape, match="purpose of a data key"):
        office.data_key(purpose)


def test_the_factory_opens_its_envelope_with_the_vault_key_only(office):
    envelope = office.factory_envelope("jia")

    def opened(key):
        machine = Cipher(SM4(key), modes.GCM(envelope[:12], envelope[-16:])).decryptor()
        machine.authenticate_additional_data(b"healthcard transport key")
        return json.loads(machine.update(envelope[12:-16]) + machine.finalize())

    assert opened(VAULT) == {"product": "jia", "key": masters.master("TRANSPORT:jia").hex(), "diversified": True}
    with pytest.raises(InvalidTag):
        opened(bytes(16))
    assert office.factory_envelope("jia") != envelope


def test_without_the_factorys_key_and_in_production_no_lot_key_leaves(store, tmp_path):
    with pytest.raises(NotAllowed, match="--factory-vault"):
        KeyOffice(store).factory_envelope("jia")
    production = KeyStore.create(tmp_path / "p.json", PRODUCTION, masters.PASSPHRASE, cost=masters.CHEAP)
    found(production)
    production.generate(transport("jia"), "SM4")
    with pytest.raises(NotAllowed, match="not marked production"):
        KeyOffice(production, vault=Secret(VAULT)).factory_envelope("jia")
    disk.write_private(tmp_path / "vault.key", VAULT, replace=False)
    with pytest.raises(StoreRefused, match="start without --factory-vault"):
        read_vault(PRODUCTION, tmp_path / "vault.key")


def test_a_factory_key_of_another_length_is_refused(tmp_path):
    disk.write_private(tmp_path / "vault.key", VAULT + b"\n", replace=False)
    with pytest.raises(StoreRefused, match="it has 17 bytes, not 16"):
        read_vault("demo", tmp_path / "vault.key")


def test_check_values_of_a_level_cover_every_master(office):
    for values in (office.national_check_values(1), office.provincial_check_values(masters.CITY, 1)):
        assert list(values) == list(HIERARCHY.masters)
        assert {len(value) for value in values.values()} == {3}
    assert office.national_check_values(1) != office.provincial_check_values(masters.CITY, 1)


def test_the_status_has_a_row_for_every_key_and_the_mark_of_the_store(office, store):
    rows = office.rows()
    assert len(rows) == len(list(store))
    assert {row.mark for row in rows} == {"test"}
    row = next(row for row in rows if row.name == "RK1_DDF1")
    assert (row.level, row.zh, row.scope, row.algorithm, row.version) == (
        "national",
        "应用数据读取密钥",
        "CN",
        "SM4",
        1,
    )
    assert (row.state, row.origin) == ("active", "imported")
    assert row.check_value == OpensslKey("SM4", masters.master("RK1_DDF1")).check_value().hex().upper()


def test_provincial_keys_at_hand_are_bounded(office, monkeypatch):
    monkeypatch.setattr(keyring, "REMEMBERED", 8)
    expected = {}
    for _ in range(2):
        for number in range(30):
            one = card(1, city=f"{number:02d}000000".encode())
            answer = office.mac("RK1_DDF1", one, masters.CHALLENGE, b"")
            assert expected.setdefault(number, answer) == answer
    assert len(office._ring._provincial) <= 8


def test_an_issuer_certificate_of_the_office_verifies(office):
    from healthcard.keys import certificates

    made = office.issuer_certificate("9900000000", date(2026, 1, 1), date(2046, 1, 1))
    read = certificates.verify(made, office.authority())
    assert (read.issuer, read.valid_from, read.valid_to) == ("9900000000", date(2026, 1, 1), date(2046, 1, 1))
