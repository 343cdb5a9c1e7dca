"""Papers that come back as a photo or scan: each page becomes a clean picture with the stamp that stands on it.

The file from outside is opened by a child process alone; what is kept of it is a JPEG that the child wrote.
"""

from __future__ import annotations

import os
from base64 import b64decode
from dataclasses import dataclass

from healthcard.documents import stamp
from healthcard.documents.bounded import Message, Work, messages
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import SCAN
from healthcard.documents.stamp import Stamp

_MODULE = "healthcard.documents.scan_reader"
_CUT_SHORT = frozenset({"time", "memory", "stopped"})  # whose words speak of rosters


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: a JPEG in grey that is turned upright, and the stamps found on it, their signatures unchecked."""

    picture: bytes
    stamps: tuple[Stamp, ...]


def pages(scan: bytes) -> tuple[Page, ...]:
    """The pages of a JPEG, PNG or PDF. Raises DocumentRefused for another file and for one that costs too much."""
    if len(scan) > SCAN.file:
        raise DocumentRefused("scan_large", str(SCAN.file // 1_048_576))
    try:
        return tuple(map(_page, _told(scan)))
    except DocumentRefused as refused:
        if refused.kind in _CUT_SHORT:
            raise DocumentRefused("scan_stopped", refused.kind) from None
        raise


def _told(scan: bytes) -> list[Message]:
    with os.fdopen(os.memfd_create("scan"), "w+b") as source:
        source.write(scan)
        source.flush()
        source.seek(0)
        return list(messages(Work(module=_MODULE, arguments={}, cpu=SCAN.cpu), source))


def _page(told: Message) -> Page:
    """What the child says is checked like anything from outside."""
    try:
        picture = b64decode(told["picture"], validate=True)
        found = [stamp.parse(str(text)) for text in told["codes"]]
    except (KeyError, TypeError, ValueError):
        raise DocumentRefused("stopped", "no page") from None
    if not (picture.startswith(b"\xff\xd8\xff") and picture.endswith(b"\xff\xd9") and len(picture) <= SCAN.page):
        raise DocumentRefused("stopped", "no picture")
    return Page(picture=picture, stamps=tuple(each for each in found if each is not None))
