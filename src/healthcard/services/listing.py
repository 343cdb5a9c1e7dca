"""Where a page of a list in the order of time ends: a moment and the id of what was last, as one word of an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from healthcard.services.errors import NotFound

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORD = re.compile(r"([0-9]{1,17})\.([0-9]{1,18})", re.ASCII)  # microseconds since 1970, id


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in such a list."""

    moment: datetime
    id: int

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{(self.moment - _EPOCH) // timedelta(microseconds=1)}.{self.id}"


FIRST = Place(moment=_EPOCH, id=0)
LAST = Place(moment=datetime(9000, 1, 1, tzinfo=UTC), id=2**63 - 1)


def place(text: str) -> Place:
    """The place that stands in an address; raises NotFound."""
    found = _WORD.fullmatch(text)
    if found is None:
        raise NotFound("There is no such page.")
    return Place(moment=_EPOCH + timedelta(microseconds=int(found[1])), id=int(found[2]))
