"""Changing data items on an issued card: those a card lets its issuer rewrite, and those only a new card can have."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from healthcard.card.wire.layout import NEVER, File, Item, Layout, Structure, UpdateForm
from healthcard.perso.image import CardImage
from healthcard.perso.upkeep.content import HoldBytes, HoldNewest, HoldRecords
from healthcard.perso.upkeep.errors import CannotBe

PHOTO_LENGTH = 2  # bytes of its length in front of a photo


def differing(before: CardImage, after: CardImage) -> frozenset[int]:
    """The interface numbers of items whose bytes differ between two images of one layout."""
    return frozenset(
        item.no
        for file in after.layout.files
        for item in file.items
        if item.length and _bytes(before, file, item) != _bytes(after, file, item)
    )


def rewritable(layout: Layout) -> frozenset[int]:
    """The items a card of this layout lets its issuer rewrite; all others need a new card (补换)."""
    return frozenset(item.no for file in layout.files if _can_rewrite(file) for item in file.items if item.length)


def change(image: CardImage, wanted: Collection[int]) -> tuple[HoldRecords | HoldBytes | HoldNewest, ...]:
    """Goals that put the items numbered `wanted` on the card as `image` has them, and touch no other.

    Raises CannotBe for an item that cannot be rewritten: it takes a new card.
    """
    if fixed := sorted(set(wanted) - rewritable(image.layout)):
        raise CannotBe(
            f"items {', '.join(map(str, fixed))} cannot be rewritten on this card: it takes a new one (补换)"
        )
    return tuple(goal for file in image.layout.files if _can_rewrite(file) for goal in _goals(image, file, wanted))


def _goals(image: CardImage, file: File, wanted: Collection[int]) -> Iterator[HoldRecords | HoldBytes | HoldNewest]:
    items = [item for item in file.items if item.no in wanted]
    planned = image.file(file.path)
    if not items:
        return
    match file.structure:
        case Structure.VARIABLE:
            numbers = [item.record or 0 for item in items]
            yield HoldRecords(path=file.path, records=tuple((n, planned.records[n - 1]) for n in numbers))
        case Structure.TRANSPARENT:
            yield HoldBytes(path=file.path, data=_used(planned.content))
        case Structure.CYCLIC:
            yield HoldNewest(path=file.path, records=planned.records)


def _used(content: bytes) -> bytes:
    """Length and image of a photo; of none its empty length, so that the old one is not shown any more."""
    length = int.from_bytes(content[:PHOTO_LENGTH], "big")
    return content[: PHOTO_LENGTH + length] if PHOTO_LENGTH + length <= len(content) else content[:PHOTO_LENGTH]


def _bytes(image: CardImage, file: File, item: Item) -> bytes:
    planned = image.file(file.path)
    if file.structure is Structure.VARIABLE:
        return planned.records[(item.record or 1) - 1]
    start = item.offset or 0
    return b"".join(record[start : start + item.length] for record in planned.records or (planned.content,))


def _can_rewrite(file: File) -> bool:
    """Whether the issuer rewrites it: not the records institutions write with their signature (DF03)."""
    return file.update != NEVER and file.form is not UpdateForm.NONE and file.directory != "DF03"
