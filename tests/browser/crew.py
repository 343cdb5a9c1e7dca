"""Who works in the office of the demo, each in a browser of his own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import hands
from keyboard import Keyboard
from pages import words
from playwright.sync_api import Page
from served import Desks, Watched, prove_oneself


@dataclass(slots=True, kw_only=True)
class Crew:
    """Clerk, reviewer, maker, supervisor, a second clerk, a supervisor of the province: by the names of their logins.

    `counts` is what went wrong on purpose and was mended on the screens.
    """

    desks: Desks
    counts: Counter[str] = field(default_factory=Counter)
    watched: dict[str, Watched] = field(default_factory=dict)
    keyboards: dict[str, Keyboard] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """What their pages complained of."""
        return [f"{role}: {fault}" for role, watched in self.watched.items() for fault in watched.faults]

    def shows(self) -> str:
        """Where everybody is, and what he reads there: for who looks for what went wrong."""
        pages = [each.page for each in self.watched.values()]
        told = (f"{page.url.removeprefix(self.desks.served.base)} {words(page)}" for page in pages)
        return "; ".join(told)

    def page(self, role: str = "clerk") -> Page:
        """The page of somebody, who logs in when he is first needed."""
        if role not in self.watched:
            self._engage(role)
            self.watched[role] = Watched.of(self.desks.context(role).new_page())
        return self.watched[role].page

    def board(self, role: str = "clerk") -> Keyboard:
        """The keyboard of somebody who leaves the mouse alone."""
        if role not in self.keyboards:
            self.keyboards[role] = Keyboard(page=self.page(role))
        return self.keyboards[role]

    def _engage(self, role: str) -> None:
        served = self.desks.served
        if role == "second":
            served.enrol(role)
        elif role == "above":
            _, served.passwords[role], served.factors[role] = self.hand("above")

    def hand(self, name: str, *given: object):
        """One of the functions of `hands`."""
        return self.desks.served.do(getattr(hands, name), *given)

    def seat(self, role: str) -> None:
        """He works at the demo's station from now on."""
        self.hand("seat", role)

    def log_in_again(self, page: Page, role: str) -> None:
        """On the login page that somebody was led to, and back to where he was."""
        prove_oneself(page, self.desks.served, role)
        self.desks.forget(role)
