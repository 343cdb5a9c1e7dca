"""A service from search to hand-over, walked on the screens: clerk, reviewer and maker, each in a browser of his own,
virtual cards in the demo's reader. Whoever walks follows the step that the page of the application shows as next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page
from served import Desks, Watched

STEP = re.compile(r"(?:/steps/|#)([a-z-]+)$")
ENDED = "section.reading.done, section.reading.failed"
FACE = "document_and_face"
READER = 60_000  # milliseconds that an act at the reader may take
MOST = 20  # steps of one service
SHOWN = ("identity", "card", "loss_ticket")


class Strayed(Exception):
    """The screens do not lead on; the message says where."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """The desk of one office."""

    clerk: Page
    reviewer: Page
    maker: Page
    watched: list[Watched]
    done: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, desks: Desks) -> Walk:
        """Three people sit down, each with the demo's station."""
        watched = [Watched.of(desks.context(role).new_page()) for role in ("clerk", "reviewer", "maker")]
        clerk, reviewer, maker = (each.page for each in watched)
        return cls(clerk=clerk, reviewer=reviewer, maker=maker, watched=watched)

    # --- the person, his application

    def find(self, document: str) -> int:
        """Search for somebody as a clerk does; his id."""
        self.clerk.goto("/desk")
        self.clerk.fill("#wanted", document)
        self.clerk.keyboard.press("Enter")
        self.clerk.wait_for_url(re.compile(r"/people/\d+$"))
        return int(self.clerk.url.rsplit("/", 1)[1])

    def apply(self, person: int, kind: str, **fields: str) -> int:
        """Take an application on its screen; its id."""
        page = self.clerk
        page.goto(f"/people/{person}")
        page.locator(f'a[href$="/applying/{kind}"]').click()
        for name, value in fields.items():
            self._typed(f'[name="field.{name.replace("__", ".")}"]', value)
        self._shown()
        page.locator("form[data-steps] button.btn-primary").click()
        found = re.search(r"/applications/(\d+)/taken$", page.url)
        if not found:
            raise Strayed(f"{kind}: {page.locator('.alert').all_inner_texts()}")
        self.done.append(kind)
        return int(found[1])

    def _typed(self, selector: str, value: str) -> None:
        box = self.clerk.locator(selector).first
        kind = box.evaluate("each => each.tagName + ':' + each.type")
        if kind.startswith("SELECT"):
            box.select_option(value)
        elif kind.endswith("checkbox"):
            box.check()
        else:
            box.fill(value)

    def _shown(self) -> None:
        for name in SHOWN:
            paper = self.clerk.locator(f'input[name=presented][value="{name}"]')
            if paper.count():
                paper.check()
        self.clerk.select_option("#identity", FACE)

    # --- the steps

    def next(self, application: int) -> str:
        """The step that its page shows as next, by its name; "" = nothing is left, "others" = not the clerk's."""
        self.clerk.goto(f"/applications/{application}")
        mine = self.clerk.locator("section.acts a.btn-primary")
        if mine.count():
            return STEP.search(mine.get_attribute("href"))[1]
        return "others" if self.clerk.locator("section.acts p").count() else ""

    def finish(self, application: int, card: str = "") -> str:
        """Do every step until nothing is left; the serial of the card in the reader: one that was made, or `card`."""
        serial = card
        for _ in range(MOST):
            step = self.next(application)
            if not step:
                return serial
            if step != "others":
                self.do(step)
            elif not self.approve(application):
                serial = self.make()
        raise Strayed(f"application {application} never ends, now at {step}")

    def do(self, step: str) -> None:
        """One step of the clerk's, from the page of the application."""
        page = self.clerk
        if step == "verify":
            page.fill("#finding", "已核实")
            page.locator("#verify button").click()
            return
        if step == "pay":
            page.fill("#receipt", "S0001")
            page.locator("#pay button").click()
            return
        page.locator("section.acts a.btn-primary").click()
        if page.locator("#identity").count():
            self._shown()
        if page.locator("#signer").count():
            page.fill("#signer", "持卡人")
        at_reader = page.locator("form[data-steps] button.btn-primary svg").count() > 0
        page.locator("form[data-steps] button.btn-primary").click()
        if at_reader:
            self.watch(page)

    def approve(self, application: int) -> bool:
        """The reviewer's part, where it is his turn; whether it was."""
        self.reviewer.goto(f"/applications/{application}")
        button = self.reviewer.locator("button[value=approve]:enabled")
        if not button.count():
            return False
        self.reviewer.fill("#opinion", "属实")
        button.click()
        return True

    def make(self, *, pull_after: int = 0) -> str:
        """Make the newest card on order; its serial. It stays in the reader."""
        page = self.maker
        self.sit(page)
        page.goto("/cards")
        page.locator("table a[href^='/cards/']").first.click()
        card, serial = page.url, page.locator("h1 .code").inner_text().replace(" ", "")
        self.blank(page, serial)
        if pull_after:
            self.put(page, serial, pull_after=pull_after)
        page.goto(f"{card}/steps/personalise")
        page.locator("form[data-steps] button.btn-primary").click()
        if pull_after:
            page.wait_for_selector("section.reading.failed", timeout=READER)
            self.put(page, serial)
            page.goto(f"{card}/steps/settle-making")
            page.locator("form[data-steps] button.btn-primary").click()
        self.watch(page)
        self.sit(self.clerk)
        return serial

    def watch(self, page: Page) -> None:
        """Wait until the act at the reader is over; type the PIN when the pad waits for it. Raises Strayed."""
        page.wait_for_selector(f'{ENDED}, a[href$="#pad"]', timeout=READER)
        if page.locator('a[href$="#pad"]').count():
            with page.context.expect_page() as opened:
                page.locator('a[href$="#pad"]').click()
            opened.value.fill("#pin", "246810")
            opened.value.locator("#pad button").click()
            opened.value.close()
            page.wait_for_selector(ENDED, timeout=READER)
        if page.locator("section.reading.failed").count():
            raise Strayed(f"{page.url}: {page.locator('section.reading').inner_text()}")

    # --- the virtual reader

    def sit(self, page: Page) -> None:
        """Whoever has this page works at the demo's station from now on."""
        page.goto("/stations")
        seat = page.locator('form[action$="/seat"] button')
        if seat.count():
            seat.first.click()

    def put(self, page: Page, serial: str, *, pull_after: int = 0) -> None:
        """Put a card in the reader, to be pulled when that many commands have reached it."""
        page.goto("/virtual-reader")
        options = page.locator("#slot option").evaluate_all("all => all.map(each => each.value)")
        page.select_option("#slot", next(each for each in options if serial in each))
        page.fill("#pull_after", str(pull_after))
        page.locator('form[action$="/card"] button').click()

    def blank(self, page: Page, serial: str) -> None:
        """Put a blank chip in for the card of that serial."""
        page.goto("/virtual-reader")
        page.fill("#issue_serial", serial)
        page.locator('form[action$="/blank"] button').click()
