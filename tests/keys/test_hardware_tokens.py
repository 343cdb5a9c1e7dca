"""A store whose wrapping key lies in a token, looked at by OpenSC too."""

from __future__ import annotations

import subprocess

import pytest

from healthcard.keys import tokens as places
from healthcard.keys.client import KeyClient
from healthcard.keys.entries import TEST
from healthcard.keys.errors import StoreDamaged, StoreRefused, TokenFailed, WrongPassphrase
from healthcard.keys.pkcs11.driver import TokenKey
from healthcard.keys.pkcs11.token import TAGGING, WRAPPING, Token
from healthcard.keys.secret import Secret
from healthcard.keys.store import KeyStore
from keys import masters, soft_token
from keys.conftest import Service


@pytest.fixture
def place(empty_tokens):
    return empty_tokens.pop()


@pytest.fixture
def in_token(place, tmp_path):
    """A store of test keys of two algorithms, wrapped by a token."""
    store = KeyStore.create(tmp_path / "store.json", TEST, soft_token.PIN, cost=masters.CHEAP, token=place)
    return masters.fill(store, "AES")


def test_a_foreign_client_sees_that_the_wrapping_key_was_made_inside_and_never_leaves(in_token, place):
    command = ["pkcs11-tool", "--module", str(place.module), "--token-label", place.label, "--login", "-O"]
    done = subprocess.run([*command, "--pin", soft_token.PIN.reveal().decode()], capture_output=True, text=True)
    assert done.returncode == 0
    listed = {
        part.split("label:")[1].split("\n")[0].strip(): part for part in done.stdout.split("Secret Key Object")[1:]
    }
    assert listed.keys() == {WRAPPING, TAGGING}
    for part in listed.values():
        assert "never extractable, local" in part


def test_a_store_in_a_token_opens_with_its_pin_and_keeps_the_same_keys(in_token):
    again = KeyStore.open(in_token.path, soft_token.PIN)
    assert [entry.check for entry in again] == [entry.check for entry in in_token]
    with pytest.raises(WrongPassphrase, match="not the PIN"):
        KeyStore.open(in_token.path, Secret(b"00000000"))


def test_masters_of_a_cipher_the_token_has_are_used_inside_it_and_sm4_is_not(in_token):
    inside = {entry.algorithm: isinstance(in_token.get(entry.place)[1], TokenKey) for entry in in_token}
    assert inside == {"AES": True, "SM2": False}
    assert {name: in_token.driver.inside(name) for name in ("AES", "3DES", "SM4", "SM2")} == {
        "AES": True,
        "3DES": True,
        "SM4": False,
        "SM2": False,
    }


def test_no_key_of_the_store_lies_in_its_file(in_token):
    kept = in_token.path.read_bytes()
    for name in masters.NAMES:
        assert masters.master(name).hex().encode() not in kept


def test_one_token_is_for_one_store(in_token, place, tmp_path):
    with pytest.raises(StoreRefused, match="one token is for one store"):
        KeyStore.create(tmp_path / "second.json", TEST, soft_token.PIN, token=place)


def test_a_token_that_is_not_there_is_refused_by_name(place, tmp_path):
    absent = places.TokenPlace(module=place.module, label="absent")
    with pytest.raises(StoreRefused, match="There is no token absent"):
        KeyStore.create(tmp_path / "store.json", TEST, soft_token.PIN, token=absent)


def test_keys_exchanged_in_the_file_are_found(in_token):
    text = in_token.path.read_text()
    first, second = (entry.kept.hex() for entry in list(in_token)[:2])
    in_token.path.write_text(text.replace(first, "x").replace(second, first).replace("x", second))
    with pytest.raises(StoreDamaged):
        KeyStore.open(in_token.path, soft_token.PIN)


def test_session_keys_leave_the_token_when_nobody_has_them_any_more(in_token):
    token = in_token.driver._token
    key = in_token.driver.generate("AES")
    for number in range(50):
        in_token.driver.derive(key, number.to_bytes(8, "big"))
    assert len(token._condemned) <= 1  # each call destroys what the one before left


def test_what_a_token_refuses_is_a_refusal_of_the_key_service(in_token, place):
    with pytest.raises(TokenFailed, match="refused"), Token.open(place, soft_token.PIN).using() as session:
        session.get_key(label="no such key")


def test_a_key_service_over_a_token_says_what_it_computes_itself(in_token):
    service = Service(in_token.path.parent)
    try:
        assert service.start(passphrase=soft_token.PIN) == f"ready {service.socket}"
        with KeyClient(service.socket) as client:
            assert client.report().inside == {"AES": True, "SM2": False}
            assert client.report().driver == "pkcs11"
            assert client.check_values(["RK1_DDF1"], masters.CARD).keys() == {"RK1_DDF1"}
    finally:
        service.stop()
