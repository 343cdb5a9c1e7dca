"""XML from outside, read as a stream of elements: no document type, no deep nesting, no entity of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import XLSX

Opened = Callable[[str, dict[str, str]], None]
Heard = Callable[[str], None]
_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


def ignore(*_: object) -> None:
    """Nothing of this is of interest."""


class Parser:
    """Feeds one part of a document to three handlers; element names come without their prefix."""

    def __init__(self, part: str, opened: Opened, closed: Heard = ignore, text: Heard = ignore) -> None:
        """`part` is the name for a refusal; the handlers hear elements that open, that close, and text."""
        self._part, self._opened, self._closed = part, opened, closed
        self._depth = 0
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = text
        self._expat.StartDoctypeDeclHandler = _refuse_doctype

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Parse one more chunk. Raises DocumentRefused for a DTD and for what is no well-formed XML."""
        try:
            self._expat.Parse(chunk, last)
        except expat.ExpatError as error:
            if error.code == _NO_MEMORY:
                raise MemoryError from None
            raise DocumentRefused("damaged", self._part) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > XLSX.depth:
            raise DocumentRefused("damaged", self._part)
        self._opened(tag.rpartition(":")[2], attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._closed(tag.rpartition(":")[2])


def parse(part: str, chunks: Iterable[bytes], opened: Opened, closed: Heard = ignore, text: Heard = ignore) -> None:
    """Parse a whole part; as `Parser`."""
    parser = Parser(part, opened, closed, text)
    for chunk in chunks:
        parser.feed(chunk)
    parser.feed(b"", last=True)


def _refuse_doctype(*_: object) -> None:
    raise DocumentRefused("doctype")
