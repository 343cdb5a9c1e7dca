"""What institutions are told has words for every code, and the page of codes says what the tables say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.reasons import page  # noqa: E402 - beside the tests

from healthcard.domain.lifecycle import Usability  # noqa: E402
from healthcard.domain.purposes import PURPOSES, STEPS, Purpose  # noqa: E402
from healthcard.domain.reasons import REASONS  # noqa: E402


def test_every_reason_class_has_words_and_no_word_is_left_over():
    assert set(REASONS) == {*Usability, "unknown"}


def test_every_purpose_has_steps_that_fit_the_log():
    assert set(PURPOSES) == set(STEPS) == set(Purpose)
    assert all(0 < len(step) <= 20 for steps in STEPS.values() for step in steps)
    assert all(STEPS.values())


@pytest.mark.parametrize("words", [*REASONS.values(), *PURPOSES.values()])
def test_words_are_there_in_both_languages(words):
    assert words.zh
    assert words.en
    assert words.zh != words.en


def test_the_page_of_codes_is_written_from_the_tables():
    assert (ROOT / "docs" / "reasons.md").read_text("utf-8") == page()
