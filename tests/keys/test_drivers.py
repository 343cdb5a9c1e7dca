"""What every driver has to do; a new one is added to DRIVERS and to nothing else."""

from __future__ import annotations

import hmac
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from gmssl_pyx import sm2_verify

from healthcard.keys.driver import Derived, Field, Given, Handle, Same
from healthcard.keys.errors import AlgorithmRefused, OutOfShape, StoreDamaged
from healthcard.keys.pkcs11.driver import TokenDriver
from healthcard.keys.pkcs11.token import Token
from healthcard.keys.secret import Secret
from healthcard.keys.software import SoftwareDriver
from keys import masters, soft_token
from keys.openssl_keys import OpensslKey

OURS, THEIRS = "ours", "theirs"  # what unlocks a driver: two installations that have nothing in common
UNLOCKING = {OURS: Secret(bytes(range(32))), THEIRS: Secret(bytes(32))}
LABEL = b"a place"


def in_software(request):
    return lambda whose: SoftwareDriver(UNLOCKING[whose])


def in_tokens(request):
    tokens = request.getfixturevalue("tokens")
    return lambda whose: TokenDriver(Token.open(tokens[whose], soft_token.PIN))


DRIVERS = {"software": in_software, "pkcs11": in_tokens}


@pytest.fixture(params=DRIVERS)
def make(request):
    return DRIVERS[request.param](request)


@pytest.fixture
def driver(make):
    return make(OURS)


@pytest.fixture(params=masters.SOFTWARE)
def algorithm(request):
    return request.param


@pytest.fixture
def key(driver, algorithm):
    return driver.adopt(algorithm, Secret(masters.master("RK1_DDF1")))


@pytest.fixture
def oracle(algorithm):
    return OpensslKey(algorithm, masters.master("RK1_DDF1"))


def test_the_published_sm4_example(driver):
    value = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")  # GB/T 32907-2016, A.1
    key = driver.adopt("SM4", Secret(value))
    assert driver.blocks(key, value).hex().upper() == "681EDF34D206965E86B3E94F536E4246"


def test_the_published_3des_example(driver):
    key = driver.adopt("3DES", Secret(bytes.fromhex("0123456789ABCDEF" * 2)))  # equal halves: DES, FIPS 81 table B1
    assert driver.blocks(key, b"Now is t").hex().upper() == "3FA40E8A984D4815"


def test_derivation_and_session_keys_are_those_of_the_openssl_command(driver, key, oracle):
    session = driver.session(driver.derive(driver.derive(key, masters.CITY), masters.CHIP), masters.CHALLENGE)
    expected = oracle.below(masters.CITY).below(masters.CHIP).below(masters.CHALLENGE)
    assert driver.release(session).reveal() == expected.value
    assert driver.encipher(session, bytes(range(48))) == expected.encipher(bytes(range(48)))
    assert driver.check_value(session) == expected.check_value()


@pytest.mark.parametrize("length", [0, 1, 7, 8, 15, 16, 17, 64])
def test_macs_of_every_length_are_those_of_the_openssl_command(driver, key, oracle, length):
    assert driver.mac(key, bytes(range(length))) == oracle.mac(bytes(range(length)))


@pytest.mark.parametrize("diversified", [True, False])
def test_a_wrapped_batch_is_that_of_the_openssl_command(driver, key, oracle, algorithm, diversified):
    chips = [masters.CHIP, bytes(8), bytes(range(8))]
    lot = driver.adopt(algorithm, Secret(masters.master("TRANSPORT:jia")))
    parts = (bytes.fromhex("84D4010431"), b"\x05\x01", b"\x07\x01\x0f")
    pins = Secret(bytes(range(9)))
    fields = [
        Field(header=parts[0], clear=parts[1], prefix=parts[2], padded=True, value=Derived(parent=key)),
        Field(header=parts[0], clear=b"", prefix=b"", padded=False, value=Same(key=key)),
        Field(header=parts[0], clear=b"", prefix=parts[2], padded=True, value=Given(values=pins, width=3)),
    ]
    expected = b""
    for number, chip in enumerate(chips):
        transport = OpensslKey(algorithm, masters.master("TRANSPORT:jia"))
        transport = transport.below(chip) if diversified else transport
        pin = bytes(range(9))[3 * number : 3 * number + 3]
        expected += transport.field(parts[0], parts[1], parts[2], oracle.below(chip).value, pad=True)
        expected += transport.field(parts[0], b"", b"", oracle.value, pad=False)
        expected += transport.field(parts[0], b"", parts[2], pin, pad=True)
    assert driver.wrap(lot, b"".join(chips), fields, diversified=diversified) == expected


def test_generated_keys_differ(driver, algorithm):
    values = {driver.release(driver.generate(algorithm)).reveal() for _ in range(50)}
    assert len(values) == 50
    assert {len(value) for value in values} == {16}


