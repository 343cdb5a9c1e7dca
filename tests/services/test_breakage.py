"""What of an error gets into a log: its kind and its place."""

from __future__ import annotations

import logging
import sys
import threading

import pytest

from doubles.canaries import NAME, NUMBER, PHONE, seen
from healthcard.services import breakage


def raised():
    try:
        try:
            {}[NUMBER]
        except KeyError as cause:
            raise RuntimeError(f"{NAME} {PHONE}") from cause
    except RuntimeError as error:
        return error


def test_an_error_is_told_by_its_kind_its_cause_and_its_place():
    told = breakage.told(raised())
    assert told.startswith("RuntimeError after KeyError at test_breakage.py:")
    assert told.endswith(" raised")
    assert not seen(told.encode())


@pytest.fixture
def line():
    form = breakage.Line("{levelname} {message}", style="{")

    def make(message, *args, error=None):
        info = (type(error), error, error.__traceback__) if error else None
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, message, args, info)
        record.exc_text = f"what another handler made of it: {NUMBER}" if error else None
        return form.format(record)

    return make


def test_a_trace_in_the_log_is_one_line_without_its_words(line):
    told = line("Internal Server Error: %s", f"/residents/{NUMBER}", error=raised())
    assert told.startswith("ERROR Internal Server Error: /residents/…\nRuntimeError after KeyError at ")
    assert not seen(told.encode())


@pytest.mark.parametrize("number", [NUMBER, NUMBER[:-1] + "X", PHONE, "110101900307001"])
def test_a_number_that_somebody_may_have_is_not_written(line, number):
    assert line("Forbidden (CSRF): /people/%s/applying", number) == "ERROR Forbidden (CSRF): /people/…/applying"


@pytest.mark.parametrize("kept", ["urn:uuid:0a1b2c3d-1234-1234-1234-123456789012", "card 0000000012", "9" * 32])
def test_other_numbers_stay(line, kept):
    assert line("%s", kept) == f"ERROR {kept}"


def test_what_nobody_catches_is_told_like_all_others(monkeypatch, caplog):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    breakage.hush()

    def broken():
        raise raised()

    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    error = raised()
    sys.excepthook(type(error), error, error.__traceback__)
    assert [record.getMessage().split(" at ")[0] for record in caplog.records] == [
        "nobody caught RuntimeError after KeyError"
    ] * 2
    assert not seen(caplog.text.encode())
