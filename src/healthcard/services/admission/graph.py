"""The graph: what hangs on an admission or a filing, in one query: products, cards by their place, desks.

A filing is touched by itself, a chip's by every COS that rests on it, a producer's admission by all its filings. From a
COS it goes on by the product's name: every card made with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.admission import dossiers
from healthcard.storage import statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A dossier that the one asked for touches."""

    id: int
    kind: str
    field: str
    name: str
    producer_name: str
    product: str
    basis: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """Cards of one product in the same state at the same place; `organisation` None = in no organisation's hands."""

    product: str
    life: str
    place: str
    organisation: int | None
    organisation_name: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What a dossier touches, as far as the actor sees."""

    nodes: tuple[Node, ...]
    heaps: tuple[Heap, ...]

    @property
    def cards(self) -> int:
        """How many cards there are in all."""
        return sum(heap.cards for heap in self.heaps)


def drawn(actor: Actor, dossier_id: int) -> Graph:
    """Everything that hangs on a dossier; raises NotAllowed, NotFound."""
    actor.require(Permission.ADMISSION_VIEW)
    dossiers.found(dossier_id)
    nodes, heaps = [], []
    for kind, *row in statements.fetch(_GRAPH, {"dossier": dossier_id}):
        number, what, field, name, other, product, above, count = row
        if kind == "node":
            nodes.append(
                Node(id=number, kind=what, field=field, name=name, producer_name=other, product=product, basis=above)
            )
        else:
            heaps.append(
                Heap(
                    product=product,
                    life=what,
                    place=field,
                    organisation=above,
                    organisation_name=other or "",
                    cards=count,
                )
            )
    return Graph(nodes=tuple(nodes), heaps=tuple(heaps))


_GRAPH = """
    WITH nodes AS (SELECT dossier.* FROM touched(%(dossier)s) AS hanging JOIN dossier ON dossier.id = hanging),
    heaps AS (SELECT product, life, place, place_org_id, count(*) AS cards FROM card
        WHERE product IN (SELECT product FROM nodes WHERE product <> '') GROUP BY product, life, place, place_org_id)
    SELECT 'node', nodes.id, kind, field, nodes.name, producer.name, product, basis_id, 0
        FROM nodes JOIN producer ON producer.id = producer_id
    UNION ALL
    SELECT 'heap', 0, life, place, '', organisation.name, product, place_org_id, cards FROM heaps
        LEFT JOIN organisation ON organisation.id = place_org_id
    ORDER BY 1 DESC, 2, 7, 3, 4, 8"""


def counts(actor: Actor, dossier_id: int) -> dict[str, object]:
    """How much hangs on a dossier, as a measure against it says: dossiers, cards by life."""
    found = drawn(actor, dossier_id)
    lives = dict.fromkeys(sorted({heap.life for heap in found.heaps}), 0)
    for heap in found.heaps:
        lives[heap.life] += heap.cards
    return {"dossiers": [node.id for node in found.nodes], "cards": lives}


def cards(actor: Actor, dossier_id: int, *, after: int = 0, limit: int = 1000) -> Iterator[tuple[int, str]]:
    """The recall list: id and issue serial of every card that is not at its end, in pages by id."""
    actor.require(Permission.ADMISSION_VIEW)
    dossiers.found(dossier_id)
    yield from statements.fetch(_CARDS, {"dossier": dossier_id, "after": after, "limit": limit})


_CARDS = """
    SELECT id, issue_serial FROM card WHERE id > %(after)s AND life IN ('planned', 'made', 'issued')
        AND product IN (SELECT product FROM touched(%(dossier)s) AS hanging JOIN dossier ON dossier.id = hanging
            WHERE product <> '') ORDER BY id LIMIT %(limit)s"""
