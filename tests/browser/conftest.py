"""One demo for all tests of this folder, one browser for those of a file.

The browser's loop ends with the file: while it runs Django refuses every question to the database in this thread.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from served import CHROMIUM, Desks, Watched, chromium, serving

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """All in one process: it has the browser. First: whoever spreads them over processes looks at the marks."""
    missing = not Path(CHROMIUM).exists()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            if missing:  # tools/parts has said so, and with CI=true it has failed
                item.add_marker(pytest.mark.skip(reason="there is no Chromium"))


@pytest.fixture(scope="session")
def served():
    with serving() as demo:
        yield demo


@pytest.fixture(scope="module")
def desks(served):
    with chromium() as browser:
        yield Desks(served=served, browser=browser)


@pytest.fixture
def sit(desks):
    """Open a page as somebody of this role; what it complained of until the end of the test must be nothing."""
    opened = []

    def down(role="clerk", language="zh-hans", **options):
        context = desks.context(role, language, **options)
        watched = Watched.of(context.new_page())
        opened.append((context, watched))
        return watched.page

    yield down
    for context, _ in opened:
        context.close()
    assert [fault for _, watched in opened for fault in watched.faults] == []
