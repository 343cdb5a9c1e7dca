"""One service walked on the screens, from the search to its end, as a line of walks.toml tells.

Whoever walks follows the step that the page of the application shows as next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from at_reader import AtReader
from crew import Crew
from mishaps import logged_in_again, rival
from pages import (
    BUTTON,
    PHONE,
    READER,
    Strayed,
    fill,
    send,
    tick,
    verify_identity,
    words,
)
from playwright.sync_api import Page

STEP = re.compile(r"(?:/steps/|#)([a-z-]+)$")
TAKEN = re.compile(r"/applications/(\d+)/taken$")
PERSON, STRANGER = re.compile(r"/people/(\d+)$"), re.compile(r"/people/(\d+)/elsewhere$")
MOST = 24  # steps of one service
HOLDS = {  # which card lies in the reader for a step
    **dict.fromkeys(("set-pin", "hand-over", "move-data"), "new"),
    **dict.fromkeys(("release-loss", "unlock", "update-card", "compare", "lock-returned", "carry-out-lock"), "old"),
    "make-temporary": "temporary",
    "hand-over-temporary": "temporary",
}
ON_THE_PAGE = {"verify": ("finding", "已核实"), "pay": ("receipt", "S0001")}


@dataclass(slots=True, kw_only=True)
class Walk:
    """One person at the desk. `cards` are the slots of his cards by what they are: old, new, temporary.

    `printed` are their issue serials, `applications` those he made, by kind.
    """

    crew: Crew
    document: str
    cards: dict[str, str]
    elsewhere: bool = False
    home: str = ""
    printed: dict[str, str] = field(default_factory=dict)
    applications: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    # --- search

    def find(self, role: str = "clerk") -> Page:
        """Look for him as one does; his page."""
        page = self.crew.page(role)
        address, box, his = (
            ("/people/elsewhere", "#number", STRANGER) if self.elsewhere else ("/desk", "#wanted", PERSON)
        )
        page.goto(address)
        page.fill(box, self.document)
        page.keyboard.press("Enter")
        page.wait_for_url(his)
        self.home = page.url
        return page

    def look(self, card: str) -> None:
        """Or put the card in the reader."""
        page = self.crew.page()
        self.crew.hand("put", self.cards[card])
        page.goto("/desk")
        page.locator('main form[action="/reader/look/taken"] button').click()
        page.wait_for_url(PERSON, timeout=READER)
        if page.url != self.home:
            raise Strayed(f"the card leads to {page.url}, its holder's page is {self.home}")

    # --- acts of the table

    def take(
        self,
        kind: str,
        *,
        fields: Mapping[str, str] | None = None,
        papers: list[str] | None = None,
        by: str = "holder",
        way: str = "document_and_face",
        mishap: str = "",
    ) -> None:
        """Take an application on its screen."""
        page = self.find()
        page.locator(f'a[href$="/applying/{kind}"]').click()
        if by != "holder":
            page.locator(f'nav.comers a[href$="by={by}"]').click()
            fill(page, {f"delegate.{name}": text for name, text in self.crew.hand("agent").items()})
        self._filled(page, {f"field.{name}": text for name, text in (fields or {}).items()})
        tick(page, papers or ["identity", "card"])
        verify_identity(page, way)
        if mishap == "time-out":
            logged_in_again(self.crew, page)
        self.crew.counts.update([mishap] if mishap == "double" else [])
        send(page, twice=mishap == "double")
        found = TAKEN.search(page.url)
        if not found:
            raise Strayed(f"{kind}: {words(page)}")
        self.applications[kind] = int(found[1])

    def _filled(self, page: Page, fields: dict[str, str]) -> None:
        fill(page, fields)
        phone = page.locator(PHONE)
        if phone.count() and not phone.input_value():
            phone.fill("15412345678")

    def finish(
        self,
        kind: str,
        *,
        until: str = "",
        papers: list[str] | None = None,
        declares: list[str] | None = None,
        mishaps: Mapping[str, str] | None = None,
        maker: str = "",
    ) -> None:
        """Do every step of an application until nothing is left, or until that one comes."""
        application, step = self.applications[kind], ""
        self.unread = [each for each in ("old", "temporary") if each in self.cards and each not in (declares or [])]
        for _ in range(MOST):
            step = self.next(application)
            if step in ("", until):
                return
            if step == "others":
                self._others(application, maker, (mishaps or {}).get("personalise", ""))
            elif step == "read-data" and not self.unread:
                self._declare(declares or [])
            else:
                self._do(step, papers, (mishaps or {}).get(step, ""))
        raise Strayed(f"{kind} {application} never ends, now at {step}")

    def next(self, application: int) -> str:
        """The step that its page shows as next, by its name; "" = nothing is left, "others" = not the clerk's."""
        page = self.crew.page()
        page.goto(f"/applications/{application}")
        mine = page.locator("section.acts a.btn-primary")
        if mine.count():
            return STEP.search(mine.get_attribute("href"))[1]
        return "others" if page.locator("section.acts p").count() else ""

    def _do(self, step: str, papers: list[str] | None, mishap: str) -> None:
        """One step of the clerk's, from the page of the application."""
        page = self.crew.page()
        if step in ON_THE_PAGE:
            name, text = ON_THE_PAGE[step]
            page.fill(f"#{name}", text)
            with page.expect_navigation():
                page.locator(f"#{step} button").click()
            return
        page.locator("section.acts a.btn-primary").click()
        held = [name for name, card in (("card", "old"), ("temporary_card", "temporary")) if card in self.cards]
        tick(page, papers or ["identity", *held])
        verify_identity(page)
        if page.locator("#signer").count():
            page.fill("#signer", "持卡人")
        self._carry_out(page, step, mishap)

    def _declare(self, cards: list[str]) -> None:
        """Say of the next of these cards that it gives nothing."""
        if not cards:
            raise Strayed("a card's data are wanted that nobody has")
        page, card = self.crew.page(), cards.pop(0)
        page.locator('section.acts a[href$="/steps/declare"]').click()
        fill(page, {"choice": f"={self.serial(card)}", "text": "不能识读"})
        send(page)

    def step(
        self,
        name: str,
        *,
        on: str = "person",
        as_: str = "clerk",
        fields: Mapping[str, str] | None = None,
        papers: list[str] | None = None,
        mishap: str = "",
        says: str = "",
    ) -> None:
        """A step of the person's page, or of that of one of his cards or applications."""
        page = self._opened(on, as_)
        page.locator(f'main a[href$="/steps/{name}"]').first.click()
        fill(page, dict(fields or {}))
        tick(page, papers or [])
        verify_identity(page)
        self._carry_out(page, name, mishap, card=on if on in self.cards else "")
        if says and not re.search(says, page.locator("main").inner_text()):
            raise Strayed(f"{page.url} does not say {says!r}")

    def _opened(self, on: str, role: str) -> Page:
        """The page of the person, of one of his cards, or of one of his applications."""
        page = self.find(role)
        if on in self.cards:
            self._card_link(page, on).click()
        elif on in self.applications:
            page.goto(f"/applications/{self.applications[on]}")
        return page

    def _card_link(self, page: Page, card: str):
        """The picture of a card on its holder's page."""
        for link in page.locator("a.mini").all():
            if self.serial(card) in link.inner_text().replace(" ", ""):
                return link
        raise Strayed(f"{page.url} shows no {card} card")

    def destroy(self, cards: list[str]) -> None:
        """Two people destroy chips that came back."""
        for role, button in (("clerk", "form .comers button >> nth=0"), ("supervisor", "button.btn-outline-danger")):
            page = self.crew.page(role)
            page.goto("/stock/returned")
            for card in cards:
                row = page.locator("tbody tr").filter(has_text=re.compile(r"\s*".join(self.serial(card))))
                row.locator("input[name=card]").check()
            with page.expect_navigation():
                page.locator(button).click()
            if not page.locator(".alert-success").count():
                raise Strayed(f"{role}: {words(page)}")

    def hand(self, name: str, *, card: str, given: list[str] | None = None) -> None:
        """What happens away from the desk, to a card."""
        self.crew.hand(name, self.cards[card], *(given or []))

    # --- others

    def _others(self, application: int, maker: str, mishap: str) -> None:
        """The reviewer's part where it is his turn, else the maker's."""
        page = self.crew.page("reviewer")
        page.goto(f"/applications/{application}")
        button = page.locator("button[value=approve]:enabled")
        if button.count():
            page.fill("#opinion", "属实")
            with page.expect_navigation():
                button.click()
        else:
            self.cards["new"] = self._made(mishap) if maker else self.crew.hand("made", application)

    def _made(self, mishap: str) -> str:
        """The newest card on order, by the maker on his screens; its serial."""
        self.crew.seat("maker")
        page = self.crew.page("maker")
        page.goto("/cards")
        page.locator("table a[href^='/cards/']").first.click()
        serial = page.locator("h1 .code").inner_text().replace(" ", "")
        self.crew.hand("blank", serial)
        self.cards["new"] = serial
        page.locator('section.acts a[href$="/steps/personalise"]').click()
        self._carry_out(page, "personalise", mishap, card="new")
        self.crew.seat("clerk")
        return serial

    def serial(self, card: str) -> str:
        """What is printed on one of his cards."""
        return self.printed.get(card, self.cards[card])

    def _carry_out(self, page: Page, step: str, mishap: str, *, card: str = "") -> None:
        """Press the button of a step; at the reader, with that card in it or the one the step is for."""
        if page.locator(f"{BUTTON} svg").count():
            self._at_reader(page, step, mishap, card)
        elif mishap == "rival":
            rival(self.crew, page)
        else:
            self.crew.counts.update([mishap] if mishap else [])
            send(page, twice=mishap == "double")
        if page.locator(".alert-danger").count():
            raise Strayed(f"{step}: {words(page)}")

    def _at_reader(self, page: Page, step: str, mishap: str, card: str) -> None:
        if step == "make-temporary":
            self.cards["temporary"] = self.crew.hand("blank")
        wanted = card or (self.unread.pop(0) if step == "read-data" else HOLDS[step])
        AtReader(crew=self.crew, page=page, slot=self.cards[wanted]).carry_out(mishap)
        if step == "make-temporary":
            self.printed["temporary"] = self.crew.hand("newest", self.applications["temporary"])
