"""A damaged card replaced from the search to the hand-over without the mouse: by clerk, reviewer and maker."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crew import Crew
from keyboard import Keyboard
from pages import PIN, Strayed
from walk import PERSON, STEP, TAKEN

STEP_PAGE, APPLICATION = re.compile(r"/steps/[a-z-]+$"), re.compile(r"/applications/\d+(#.*)?$")
READING = re.compile(r"\?act=")
MOST_KEYS = 200  # of the clerk: from the search to the hand-over


@dataclass(slots=True, kw_only=True)
class ByKeyboard:
    """Three people and the card."""

    crew: Crew
    document: str
    old: str
    new: str = ""

    def search(self) -> Keyboard:
        """The box has the focus when the next person comes."""
        clerk = self.crew.board()
        clerk.page.goto("/desk")
        clerk.looks()
        clerk.type(self.document)
        clerk.leads(PERSON)
        return clerk

    def apply(self) -> int:
        """附表 4, reason 2; the application."""
        clerk = self.search()
        key = clerk.page.locator('a[href$="/applying/replacement"]').get_attribute("accesskey")
        clerk.leads(re.compile(r"/applying/replacement"), key)
        clerk.to('[name="field.phone"]')
        clerk.type("15412345678")
        clerk.press("Enter", "ArrowDown", "ArrowDown")  # on to the reasons: the second one
        self._show(clerk, "identity", "card")
        clerk.leads(TAKEN, "Control+Enter")
        return int(TAKEN.search(clerk.page.url)[1])

    def _show(self, clerk: Keyboard, *papers: str) -> None:
        for paper in papers:
            clerk.to(f'[name=presented][value="{paper}"]')
            clerk.press("Space")
        clerk.to("#identity")
        clerk.press("ArrowDown")

    def approve(self, application: int) -> None:
        """Another person, out of his queue."""
        board = self.crew.board("reviewer")
        board.page.goto("/applications")
        board.looks()
        board.to(f'a[href="/applications/{application}"]')
        board.leads(APPLICATION)
        board.to("#opinion")
        board.type("属实")
        board.press("Tab")
        board.leads(APPLICATION)

    def make(self) -> None:
        """The maker, out of his list of cards."""
        self.crew.seat("maker")
        board = self.crew.board("maker")
        board.page.goto("/cards")
        board.looks()
        board.to("table a[href^='/cards/']")
        board.leads(re.compile(r"/cards/\d+$"))
        self.new = board.page.locator("h1 .code").inner_text().replace(" ", "")
        self.crew.hand("blank", self.new)
        board.leads(STEP_PAGE)
        board.leads(READING)
        board.done()
        self.crew.seat("clerk")

    def go_on(self) -> None:
        """Whatever has the focus on the person's page is the next step; then each leads to the one behind it."""
        clerk = self.search()
        clerk.leads(STEP_PAGE)
        for _ in range(12):
            step = STEP.search(clerk.page.url)[1]
            if not _STEPS[step](self, clerk):
                return
        raise Strayed("the steps never end")

    def _at_once(self, clerk: Keyboard) -> bool:
        """A step that asks for nothing; whether a step of the clerk's follows."""
        clerk.leads(APPLICATION)
        if not clerk.page.locator("section.acts a.btn-primary").count():
            return False
        clerk.leads(STEP_PAGE)
        return True

    def _with_old(self, clerk: Keyboard) -> bool:
        return self._with(clerk, self.old)

    def _with_new(self, clerk: Keyboard) -> bool:
        return self._with(clerk, self.new)

    def _with(self, clerk: Keyboard, card: str, key: str = "Enter") -> bool:
        """A step at the reader, with that card in it; Enter leads on from its end."""
        self.crew.hand("put", card)
        clerk.leads(READING, key)
        clerk.done()
        if not clerk.page.locator("section.reading a.btn-primary").count():
            return False
        clerk.leads(STEP_PAGE)
        return True

    def _lock(self, clerk: Keyboard) -> bool:
        """A step with a tick that is left alone."""
        return self._with(clerk, self.old, "Control+Enter")

    def _pin(self, clerk: Keyboard) -> bool:
        """The holder types his PIN, on his own keys."""
        clerk.to("#identity")
        clerk.press("ArrowDown")
        self.crew.hand("type_pin", PIN)
        return self._with(clerk, self.new, "Control+Enter")

    def _hand_over(self, clerk: Keyboard) -> bool:
        self._show(clerk, "identity", "card")
        clerk.to("#signer")
        clerk.type("持卡人")
        return self._with(clerk, self.new, "Control+Enter")


_STEPS = {
    "order": ByKeyboard._at_once,
    "arrive": ByKeyboard._at_once,
    "read-data": ByKeyboard._with_old,
    "move-data": ByKeyboard._with_new,
    "set-pin": ByKeyboard._pin,
    "hand-over": ByKeyboard._hand_over,
    "lock-returned": ByKeyboard._lock,
}


def replaced(crew: Crew) -> Keyboard:
    """All of it; the clerk's keyboard afterwards. Raises Strayed."""
    scene = crew.hand("carried")
    play = ByKeyboard(crew=crew, **scene)
    application = play.apply()
    play.approve(application)
    play.go_on()  # ordered; the next step is the maker's
    play.make()
    play.go_on()
    stands = crew.hand("stands", play.document)
    lives = stands[play.old]["life"], stands[play.new]["life"]
    if lives != ("ended", "issued"):
        raise Strayed(f"without the mouse the old and the new card are {lives}")
    if crew.board().pressed > MOST_KEYS:
        raise Strayed(f"the clerk pressed {crew.board().pressed} keys")
    return crew.board()
