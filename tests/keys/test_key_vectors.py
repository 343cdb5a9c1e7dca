"""Frozen vectors of every formula, recomputed by the openssl command, and passed by the office that serves them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmssl_pyx import sm2_verify

from healthcard.keys.hierarchy import HIERARCHY
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import KeyLoad, pack
from healthcard.keys.secret import Secret
from healthcard.keys.software import SoftwareDriver
from keys import masters
from keys.openssl_keys import OpensslKey, openssl

VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="module", params=["sm4", "3des"])
def vectors(request):
    return json.loads((VECTORS / f"keys-{request.param}.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def office(vectors, tmp_path_factory):
    return KeyOffice(masters.make(tmp_path_factory.mktemp("vectors") / "store.json", vectors["algorithm"]))


def load(row):
    parts = {name: bytes.fromhex(row[name]) for name in ("header", "clear", "prefix")}
    return KeyLoad(name=row["name"], padded=row["padded"], **parts)


def key(vectors, value):
    return OpensslKey(vectors["algorithm"], bytes.fromhex(value))


def test_vectors_are_those_of_the_test_keys_and_address(vectors):
    assert [row["name"] for row in vectors["down"]] == list(HIERARCHY.card_keys)
    assert (vectors["city"], vectors["chip"]) == (masters.CITY.hex(), masters.CHIP.hex())
    assert all(bytes.fromhex(row["national"]) == masters.master(row["name"]) for row in vectors["down"])


def test_openssl_brings_every_key_down_as_frozen(vectors):
    factors = [("provincial", vectors["city"]), ("card", vectors["chip"]), ("session", vectors["challenge"])]
    for row in vectors["down"]:
        above = key(vectors, row["national"])
        checks = [above.check_value().hex()]
        for level, factor in factors:
            above = above.below(bytes.fromhex(factor))
            assert above.value.hex() == row[level], (row["name"], level)
            checks.append(above.check_value().hex())
        assert checks[:3] == row["check_values"]


def test_the_office_brings_every_key_down_as_frozen(vectors, office):
    names = [row["name"] for row in vectors["down"]]
    national = office.national_check_values(1)
    provincial = office.provincial_check_values(masters.CITY, 1)
    card = office.check_values(names, masters.CARD)
    for row in vectors["down"]:
        found = [values[row["name"]].hex() for values in (national, provincial, card)]
        assert found == row["check_values"], row["name"]
        answer = office.encipher(row["name"], masters.CARD, bytes.fromhex(vectors["challenge"]), bytes(16))
        assert answer == key(vectors, row["session"]).encipher(bytes(16))


def test_encipherment_and_macs_are_as_frozen(vectors, office):
    challenge = bytes.fromhex(vectors["challenge"])
    sessions = {row["name"]: key(vectors, row["session"]) for row in vectors["down"]}
    for row in vectors["use"]:
        data = bytes.fromhex(row["data"])
        assert sessions[row["name"]].mac(data).hex() == row["mac"]
        assert office.mac(row["name"], masters.CARD, challenge, data).hex() == row["mac"]
        if "enciphered" in row:
            assert sessions[row["name"]].encipher(data).hex() == row["enciphered"]
            assert office.encipher(row["name"], masters.CARD, challenge, data).hex() == row["enciphered"]


def test_loads_of_each_product_are_as_frozen(vectors, office):
    for row in vectors["loads"]:
        transport, wanted = key(vectors, row["transport"]), load(row)
        value = bytes.fromhex(row["value"])
        parts = (wanted.header, wanted.clear, wanted.prefix, value)
        assert transport.field(*parts, pad=wanted.padded).hex() == row["field"]
        assert office.wrap(row["product"], [wanted], pack([masters.CARD])).rows()[0][0].hex() == row["field"]


def test_pins_are_drawn_as_frozen(vectors):
    seed = OpensslKey(vectors["algorithm"], masters.master("PIN")).below(masters.CITY).below(masters.CHIP)
    assert {row["value"] for row in vectors["loads"] if row["name"] == "PIN"} == {seed.pin().hex()}


def test_loads_of_a_sam_are_as_frozen(vectors, office):
    lot = OpensslKey(vectors["algorithm"], masters.master("TRANSPORT:sam")).below(masters.CHIP)
    for row in vectors["sam_loads"]:
        wanted = load(row)
        assert lot.field(wanted.header, b"", wanted.prefix, bytes.fromhex(row["value"]), pad=True).hex() == row["field"]
    rows = office.sam_loads([load(row) for row in vectors["sam_loads"]], pack([masters.CARD])).rows()
    assert [field.hex() for field in rows[0]] == [row["field"] for row in vectors["sam_loads"]]


def test_data_keys_are_as_frozen(vectors, office):
    for row in vectors["data_keys"]:
        label = openssl("dgst", "-sm3", "-binary", data=f"healthcard data key|{row['purpose']}".encode())[:16]
        assert OpensslKey(vectors["algorithm"], masters.master("DATA")).ecb(label).hex() == row["key"]
        assert office.data_key(row["purpose"]).hex() == row["key"]


def test_the_published_sm4_example_of_a_million_rounds():
    """GB/T 32907-2016, A.2. Chaining zeros is enciphering again and again."""
    driver = SoftwareDriver(Secret(bytes(32)), rules=replace(HIERARCHY.rules, encipher="CBC"))
    value = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    chained = driver.encipher(driver.adopt("SM4", Secret(value)), value + bytes(16 * 999_999))
    assert chained[-16:].hex().upper() == "595298C7C6FD271F0402F804C33D3F66"


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"),  # GB/T 32905-2016, A.1
        (b"abcd" * 16, "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732"),  # A.2
    ],
)
def test_the_published_sm3_examples(message, digest):
    machine = Hash(SM3())
    machine.update(message)
    assert machine.finalize().hex().upper() == digest
    assert openssl("dgst", "-sm3", "-binary", data=message).hex().upper() == digest


def test_the_published_sm2_signature_verifies():
    """GB/T 32918.5-2017, A.2."""
    public = bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    assert sm2_verify(public, b"message digest", encode_dss_signature(r, s)) is True
    assert sm2_verify(public, b"message digesT", encode_dss_signature(r, s)) is False
