"""`healthcard run` as a newcomer starts it: a process, its children, its first page."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.xdist_group("run")
COMMAND = [sys.executable, "-c", "from healthcard.site.main import main; main()", "run"]


CANARY = "postgresql://owner:canary@/x"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def port():
    return free_port()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Run:
    def __init__(self, home, port, *options, **more):
        self.home, self.said = home, []
        environment = {**os.environ, "HEALTHCARD_HOME": str(home), **more}
        self.process = subprocess.Popen(
            [*COMMAND, "--port", str(port), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )

    def until(self, pattern):
        for line in self.process.stdout:
            self.said.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError("".join(self.said))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest

    def children(self):
        """Processes that work in our home, whoever their parent is; the dead that nobody buried included."""
        return {int(path.name): _words(path) for path in Path("/proc").glob("[0-9]*") if self._ours(path)}

    def _ours(self, path):
        try:
            environment = (path / "environ").read_bytes()
            here = str((path / "cwd").readlink())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False
        return str(self.home) in (_words(path) + environment.decode(errors="replace") + here)


def _words(path):
    try:
        return (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _page(port, path="/login"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture(scope="module")
def first(home):
    """The first start in a home, ended by Ctrl-C: what it said and showed, its processes, and what it left."""
    port = free_port()
    with Run(home, port) as one:
        one.until(rf"^ready http://127\.0\.0\.1:{port}$")
        seen = {"port": port, "page": _page(port), "children": one.children()}
        code, _ = one.end()
        return SimpleNamespace(**seen, said="".join(one.said), code=code, left=one.children())


@pytest.fixture
def run(first, home, port):
    """Start it again in the same home."""
    with ExitStack() as started:
        yield lambda *options: started.enter_context(Run(home, port, *options))


@pytest.fixture(scope="module")
def serving(first, home, tmp_path_factory):
    """It runs in a home of its own, with the address of the tables' owner in its environment, and leaves nothing."""
    own = tmp_path_factory.mktemp("serving") / "home"
    subprocess.run(["cp", "-a", home, own], check=True)
    port = free_port()
    with Run(own, port, HEALTHCARD_OWNER_DATABASE_URL=CANARY) as one:
        one.until("^ready ")
        yield SimpleNamespace(run=one, home=own, port=port)
        assert one.end()[0] == 0
        assert one.children() == {}


def _readme():
    """What README.md says a first start prints; … stands for anything."""
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    block = text.split("$ make run\n```\n\n```\n", 1)[1].split("```", 1)[0]
    return [line for line in block.splitlines() if line != "Preparing .venv ..."]


def test_the_first_start_makes_a_demo_and_ctrl_c_leaves_nothing(first):
    told = "\n".join(_readme()).replace("127.0.0.1:8000", f"127.0.0.1:{first.port}")
    assert re.fullmatch(re.escape(told).replace("…", ".*"), first.said.strip())
    for product in ("jia", "yi", "bing"):
        assert len(re.findall(rf"^  card \d{{10}} {product}$", first.said, re.M)) == 3
    assert "DEMO KEYS" in first.said
    assert re.search(r"account clerk +password \S{19} ", first.said)
    assert "登录" in first.page
    assert len(first.children) >= 6
    assert first.code == 0
    assert first.left == {}


def test_a_second_start_takes_seconds_and_tells_no_password_again(run):
    before = _worked()
    one = run()
    one.until("^ready ")
    assert "password" not in "".join(one.said)
    assert one.end(signal.SIGTERM)[0] == 0
    assert one.children() == {}
    assert _worked() - before < 20  # processor seconds: how long it takes depends on who else is at work


def _worked():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_new_passwords_are_given_when_asked_for(run):
    one = run("--new-passwords", "--exit-when-ready")
    one.until("^ready ")
    one.process.communicate(timeout=60)
    assert len(re.findall("account .* password", "".join(one.said))) == 5
    assert one.process.returncode == 0


@pytest.mark.parametrize(
    ("who", "mark"),
    [
        ("key service", "healthcard.keys.service"),
        ("rack of virtual chips", "healthcard.card.os.rack"),
        ("web server", "granian"),
        ("database", "bin/postgres"),
    ],
)
def test_a_child_that_dies_is_started_again_and_said_so(serving, who, mark):
    one = serving.run
    (victim, *_) = sorted(number for number, words in one.children().items() if mark in words)
    os.kill(victim, signal.SIGKILL)
    one.until(f"The {who} died .*is started again")
    end = time.monotonic() + 20
    while time.monotonic() < end and not _works(serving.port):
        time.sleep(0.1)
    assert _works(serving.port)


def _works(port):
    try:
        return "登录" in _page(port)
    except OSError:
        return False


def test_killed_outright_it_leaves_only_the_database_which_the_next_one_takes_over(run):
    one = run()
    one.until("^ready ")
    one.process.kill()
    one.process.communicate()
    end = time.monotonic() + 20
    while time.monotonic() < end and any("postgres" not in words for words in one.children().values() if words):
        time.sleep(0.1)
    assert [words for words in one.children().values() if words and "postgres" not in words] == []
    two = run()
    two.until("^ready ")
    assert two.end()[0] == 0
    assert [words for words in two.children().values() if words] == []


def test_a_port_in_use_is_refused_plainly(tmp_path, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with Run(tmp_path, port) as one:
            out, _ = one.process.communicate(timeout=30)
    assert one.process.returncode == 1
    assert f"Port {port} is not free" in out


def test_a_second_run_is_refused_plainly(serving, port):
    with Run(serving.home, port) as second:
        out, _ = second.process.communicate(timeout=30)
    assert (second.process.returncode, "runs already" in out) == (1, True)


def test_nobody_but_setup_is_told_who_owns_the_tables(serving):
    for number, words in serving.run.children().items():
        if number != serving.run.process.pid and words:
            assert b"canary" not in Path(f"/proc/{number}/environ").read_bytes(), words
