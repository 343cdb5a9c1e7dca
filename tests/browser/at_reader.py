"""An act on the card in the reader, watched on its page; and what goes wrong on purpose meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import staging
from crew import Crew
from pages import ENDED, PIN, READER, Strayed, send, words
from playwright.sync_api import Page

PAD = 'a[href$="#pad"]'
PUT_BACK, WRONG_CARD, PUT_IN = "放回读写器", "正确的卡片|把该卡放入", "请把卡片放入读写器"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtReader:
    """The page of a step whose card lies in this slot."""

    crew: Crew
    page: Page
    slot: str

    def carry_out(self, mishap: str = "") -> None:
        """Begin, wait until it is over; `mishap` as walks.toml names it ("pull 12"). Raises Strayed."""
        how, _, at = mishap.partition(" ")
        if how in ("reload", "time-out"):
            self.crew.hand("take_out")
        else:
            self.crew.hand("put", staging.WRONG if how == "wrong" else self.slot, int(at or 0))
        send(self.page, twice=how == "double")
        self.crew.counts.update([how] if how else [])
        if how in _MISHAPS:
            _MISHAPS[how](self)
        self._over()
        if not self.page.locator("section.reading.done").count():
            raise Strayed(f"{self.page.url}: {words(self.page)}")

    def _over(self) -> None:
        """Wait until it is; the PIN is typed when the pad waits for it."""
        self.page.wait_for_selector(f"{ENDED}, {PAD}", timeout=READER)
        if self.page.locator(PAD).count():
            self.crew.hand("type_pin", PIN)
            self.page.wait_for_selector(ENDED, timeout=READER)

    def _failed(self, says: str) -> None:
        """It stops, and the words tell what to do."""
        self._over()
        told = words(self.page)
        if not self.page.locator("section.reading.failed").count() or not re.search(says, told):
            raise Strayed(f"{self.page.url}: not {says!r} but {told!r}")

    def _go_on(self, slot: str) -> None:
        """With that card, by the button."""
        self.crew.hand("put", slot)
        with self.page.expect_navigation():
            self.page.locator('button[name=wish][value="again"]').click()

    def _pulled(self) -> None:
        """In the middle of a write; another card is put in, then the same one again."""
        self._failed(PUT_BACK)
        self._go_on(staging.WRONG)
        self.crew.counts.update(["wrong"])
        self._wrong()

    def _wrong(self) -> None:
        """Somebody else's card is refused, and the right one goes on."""
        self._failed(WRONG_CARD)
        self._go_on(self.slot)

    def _reloaded(self) -> None:
        """The page is loaded anew while it waits, left by the back button and found again."""
        self._waits()
        self.page.reload()
        self._waits()
        self.page.go_back()
        self.page.goto(self.page.url.partition("?")[0])
        self._waits()
        self.crew.hand("put", self.slot)

    def _timed_out(self) -> None:
        """The session ends while the act goes on: after the login its page is there again."""
        self._waits()
        self.crew.desks.served.do(staging.rest, "clerk")
        self.page.wait_for_url(re.compile("/login"))
        self.crew.log_in_again(self.page, "clerk")
        self._waits()
        self.crew.hand("put", self.slot)

    def _waits(self) -> None:
        self.page.get_by_text(PUT_IN).wait_for()


_MISHAPS: Mapping[str, Callable[[AtReader], None]] = {
    "pull": AtReader._pulled,
    "wrong": AtReader._wrong,
    "reload": AtReader._reloaded,
    "time-out": AtReader._timed_out,
}
