"""What is wrong with how a page looks: too wide, a character no font of ours has, words of the other language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont

WEB = Path(str(files("healthcard.web")))
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
LETTERS = re.compile(r"[A-Za-z]{3}")
# Every text a person sees, with its language where that is not the page's: marked so, or code that has none.
_TEXTS = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const page = document.documentElement.lang;
  const told = (text, at) => {
    const marked = at.closest("[lang]").lang;
    if (text.trim()) found.push([text.replace(/\\s+/g, " ").trim(), marked === page ? "" : marked]);
  };
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (!["SCRIPT", "STYLE"].includes(at.tagName)) told(walk.currentNode.data, at);
  }
  for (const at of document.querySelectorAll("[placeholder], [aria-label], [title], input[value]")) {
    for (const name of ["placeholder", "aria-label", "title"]) told(at.getAttribute(name) || "", at);
    if (at.tagName === "INPUT" && ["text", "tel", "search"].includes(at.type)) told(at.value, at);
  }
  found.push([document.title, ""]);
  return found;
}"""
_WIDTH = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(page, data: Collection[str]) -> list[str]:
    """What is wrong; `data` are names that stay as they are in both languages."""
    english = page.locator("html").get_attribute("lang") == "en"
    texts = [(text, lang) for text, lang in page.evaluate(_TEXTS)]
    own = [text for text, lang in texts if not lang]
    foreign = left_chinese(own, data) if english else left_english(own)
    return [*_wide(page), *_blank("".join(text for text, _ in texts)), *foreign]


def _wide(page) -> Iterator[str]:
    over = page.evaluate(_WIDTH)
    if over > 0:
        yield f"too wide by {over} pixels"


def _blank(text: str) -> Iterator[str]:
    missing = "".join(sorted({each for each in text if ord(each) > 0x7F} - _served()))
    if missing:
        yield f"no font has {missing!r}"


def left_chinese(texts: Collection[str], data: Collection[str]) -> Iterator[str]:
    """Chinese words on an English page that are no data."""
    known = sorted(data, key=len, reverse=True)
    for text in dict.fromkeys(texts):
        left = text
        for name in known:
            left = left.replace(name, "")
        if CHINESE.search(left):
            yield f"Chinese: {text!r}"


def left_english(texts: Collection[str]) -> Iterator[str]:
    """English words of ours on a Chinese page: a text that stands in a catalog, untranslated."""
    for text in dict.fromkeys(texts):
        if LETTERS.search(text) and text in _words():
            yield f"English: {text!r}"


@cache
def _words() -> frozenset[str]:
    """Every English text that has a Chinese one."""
    words = set()
    for path in WEB.rglob("django.po"):
        with path.open("rb") as source:
            words |= {str(each.id) for each in read_po(source) if each.id and str(each.id) != str(each.string)}
    return frozenset(words)


@cache
def _served() -> frozenset[str]:
    """The characters of the web font."""
    found: set[int] = set()
    for path in (WEB / "static" / "vendor").glob("font-*.woff"):
        with TTFont(path, lazy=True) as font:
            found |= set(font.getBestCmap())
    return frozenset(map(chr, found))
