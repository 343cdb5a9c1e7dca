"""The text of a 2D code reads back as it was written, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import stamp

from healthcard.documents.stamp import LONGEST, Stamp, parse, signed_text
from healthcard.domain.forms import KINDS

_NUMBERS = st.from_regex(r"[0-9]{6}-[0-9]{6}-[0-9]{8}-[0-9]", fullmatch=True)


@given(st.sampled_from(KINDS), _NUMBERS, st.binary(min_size=16, max_size=16))
@settings(max_examples=60)
def test_a_stamp_reads_back_as_written(kind, number, signature):
    written = Stamp(kind=kind, number=number, signature=signature)
    assert parse(written.encode()) == written
    assert len(written.encode()) <= LONGEST


@given(st.text(max_size=120))
@settings(max_examples=100)
def test_another_text_is_no_stamp(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    "change", [str.lower, lambda t: t + "A", lambda t: t[:-1], lambda t: t[:-1] + "B", lambda t: " " + t]
)
def test_a_changed_stamp_is_another_one_or_none(change):
    whole = stamp("loss").encode()
    assert parse(change(whole)) != stamp("loss")


@pytest.mark.parametrize("bad", [{"kind": "a:b"}, {"number": ""}, {"signature": b"short"}, {"number": "1" * 110}])
def test_what_no_reader_would_take_back_is_not_written(bad):
    with pytest.raises(ValueError, match="cannot be read back"):
        Stamp(**{"kind": "loss", "number": "1-2", "signature": bytes(16)} | bad).encode()


def test_what_is_signed_names_kind_and_number():
    assert signed_text("loss", "1") != signed_text("unloss", "1") != signed_text("unloss", "2")
