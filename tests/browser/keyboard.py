"""Somebody at the keyboard alone: every key counted, and after every page it is seen where the focus is."""

from __future__ import annotations

from dataclasses import dataclass, field

from pages import ENDED, READER, Strayed, words
from playwright.sync_api import CDPSession, Page

MOST = 60  # tabs on one page
SCROLL, SCROLLS = 50, 20  # milliseconds, how often it is looked again
ALT = 1  # the modifier, as the browser's protocol counts it
# What has the focus: its words, and whether one sees it: on the screen, and drawn so that it stands out.
_FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const drawn = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const there = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return { words: (at.innerText || at.name || at.id).trim().slice(0, 40), tag: at.tagName, drawn, there };
}"""
_IS = "wanted => document.activeElement === wanted"


@dataclass(slots=True, kw_only=True)
class Keyboard:
    """One person's keyboard. `pressed` counts keys, what is typed into a box as one; `seen`: where the focus was."""

    page: Page
    pressed: int = 0
    seen: list[str] = field(default_factory=list)
    _protocol: CDPSession | None = None

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self.page.keyboard.type(text)
        self.pressed += 1

    def access(self, letter: str) -> None:
        """Alt and a letter: the access key of a link or a button. Playwright's own keys have no letter with Alt."""
        if self._protocol is None:
            self._protocol = self.page.context.new_cdp_session(self.page)
        code = ("Digit" if letter.isdigit() else "Key") + letter.upper()
        key = {"key": letter, "code": code, "windowsVirtualKeyCode": ord(letter.upper())}
        down = {"type": "keyDown", "modifiers": ALT, "text": letter, "unmodifiedText": letter, **key}
        self._protocol.send("Input.dispatchKeyEvent", down)
        self._protocol.send("Input.dispatchKeyEvent", {"type": "keyUp", "modifiers": ALT, **key})
        self.pressed += 1

    def leads(self, address, key: str = "Enter") -> None:
        """Press it and come to another page; there the focus is where one sees it."""
        with self.page.expect_navigation(url=address, timeout=READER):
            self.access(key) if len(key) == 1 else self.press(key)
        self.looks()

    def done(self) -> None:
        """Wait until the act at the reader is over; the focus is on what comes next."""
        self.page.wait_for_selector(ENDED, timeout=READER)
        if not self.page.locator("section.reading.done").count():
            raise Strayed(f"{self.page.url}: {words(self.page)}")
        self.looks()

    def looks(self) -> None:
        """The focus is somewhere, visible; raises Strayed."""
        self.page.wait_for_load_state()
        where, at = self.page.url, self.page.evaluate(_FOCUS)
        self.seen.append(where)
        if at is None:
            raise Strayed(f"{where}: nothing has the focus")
        self._seen()

    def to(self, selector: str) -> None:
        """Tab until that has the focus."""
        wanted = self.page.locator(selector).first.element_handle()
        for _ in range(MOST):
            if self.page.evaluate(_IS, wanted):
                return self._seen()
            self.press("Tab")
        raise Strayed(f"{self.page.url}: the tab key does not lead to {selector}")

    def _seen(self) -> None:
        """It is drawn so that it stands out, and has come onto the screen once the page has scrolled."""
        for _ in range(SCROLLS):
            at = self.page.evaluate(_FOCUS)
            if at and at["drawn"] and at["there"]:
                return
            self.page.wait_for_timeout(SCROLL)
        raise Strayed(f"{self.page.url}: the focus is not seen, on {at}")
