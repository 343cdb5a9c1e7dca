"""Lists come in pages by key: `?after=` is the id at which the page before ended."""

from __future__ import annotations

from django.http import HttpRequest

from healthcard.services.errors import NotFound

_LARGEST = 2**63 - 1


def after(request: HttpRequest) -> int | None:
    """The id to go on from; None for the first page. Raises NotFound for what is no id."""
    text = request.GET.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise NotFound("There is no such page.")
    return int(text)
