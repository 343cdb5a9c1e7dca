"""A backup restored for real: what ended after it is ended again, what it lacks is on record."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("restore")
HEALTHCARD = Path(sys.executable).with_name("healthcard")
ACTS = Path(__file__).with_name("restore_acts.py")


class Place:
    """An installation of its own."""

    def __init__(self, home):
        self.home = home

    def run(self, *command, code=0):
        done = subprocess.run(
            command,
            env={**os.environ, "HEALTHCARD_HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def healthcard(self, *arguments, code=0):
        return self.run(HEALTHCARD, *arguments, code=code)

    def act(self, name, code=0):
        return self.run(sys.executable, ACTS, name, code=code)


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """An installation with two cards, its backup, and one of the cards ended after it."""
    folder = tmp_path_factory.mktemp("restore")
    place = Place(folder / "home")
    place.healthcard("setup")
    place.act("begin")
    place.healthcard("backup", folder / "backup")
    assert place.act("end").strip() == "1"
    assert place.act("look").split() == ["ended", "made"]
    return place, folder / "backup"


@pytest.fixture
def elsewhere(tmp_path):
    return Place(tmp_path / "home")


def test_what_ended_after_the_backup_is_ended_again_and_the_gap_is_on_record(lost, elsewhere):
    place, backup = lost
    shutil.copytree(place.home / "keys", elsewhere.home / "keys")  # the key service's own machine survived
    said = elsewhere.healthcard("restore", backup, "--reason", "the disk was lost")
    assert "Card 0000000001 had ended after the backup and is ended again." in said
    assert "are recorded as lost" in said
    assert elsewhere.act("look").split() == ["ended", "made"]
    verdict = json.loads(elsewhere.healthcard("audit", "verify", "--json"))
    assert verdict["whole"]
    assert "the disk was lost" in verdict["gaps"][0]


def test_a_backup_with_its_own_anchors_has_no_gap(lost, elsewhere):
    _, backup = lost
    said = elsewhere.healthcard("restore", backup, "--reason", "a drill")
    assert "ended again" not in said
    assert elsewhere.act("look").split() == ["made", "made"]
    verdict = json.loads(elsewhere.healthcard("audit", "verify", "--json"))
    assert (verdict["whole"], verdict["gaps"]) == (True, [])


def test_a_database_exchanged_by_hand_is_told_and_anchored_no_more_until_acknowledged(lost, elsewhere):
    place, backup = lost
    elsewhere.healthcard("restore", backup, "--reason", "a drill")
    shutil.rmtree(elsewhere.home / "keys")
    shutil.copytree(place.home / "keys", elsewhere.home / "keys")
    told = elsewhere.healthcard("audit", "verify", code=1)
    assert "the database is older than its anchors" in told
    elsewhere.act("look", code=1)
    elsewhere.healthcard("audit", "acknowledge", "--reason", "exchanged by hand")
    elsewhere.act("look")
    assert "restored gap, acknowledged" in elsewhere.healthcard("audit", "verify")


def test_a_changed_backup_and_a_used_home_are_refused(lost, elsewhere, tmp_path):
    place, backup = lost
    assert "has a database already" in place.healthcard("restore", backup, "--reason", "x", code=1)
    changed = shutil.copytree(backup, tmp_path / "changed")
    with (changed / "database.dump").open("ab") as file:
        file.write(b"x")
    assert "database.dump" in elsewhere.healthcard("restore", changed, "--reason", "x", code=1)
    assert not (elsewhere.home / "pg").exists()
    assert "is not empty" in place.healthcard("backup", backup, code=1)
