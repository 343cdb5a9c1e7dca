"""What goes wrong on purpose over a form, and how whoever sits there mends it on the screens."""

from __future__ import annotations

import staging
from crew import Crew
from pages import BUTTON, Strayed, send
from playwright.sync_api import Page

# What stands in the fields of a form.
TYPED = """() => [...document.querySelectorAll("main form [name]:not([type=hidden])")].map(
    (each) => [each.name, each.type === "checkbox" ? each.checked : each.value])"""


def rival(crew: Crew, page: Page) -> None:
    """Two clerks with the same step: the second is told that it is done."""
    other = crew.page("second")
    other.goto(page.url)
    send(page)
    send(other)
    crew.counts.update(["rival"])
    if not other.locator(".alert-danger").count():
        raise Strayed(f"two clerks did {page.url}")


def logged_in_again(crew: Crew, page: Page) -> None:
    """The session rests too long over a filled form: whoever logs in again on the page finds it as it was."""
    before = page.evaluate(TYPED)
    crew.desks.served.do(staging.rest, "clerk")
    page.locator(BUTTON).click()
    crew.log_in_again(page, "clerk")
    page.locator("#here-again").wait_for()
    crew.counts.update(["time-out"])
    if page.evaluate(TYPED) != before:
        raise Strayed(f"{page.url}: what was typed is gone after logging in again")