def test_a_kept_key_is_recalled_by_the_same_passphrase_and_label_only(make, driver, key, algorithm):
    kept = driver.keep(key, LABEL)
    value = driver.release(key).reveal()
    assert value not in kept
    assert make(OURS).release(make(OURS).recall(algorithm, kept, LABEL)).reveal() == value
    for other, label in ((make(OURS), b"another place"), (make(THEIRS), LABEL)):
        with pytest.raises(StoreDamaged):
            other.recall(algorithm, kept, label)
    for at in range(len(kept)):
        with pytest.raises(StoreDamaged):
            driver.recall(algorithm, kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :], LABEL)
    with pytest.raises(StoreDamaged):
        driver.recall(algorithm, kept[:20], LABEL)


def test_a_kept_key_looks_otherwise_in_every_place(driver, key):
    assert driver.keep(key, LABEL)[-16:] != driver.keep(key, b"another place")[-16:]


def test_seals_are_made_by_the_same_passphrase_only(make, driver):
    assert len(driver.seal(b"x")) == 32
    assert hmac.compare_digest(driver.seal(b"x"), make(OURS).seal(b"x"))
    assert driver.seal(b"x") != driver.seal(b"y")
    assert driver.seal(b"x") != make(THEIRS).seal(b"x")


def test_sm2_signatures_verify_and_say_nothing_of_the_key(driver):
    key = driver.generate("SM2")
    signature, public = driver.sign(key, b"a message"), driver.public(key)
    assert (len(signature), len(public)) == (64, 64)
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    assert sm2_verify(public, b"a message", der) is True
    assert driver.public(driver.recall("SM2", driver.keep(key, LABEL), LABEL)) == public


def test_sm1_is_refused_for_hardware_serves_it_only(driver):
    for act in (lambda: driver.generate("SM1"), lambda: driver.adopt("SM1", Secret(bytes(16)))):
        with pytest.raises(AlgorithmRefused, match="exists in hardware only; put a hardware driver in service"):
            act()


def test_an_unknown_algorithm_is_refused_by_name(driver):
    with pytest.raises(AlgorithmRefused, match="No algorithm is called ROT13"):
        driver.generate("ROT13")


def test_a_signing_key_does_not_encipher_and_a_cipher_key_does_not_sign(driver, key):
    with pytest.raises((AlgorithmRefused, OutOfShape)):
        driver.blocks(driver.generate("SM2"), bytes(16))
    with pytest.raises(AlgorithmRefused, match="does not sign"):
        driver.sign(key, b"")
    with pytest.raises(AlgorithmRefused, match="does not sign"):
        driver.public(key)


@pytest.mark.parametrize("length", [0, 15, 17, 24, 32])
def test_a_key_of_another_length_is_refused(driver, algorithm, length):
    with pytest.raises(OutOfShape, match="has 16 bytes"):
        driver.adopt(algorithm, Secret(bytes(length)))


def test_factors_and_blocks_have_their_lengths(driver, key):
    for factor in (b"", bytes(7), bytes(16)):
        with pytest.raises(OutOfShape, match="8 bytes"):
            driver.derive(key, factor)
        with pytest.raises(OutOfShape, match="8 bytes"):
            driver.session(key, factor)
    for data in (b"", bytes(7), bytes(33)):
        with pytest.raises(OutOfShape, match="whole blocks"):
            driver.encipher(key, data)
        with pytest.raises(OutOfShape, match="whole blocks"):
            driver.blocks(key, data)


def test_a_load_that_makes_no_whole_blocks_is_refused(driver, key):
    field = Field(header=bytes(5), clear=b"", prefix=b"\x01", padded=False, value=Derived(parent=key))
    with pytest.raises(OutOfShape, match="no whole blocks"):
        driver.wrap(key, bytes(8), [field], diversified=True)


def test_a_handle_of_another_driver_is_refused(driver):
    with pytest.raises(AlgorithmRefused, match="another driver"):
        driver.derive(Handle("SM4"), bytes(8))


def test_handles_and_drivers_show_nothing(driver, key):
    value = driver.release(key).reveal()
    for shown in (repr(key), str(key), repr(driver), repr(driver.release(key))):
        assert value.hex() not in shown.lower()
        assert repr(value)[2:-1] not in shown


def test_threads_may_share_a_key(driver, key):
    """The cipher library refuses two threads at one machine: the driver must not hand out the same."""
    data = bytes(16 * 4096)
    expected = driver.encipher(key, data)
    wrong: list[object] = []

    def use() -> None:
        try:
            wrong.extend(1 for _ in range(20) if driver.encipher(key, data) != expected)
        except RuntimeError as error:
            wrong.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
