import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from healthcard.storage.embedded import DatabaseFailed, EmbeddedServer, write_secret


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("private")
    folder.chmod(0o700)
    made = EmbeddedServer(
        folder=folder / "pg", secret=folder / "secret", link=folder / "link", settings={"fsync": "off"}
    )
    made.create()
    return made


def _connect(server, **changes):
    return psycopg.connect(**{**server.superuser(), "dbname": "postgres", **changes})


def test_a_server_is_found_again_by_whoever_comes_later(server):
    with server.serving() as first, server.serving() as second, _connect(server) as connection:
        assert (first, second) == (True, False)
        assert connection.info.server_version >= 150000
    assert not server.running()


def test_the_last_user_stops_the_server_even_when_it_did_not_start_it(server):
    program = (
        "import sys, pathlib; from healthcard.storage.embedded import EmbeddedServer as S\n"
        f"s = S(folder=pathlib.Path({str(server.folder)!r}), secret=pathlib.Path({str(server.secret)!r}), "
        f"link=pathlib.Path({str(server.link)!r}))\n"
        "with s.serving(): print('in', flush=True); sys.stdin.read()"
    )
    with server.serving():
        child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"in\n"
    assert server.running()
    child.communicate(timeout=30)
    assert not server.running()


def test_nobody_enters_without_a_password(server):
    with server.serving():
        for password in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                _connect(server, password=password)
    rules = (server.data / "pg_hba.conf").read_text()
    assert [line.split()[-1] for line in rules.splitlines() if not line.startswith("#")] == ["scram-sha-256"]


def test_it_listens_on_no_network_and_its_folders_are_private(server):
    with server.serving(), _connect(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        socket = server.socket_folder / ".s.PGSQL.5432"
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (server.folder.parent, server.folder, server.data)]
        assert modes == [0o700, 0o700, 0o700]
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.secret.stat().st_mode) == 0o600


def test_a_secret_is_there_whole_or_not_at_all_and_is_never_written_over(tmp_path, monkeypatch):
    def cut(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", cut)
        with pytest.raises(OSError, match="No space"):
            write_secret(tmp_path / "secret", "one")
    assert list(tmp_path.iterdir()) == []
    write_secret(tmp_path / "secret", "one")
    with pytest.raises(FileExistsError):
        write_secret(tmp_path / "secret", "two")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["one"]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_what_a_failed_statement_held_is_not_in_the_servers_log(server):
    secret = "CANARY110101199003074477"
    with server.serving(), _connect(server, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS people (number text UNIQUE, age int)")
        connection.execute("INSERT INTO people VALUES (%s, 1) ON CONFLICT DO NOTHING", (secret,))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES (%s, 2)", (secret,))
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute(f"INSERT INTO people VALUES ('x', '{secret}')")
    log = (server.folder / "server.log").read_text()
    assert "ready to accept connections" in log
    assert secret not in log


def test_creating_again_keeps_the_data_and_a_half_made_database_is_made_anew(server, tmp_path):
    with server.serving(), _connect(server, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    server.create()
    with server.serving(), _connect(server) as connection:
        connection.execute("SELECT * FROM kept")
    torn = EmbeddedServer(folder=tmp_path / "pg", secret=tmp_path / "s", link=tmp_path / "l")
    (torn.folder / "data.new" / "base").mkdir(parents=True)
    torn.create()
    assert torn.exists
    assert not (torn.folder / "data.new").exists()


def test_a_path_too_long_for_a_socket_is_reached_by_a_short_link(server, tmp_path):
    deep = tmp_path.joinpath(*["very-long-folder-name"] * 6)
    deep.mkdir(parents=True)
    far = EmbeddedServer(folder=deep / "pg", secret=deep / "s", link=Path(f"/tmp/hc-test-{os.getpid()}"))
    far.create()
    try:
        with far.serving(), _connect(far) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        far.link.unlink(missing_ok=True)


def test_a_server_that_cannot_start_says_why(tmp_path):
    broken = EmbeddedServer(
        folder=tmp_path / "pg", secret=tmp_path / "s", link=tmp_path / "l", settings={"max_connections": "none"}
    )
    broken.create()
    with pytest.raises(DatabaseFailed, match="max_connections"), broken.serving():
        pass


def test_a_server_that_was_killed_is_started_again_with_its_data(server):
    with server.serving():
        with _connect(server, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS survivors AS SELECT 1 AS n")
        assert not server.revive()
        os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        assert _until(server.revive)
        with _connect(server) as connection:
            assert connection.execute("SELECT n FROM survivors").fetchone() == (1,)


def _until(true, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def test_nothing_of_a_stopped_server_is_left_in_the_process_table(server):
    with server.serving():
        number = (server.data / "postmaster.pid").read_text().split()[0]
    assert not Path(f"/proc/{number}").exists()


def test_a_server_whose_corpse_nobody_buried_can_be_started_again(server):
    """In a container whose first process buries nobody, a killed orphan stays a zombie."""
    program = (
        "import os, pathlib, sys\n"
        "from healthcard.storage import embedded\n"
        f"s = embedded.EmbeddedServer(folder=pathlib.Path({str(server.folder)!r}), "
        f"secret=pathlib.Path({str(server.secret)!r}), link=pathlib.Path({str(server.link)!r}))\n"
        "s.start(); print(embedded._STARTED[s.data].pid, flush=True); sys.stdin.read(); os._exit(0)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    number = int(parent.stdout.readline())
    os.kill(number, signal.SIGKILL)  # its parent lives and does not wait for it
    assert _until(lambda: not server.running())
    assert Path(f"/proc/{number}").exists()
    with server.serving() as started, _connect(server) as connection:
        assert started
        assert connection.execute("SELECT 1").fetchone() == (1,)
    parent.communicate()
