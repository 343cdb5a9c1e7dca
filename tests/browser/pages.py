"""What everybody does with a page: fill fields in, tick papers, press the button, read what the screen says."""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

BUTTON = "form[data-steps] button.btn-primary"
ENDED = "section.reading.done, section.reading.failed"
READER = 60_000  # milliseconds that an act at the reader may take
FACE, PIN = "document_and_face", "246810"
PHONE = '[name="field.phone"]'


class Strayed(Exception):
    """The screens do not lead on; the message says where."""


def fill(page: Page, fields: dict[str, str]) -> None:
    """Type into boxes, choose, tick: each field by its name."""
    for name, value in fields.items():
        box = page.locator(f'[name="{name}"]').first
        kind = box.evaluate("each => each.tagName + ':' + each.type")
        if kind.startswith("SELECT"):
            box.select_option(**_choice(value))
        elif kind.endswith("checkbox"):
            box.check()
        else:
            box.fill(value)


def _choice(value: str) -> dict[str, object]:
    """As walks.toml names it: by its code, "=" its words, "#" its place."""
    if value[:1] == "#":
        return {"index": int(value[1:])}
    return {"label": value[1:]} if value[:1] == "=" else {"value": value}


def tick(page: Page, papers: list[str]) -> None:
    """Those of the papers that the page asks for."""
    for name in papers:
        paper = page.locator(f'input[name=presented][value="{name}"]')
        if paper.count():
            paper.check()


def verify_identity(page: Page, way: str = FACE) -> None:
    """Where the page asks how he was verified."""
    if page.locator("#identity").count():
        page.select_option("#identity", way)


def send(page: Page, *, twice: bool = False) -> None:
    """Press the form's button, and wait for the page it leads to."""
    button = page.locator(BUTTON)
    try:
        with page.expect_navigation():
            (button.dblclick if twice else button.click)()
    except PlaywrightError:
        if not twice:
            raise
        page.wait_for_load_state("networkidle")  # the second press overtook the page that the first one led to


def words(page: Page) -> str:
    """What the screen says: of the act at the reader, else what it warns of."""
    reading = page.locator("section.reading p.words")
    return reading.inner_text() if reading.count() else " ".join(page.locator(".alert:visible").all_inner_texts())
