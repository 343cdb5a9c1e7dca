"""Real parts of the system for the tests here: skipped when missing, but never in CI."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import demo_story
import pytest
from virtual_readers import INSTALL, Pcsc, parts_present, serving

sys.path.insert(0, str(Path(__file__).parent.parent / "card"))  # card_maker


@pytest.fixture(scope="session")
def parts() -> None:
    """Fails (in CI) or skips when the machine lacks what these tests drive."""
    missing = [name for name, there in parts_present().items() if not there]
    if not missing:
        return
    told = f"this machine lacks {', '.join(missing)}: {INSTALL} (and `make test` for pyscard)"
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    pytest.skip(told)


@pytest.fixture(scope="session")
def pcsc(parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pcsc]:
    """pcscd with READERS empty virtual readers, for the whole session."""
    with serving(tmp_path_factory.mktemp("pcsc")) as pcsc:
        yield pcsc


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> demo_story.Story:
    """The demo, told once: tests that use it belong to xdist's group `pcscd`, so that one worker tells it."""
    told = demo_story.tell(tmp_path_factory.mktemp("story"))
    assert told.code == 0, told.out + told.err
    return told
