"""What clients may not send: every one of these is told back, none is taken, none breaks us."""

from __future__ import annotations

import json

import pytest

GOOD = {"document": {"kind": "01", "number": "990101198001010017"}}
SEARCH = "/residents/search"

MALFORMED = {
    "no JSON": b"{",
    "an empty text": b" ",
    "two texts": b"{} {}",
    "a name twice": b'{"document": {"kind": "01", "kind": "02", "number": "990101198001010017"}}',
    "NaN": b'{"document": NaN}',
    "Infinity": b'{"document": -Infinity}',
    "a number out of range": b'{"document": 1e999}',
    "a number of 5000 digits": b'{"document": ' + b"9" * 5000 + b"}",
    "half a pair": b'{"document": {"kind": "01", "number": "\\ud800"}}',
    "half a pair in a name": b'{"\\udc00": 1}',
    "NUL": b'{"document": {"kind": "01", "number": "\\u0000123"}}',
    "no UTF-8": b'{"document": "\xff"}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "lists in lists": b"[" * 1_000_000,
    "closed lists in lists": b"[" * 400 + b"]" * 400,
    "thirteen levels": b"[" * 13 + b"]" * 13,
    "a trailing comma": b'{"document": 1,}',
}
WRONG = {
    "nothing": None,
    "a list": [],
    "a text": "x",
    "a number": 5,
    "no document": {},
    "an unknown field": GOOD | {"more": 1},
    "an unknown field within": {"document": GOOD["document"] | {"more": 1}},
    "null": {"document": None},
    "a number for a text": {"document": {"kind": "01", "number": 990101198001010017}},
    "a list for a text": {"document": {"kind": "01", "number": ["990101198001010017"]}},
    "too short": {"document": {"kind": "01", "number": "1"}},
    "too long": {"document": {"kind": "01", "number": "9" * 41}},
    "a control sign": {"document": {"kind": "01", "number": "99010119800\x1b1010017"}},
    "a kind that is none": {"document": {"kind": "citizen", "number": "990101198001010017"}},
    "a wrong check character": {"document": {"kind": "01", "number": "990101198001010018"}},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_body_that_is_no_good_json_is_refused(caller, name):
    answer = caller("clerk").post(SEARCH, raw=MALFORMED[name])
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("#malformed")


@pytest.mark.parametrize("name", WRONG)
def test_a_body_of_another_shape_is_refused_field_by_field(caller, name):
    answer = caller("clerk").post(SEARCH, WRONG[name])
    assert answer.status_code == 422
    fields = answer.json()["fields"]
    assert all(field["in"] == "body" and field["problem"] and field["problem_en"] for field in fields)
    assert "99010119800101001" not in answer.content.decode()


def test_a_missing_body_is_refused(caller):
    assert caller("clerk").post(SEARCH).status_code == 422


def test_a_body_of_another_media_type_is_refused(caller):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", ""):
        answer = caller("clerk").post(SEARCH, GOOD, kind=kind)
        assert answer.status_code == 415, kind
    passport = {"document": {"kind": "03", "number": "E12345678"}}
    assert caller("clerk").post(SEARCH, passport, kind="application/json; charset=UTF-8").status_code == 200


def test_a_body_that_is_too_large_is_refused(caller):
    for size in ((1 << 20) + 1, 5 << 20):
        answer = caller("clerk").post(SEARCH, raw=b" " * size)
        assert answer.status_code == 413, size


@pytest.mark.parametrize(
    "query",
    [
        "x=1",
        "after=",
        "after=1",
        "after=eA",
        "limit=0",
        "limit=101",
        "limit=1.0",
        "limit=%2B1",
        "limit=%D9%A1",
        "limit=1_0",
        "limit=1&limit=2",
        "limit=",
        "limit=%00",
        "after=%ED%A0%80",
        "%00=1",
        "AFTER=MQ",
        "limit=99999999999999999999999999999999999999999999999999999999",
    ],
)
def test_a_parameter_that_is_wrong_unknown_or_repeated_is_refused(caller, query):
    answer = caller("clerk").get(f"/cards?{query}")
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["in"] == "query"


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.0", "01", "%31%00", "١", str(2**63), "9" * 5000])
def test_an_id_that_is_none_is_refused(caller, number):
    assert caller("clerk").get(f"/cards/{number}").status_code == 422


def test_an_operation_without_parameters_takes_none(caller, world):
    assert caller("clerk").get(f"/cards/{world.card}?verbose=1").status_code == 422


def test_the_same_person_is_found_however_the_number_is_written(caller, world):
    from healthcard.services.people import residents

    number = residents.opened(world.holder).document.number
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number.lower())
    for written in (number, wide, f" {number[:6]} {number[6:]}"):
        found = caller("clerk").post(SEARCH, {"document": {"number": written}})
        assert (found.status_code, [row["id"] for row in found.json()["items"]]) == (200, [world.holder])
    nobody = caller("clerk").post(SEARCH, {"document": {"kind": "03", "number": "E12345678"}})
    assert nobody.json() == {"items": [], "next": None}
