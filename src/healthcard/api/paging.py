"""Lists come in pages by key: `next` of one page is `after` of the following one; what it says is our business."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Final, Generic, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from healthcard.api.fields import LARGEST_ID, Answer, Whole

LONGEST: Final = 100
USUAL: Final = 50
_NUMBERS: Final = re.compile(rb"[0-9]{1,19}(\.[0-9]{1,19})?")

Row = TypeVar("Row", bound=Answer)


class Numbered(Protocol):
    """A row of a list, as services give it."""

    @property
    def id(self) -> int:
        """What the list is ordered by."""
        ...


def _cursor(text: str) -> str:
    positions(text)
    return text


Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{2,56}$"), AfterValidator(_cursor)]


class PageQuery(BaseModel):
    """Which page of a list: `after` is the `next` of the page before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Cursor | None = Field(None, description="`next` of the page before; none for the first page")
    limit: Whole = Field(USUAL, ge=1, le=LONGEST, description="rows on a page")

    @property
    def position(self) -> int | None:
        """The id to go on from; None for the first page."""
        return positions(self.after)[0] if self.after else None


class Page(Answer, Generic[Row]):
    """One page of a list."""

    items: list[Row]
    next: str | None = Field(
        None, examples=["MTIwNA"], description="ask with ?after= for the following page; null at the end"
    )


def cursor(*position: int) -> str:
    """The text a client gets for a place in a list."""
    return urlsafe_b64encode(b".".join(b"%d" % part for part in position)).rstrip(b"=").decode()


def following(position: int | None) -> str | None:
    """`next` of a page that ended at this id; None at the end of the list."""
    return None if position is None else cursor(position)


def cut(rows: Sequence[Numbered], limit: int) -> dict[str, object]:
    """A page of `limit` rows out of rows that were asked for with one more."""
    shown = rows[:limit]
    return {"items": shown, "next": following(shown[-1].id) if len(rows) > limit else None}


def positions(text: str) -> tuple[int, ...]:
    """What a cursor says; raises PydanticCustomError for a text that we never gave."""
    try:
        inner = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        inner = b""
    numbers = tuple(int(part) for part in inner.split(b".")) if _NUMBERS.fullmatch(inner) else ()
    if not numbers or max(numbers) > LARGEST_ID or cursor(*numbers) != text:
        raise PydanticCustomError("string_pattern_mismatch", "This should be the `next` of a page")
    return numbers
