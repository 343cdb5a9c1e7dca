"""The hierarchy is data: its names are the card's, its words are the law's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healthcard.card.wire import layout
from healthcard.card.wire.facts import FACTS
from healthcard.keys import blocks
from healthcard.keys.ciphering import ENCIPHER, MACS
from healthcard.keys.hierarchy import HIERARCHY, ISSUE, SERVE
from healthcard.keys.secret import Secret
from healthcard.keys.software import SoftwareDriver
from keys import masters


def test_the_21_keys_are_those_of_the_cards_table():
    assert HIERARCHY.card_keys == tuple(key.name for key in layout.load("full").keys)
    assert len(HIERARCHY.card_keys) == 21


def test_what_a_sam_holds_is_what_the_cards_table_says():
    assert {key.name: key.levels for key in layout.load("full").keys} == HIERARCHY.sam_levels


def test_both_sides_assume_the_same_formulas():
    rules = HIERARCHY.rules
    assert (rules.algorithm, rules.encipher, rules.mac, rules.mac_length) == (
        FACTS.cipher,
        FACTS.encipher,
        FACTS.mac,
        FACTS.mac_length,
    )
    assert (rules.diversify, rules.session) == (FACTS.diversify, FACTS.session)


def test_keys_come_down_from_the_ministry_to_the_card():
    assert [(level.name, level.zh) for level in HIERARCHY.levels] == [
        ("national", "一级根密钥"),
        ("provincial", "二级根密钥"),
        ("card", "卡片密钥"),
        ("session", "过程密钥"),
    ]


def test_a_retired_key_serves_cards_in_the_field_and_makes_no_new_ones():
    assert HIERARCHY.uses == {"active": {ISSUE, SERVE}, "retired": {SERVE}, "compromised": set(), "destroyed": set()}


def test_rules_name_only_modes_that_the_driver_knows():
    assert HIERARCHY.rules.encipher in ENCIPHER
    assert HIERARCHY.rules.mac in MACS


def test_widening_puts_the_complement_where_the_formula_says():
    factor = bytes.fromhex("0123456789ABCDEF")
    turned = bytes.fromhex("FEDCBA9876543210")
    assert blocks.widen("F|~F", factor) == factor + turned
    assert blocks.widen("~R|R", factor + turned) == turned + factor + factor + turned
    with pytest.raises(ValueError, match="two parts"):
        blocks.widen("F", factor)


def test_another_formula_or_mode_is_a_change_of_data():
    other = {"encipher": "ECB" if HIERARCHY.rules.encipher == "CBC" else "CBC"}
    card = masters.CARD
    changes = [{}, {"diversify": "~F|F"}, {"session": "~R|R"}, {"mac": "CMAC"}, {"mac_length": 8}, other]
    drivers = [SoftwareDriver(Secret(bytes(32)), rules=replace(HIERARCHY.rules, **change)) for change in changes]
    seen = set()
    for driver in drivers:
        key = driver.adopt("SM4", Secret(masters.master("STK_DF01")))
        session = driver.session(driver.derive(driver.derive(key, card.city), card.chip), masters.CHALLENGE)
        seen.add((driver.encipher(session, bytes(32)), driver.mac(session, b"x")))
    assert len(seen) == len(drivers)
