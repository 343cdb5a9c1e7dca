import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

FOUND = sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin"))  # the oldest one there; 15 is the least we support
PASSWORD = "test-superuser"


@pytest.fixture
def debian():
    """Debian's PostgreSQL 15 in a folder of its own, run by the user `postgres` when we are root."""
    if not FOUND:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("needs a PostgreSQL server of Debian's: apt-get install postgresql-15")
    folder = Path(tempfile.mkdtemp(prefix="hc15-"))
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        for path in (folder, folder / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)
    _run("initdb", "-D", folder / "data", "-A", "scram-sha-256", f"--pwfile={folder}/password", "-E", "UTF8", "-N")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    _run("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield {"host": str(folder), "user": pwd_name(), "password": PASSWORD}
    finally:
        _run("pg_ctl", "-D", folder / "data", "-m", "fast", "-w", "stop")
        shutil.rmtree(folder)


def pwd_name():
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _run(program, *arguments):
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*who, FOUND[0] / program, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", env={"PATH": os.environ["PATH"]})


@pytest.mark.parts
def test_the_storage_tests_pass_on_an_operators_postgresql_15(debian):
    """The application role by HEALTHCARD_DATABASE_URL, the owner by its own; the oldest server we support."""
    files = [
        path
        for path in Path(__file__).parent.glob("test_*.py")
        if not path.stem.startswith(("test_debian", "test_embedded"))
    ]
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", *map(str, files)]
    environment = {**os.environ, "TEST_POSTGRES": json.dumps(debian)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
