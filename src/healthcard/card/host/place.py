"""Where a session stands on the card, and the shortest way to where it wants to be (card.md 1.1)."""

from __future__ import annotations

from healthcard.card.wire.layout import Directory, Layout

ROOT = "MF"


def way(layout: Layout, here: str | None, there: str) -> tuple[Directory, ...]:
    """The directories to select, in order, to come from `here` (None: unknown) to `there`; empty when already there.

    A directory finds its children, its siblings and its parent; anything else is reached through the parent. From an
    unknown place the way starts at the MF, which every directory finds.
    """
    if here == there:
        return ()
    target = layout.directory(there)
    if there == ROOT or (here is not None and _finds(layout.directory(here), target)):
        return (target,)
    return (*way(layout, here, target.parent or ROOT), target)


def _finds(here: Directory, target: Directory) -> bool:
    return target.parent in (here.path, here.parent) or target.path == here.parent
