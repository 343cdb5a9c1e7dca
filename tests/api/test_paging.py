from __future__ import annotations

import pytest


def test_pages_follow_one_another_and_leave_nobody_out(caller, world):
    whole = [row["id"] for row in caller("clerk").get("/residents", limit=100).json()["items"]]
    assert len(whole) == 7
    for size in (1, 3, 7):
        found, after = [], {}
        while True:
            page = caller("clerk").get("/residents", limit=size, **after).json()
            found += [row["id"] for row in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert found == whole


@pytest.mark.parametrize("position", [(0,), (7,), (2**63 - 1,), (12, 34)])
def test_a_cursor_reads_back(position):
    from healthcard.api import paging

    assert paging.positions(paging.cursor(*position)) == position


@pytest.mark.parametrize("text", ["", "!", "MDc", "Mg==", "Mi4", "LjI", "OTIyMzM3MjAzNjg1NDc3NTgwOA", "MS4yLjM"])
def test_a_cursor_we_never_gave_is_refused(text):
    from pydantic_core import PydanticCustomError

    from healthcard.api import paging

    with pytest.raises(PydanticCustomError):
        paging.positions(text)
