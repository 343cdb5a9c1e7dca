from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from healthcard.cli.main import PARTS, cli


def test_the_help_lists_every_part_with_a_line():
    shown = CliRunner().invoke(cli, ["--help"], terminal_width=200, max_content_width=200).output
    for name, part in PARTS.items():
        assert name in shown
        assert part.help in shown


@pytest.mark.parametrize("name", PARTS)
def test_every_part_explains_itself(name, home):
    done = subprocess.run(
        [sys.executable, "-c", "from healthcard.site.main import main; main()", name, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("name", ["apdu", "vcard", "trace", "keys", "card"])
def test_tools_for_chips_and_keys_start_without_django_and_database(name):
    program = (
        "import sys\n"
        "from healthcard.site.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'psycopg', 'granian'}))"
    )
    command = [sys.executable, "-c", program, name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_setting_that_is_none_is_told_in_one_line():
    command = [sys.executable, "-c", "from healthcard.site.main import main; main()", "setup"]
    done = subprocess.run(command, env={"HEALTHCARD_HOEM": "x"}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: there is no setting HEALTHCARD_HOEM")
    assert "Traceback" not in done.stderr


def test_a_command_that_needs_the_database_says_how_to_make_one(tmp_path):
    command = [sys.executable, "-c", "from healthcard.site.main import main; main()", "resident", "import", "x.csv"]
    environment = {"HEALTHCARD_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "run `healthcard setup` first" in done.stderr
    assert list(tmp_path.iterdir()) == []
