"""A demo as `make run` serves it, and a browser before it: accounts of every role, logged in once."""

from __future__ import annotations

import re
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "services")]

import staging  # noqa: E402 - it lies beside us, also for `make screens` and the long proofs
from main_screens import DESK  # noqa: E402
from run_server import Server  # noqa: E402

from doubles.authenticator import code_from  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
ROLES = ("clerk", "reviewer", "supervisor", "maker", "auditor")
LOCALES = {"zh-hans": "zh-CN", "en": "en-GB"}  # of the browser, by the language of the screens
LANGUAGES = tuple(LOCALES)
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 15_000  # milliseconds
LOGINS, NEXT_CODE = 4, 10_000  # tries to log in, milliseconds between them: a code is new after 30 seconds
Made = TypeVar("Made")


@dataclass(slots=True, kw_only=True)
class Watched:
    """A page, and everything it complained of: console errors, broken policies, dialogs, parts that did not load."""

    page: Page
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> Watched:
        """Listen to it from now on."""
        seen = cls(page=page)
        page.on("console", lambda said: seen._said(said.type, said.text))
        page.on("pageerror", lambda error: seen.faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: seen._opened(dialog))
        page.on("response", lambda answer: seen._answered(answer))
        return seen

    def _opened(self, dialog) -> None:
        if dialog.type == "beforeunload":  # whoever leaves a form he began is asked
            dialog.accept()
            return
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):  # told by `_answered`
            self.faults.append(f"console {kind}: {text}")

    def _answered(self, answer) -> None:
        if answer.status >= 400 and answer.request.resource_type != "document":
            self.faults.append(f"{answer.status}: {answer.url}")


@dataclass(slots=True, kw_only=True)
class Served:
    """The demo that runs, its accounts, and a process of its own that prepares scenes in it."""

    server: Server
    passwords: dict[str, str]
    room: ProcessPoolExecutor
    world: dict[str, int] = field(default_factory=dict)
    factors: dict[str, str] = field(default_factory=dict)  # of those whom the login page does not help

    def enrol(self, username: str, role: str = "clerk") -> None:
        """One more login at the demo's desk."""
        self.passwords[username], self.factors[username] = self.do(staging.colleague, username, role)

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.port}"

    def do(self, work: Callable[..., Made], *given: object) -> Made:
        """What a function of `staging` makes of it, where Django and the database are."""
        return self.room.submit(staging.played, work, *given).result(60)

    def path(self, pattern: str) -> str:
        """An address of tests/web/screens.csv with the rows of this demo."""
        return pattern.format(**self.world)


@contextmanager
def serving() -> Iterator[Served]:
    """A demo on a free port, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hc-") as folder, ExitStack() as stack:
        server = Server(Path(folder), _free_port())
        stack.callback(_stop, server)
        server.start()
        passwords = dict(re.findall(r"account (\w+) +password (\S+)", "".join(server.said)))
        room = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=staging.enter, initargs=(folder,))
        stack.callback(room.shutdown)
        served = Served(server=server, passwords=passwords, room=room)
        served.world = served.do(staging.world)
        yield served


def _stop(server: Server) -> None:
    if server.lives:
        server.stop()
    server.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield browser
        browser.close()


@dataclass(slots=True, kw_only=True)
class Desks:
    """Browsers of people who are logged in; each login is done once, the sessions of all their browsers are one."""

    served: Served
    browser: Browser
    _states: dict[str, object] = field(default_factory=dict)

    def context(self, role: str, language: str = "zh-hans", size: tuple[int, int] = DESK) -> BrowserContext:
        """A browser of this role in a language: "anonymous" = nobody's, "resident" = on the residents' own page."""
        if role == "admin" and role not in self.served.passwords:
            self.served.enrol(role, role)  # the demo has none
        if role != "anonymous" and role not in self._states:
            with self.browser.new_context() as fresh:
                (enter if role == "resident" else log_in)(fresh.new_page(), self.served, role)
                self._states[role] = fresh.storage_state()
        made = self.browser.new_context(
            storage_state=self._states.get(role),
            viewport={"width": size[0], "height": size[1]},
            locale=LOCALES[language],
            base_url=self.served.base,
        )
        made.add_cookies([{"name": "django_language", "value": language, "url": self.served.base}])
        made.set_default_timeout(PATIENCE)
        return made

    def forget(self, role: str) -> None:
        """Its session is no longer one: the next browser logs in anew."""
        self._states.pop(role, None)


def enter(page: Page, served: Served, _role: str) -> None:
    """As a resident does, by the code that the page of a demo shows."""
    page.goto(f"{served.base}/my/enter")
    page.fill("#number", served.do(staging.caller))
    page.click("button.main")
    page.fill("#code", page.locator(".demo strong").inner_text())
    page.click("button.main")
    page.wait_for_url(f"{served.base}/my")


def log_in(page: Page, served: Served, role: str) -> None:
    """As a person does: who has used the codes of this half minute waits for the next one."""
    for _ in range(LOGINS):
        page.goto(f"{served.base}/login")
        with page.expect_navigation():
            prove_oneself(page, served, role)
        if "/login" not in page.url:
            return
        page.wait_for_timeout(NEXT_CODE)
    raise PlaywrightError(f"{role} did not get in: {page.locator('main').inner_text()[:200]}")


def prove_oneself(page: Page, served: Served, role: str) -> None:
    """Fill the login form in that is on the page, and send it."""
    page.fill("#id_username", role)
    page.fill("#id_password", served.passwords[role])
    page.fill("#id_code", _code(page, served, role))
    page.locator("section.login form button").click()


def _code(page: Page, served: Served, role: str) -> str:
    """From an authenticator app, or as the login page of a demo shows it."""
    if role in served.factors:
        return code_from(served.factors[role])
    row = page.locator("table.codes tr", has=page.locator(f"th:text-is('{role}')"))
    return row.locator("td").inner_text()
