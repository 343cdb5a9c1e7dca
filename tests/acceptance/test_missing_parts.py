"""A part that is missing is never passed over in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = Path(__file__).with_name("test_readers_opensc.py")


@pytest.mark.parametrize(("ci", "code", "outcome"), [("true", 1, "error"), ("", 0, "skipped")])
def test_a_missing_part_fails_in_ci_and_skips_elsewhere_naming_the_command(ci, code, outcome, tmp_path):
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rsE", "-k", "ten_lines", str(TEST)]
    environment = os.environ | {"CI": ci, "PATH": str(tmp_path)}  # a machine without opensc-tool
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(run, capture_output=True, text=True, env=environment, timeout=120, cwd=TEST.parents[2])
    assert done.returncode == code, done.stdout + done.stderr
    assert f"1 {outcome}" in done.stdout
    assert "apt-get install -y --no-install-recommends pcscd vsmartcard-vpcd opensc libpcsclite-dev" in done.stdout
