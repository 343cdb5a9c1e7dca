"""What hangs below a key: the keys derived from it that this installation holds, and how many cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from healthcard.domain.permissions import Permission
from healthcard.keys.client import KeyClient
from healthcard.keys.entries import KeyRow
from healthcard.keys.hierarchy import CITY, HIERARCHY, NATIONAL, PROVINCIAL
from healthcard.services import scope
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.storage import statements

BELOW = {NATIONAL: (PROVINCIAL, CITY), PROVINCIAL: (CITY,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """Cards of one province whose keys come down from one version, by where their life stands."""

    province: str
    version: int
    life: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A key, the keys below it that are held here, and the cards below all of them."""

    key: KeyRow
    below: Sequence[KeyRow]
    cards: Sequence[Hanging]


def lineage(actor: Actor, keys: KeyClient, name: str, version: int) -> tuple[Lineage, ...]:
    """For each level at which the key of that name and version is held here. Raises NotAllowed, NotFound, KeysError.

    A card has all its keys of one version; below a city's key are the cards of its province, for lines here derive
    from the province's.
    """
    actor.require(Permission.KEY_CUSTODY)
    rows = keys.status()
    found = [row for row in rows if (row.name, row.version) == (name, version) and row.name in HIERARCHY.masters]
    if not found:
        raise NotFound(f"No master key {name} of version {version} is held here. See: healthcard keys status.")
    cards = _cards(actor, version)
    return tuple(
        Lineage(
            key=row,
            below=[one for one in rows if _comes_down(one, row)],
            cards=[each for each in cards if row.level == NATIONAL or each.province == row.scope[:2]],
        )
        for row in found
    )


def _comes_down(row: KeyRow, above: KeyRow) -> bool:
    same = (row.name, row.version) == (above.name, above.version)
    return (
        same and row.level in BELOW.get(above.level, ()) and (above.level == NATIONAL or row.scope[:2] == above.scope)
    )


def _cards(actor: Actor, version: int) -> list[Hanging]:
    with transaction.atomic():
        scope.limit(actor.path)
        rows = statements.fetch(_CARDS, [version])
    return [Hanging(province=province, version=version, life=life, cards=cards) for province, life, cards in rows]


_CARDS = """
    SELECT left(city, 2), life, count(*) FROM card
    WHERE key_version = %s AND chip8 IS NOT NULL
    GROUP BY 1, 2 ORDER BY 1, 2
"""
