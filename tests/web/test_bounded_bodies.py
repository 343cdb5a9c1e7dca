"""A request that says it is larger than any scan is refused before it is read, whoever sends it."""

from __future__ import annotations

from io import BytesIO

import pytest


class Unread(BytesIO):
    """A body nobody may ask for."""

    def read(self, *_size):
        raise AssertionError("the body was read")


def _posted(client, path, length):
    given = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(length)}
    return client.generic("POST", path, b"", "multipart/form-data; boundary=x", **given)


@pytest.mark.parametrize("path", ["/papers/scan", "/login", "/nowhere"])
def test_what_is_larger_than_a_scan_is_refused_unread(browser, path):
    from healthcard.services.desk import scans

    answer = _posted(browser("anonymous"), path, scans.LARGEST * 2)
    assert answer.status_code == 413
    assert "文件过大" in answer.content.decode()


def test_the_api_tells_it_as_a_problem(browser):
    answer = _posted(browser("anonymous"), "/api/v1/sessions", 1 << 30)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith("#too-large")
