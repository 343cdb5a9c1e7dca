"""Who stands at the demo's desk: an invented person whose identity card, face and signature the virtual devices give.

What is kept is which of the invented people it is, nothing of him.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

from healthcard.domain import synthetic
from healthcard.domain.identity import mask, mask_name
from healthcard.services.actor import Actor
from healthcard.services.desk.stations import office
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.people import finding
from healthcard.services.ports import given
from healthcard.services.stage.virtual_slot import keep, lying, visitor

ON_FILE = 1  # seed of the people a demo puts on file
NEWCOMERS = 5  # seed of people who are on no roster
OFFERED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who may stand there: `key` says which invented person, the rest is masked."""

    key: str
    name: str
    number: str
    on_file: bool
    chosen: bool


def offered(actor: Actor) -> tuple[Visitor, ...]:
    """Some who are on file, and the next one who is not. Raises NotFound where there is no virtual reader."""
    office(actor)
    there = lying(_folder()).visitor
    keys = (*islice(_with_card(ON_FILE, on_file=True), OFFERED), next(_with_card(NEWCOMERS, on_file=False)))
    return tuple(_shown(key, there) for key in keys)


def stand(actor: Actor, key: str) -> None:
    """From now on this one stands at the desk; '' = nobody. Raises Invalid for somebody who was not invented."""
    office(actor)
    if key and key not in {each.key for each in offered(actor)}:
        raise Invalid("visitor", "没有这个人", "There is no such visitor.")
    place = _folder()
    keep(place, replace(lying(place), visitor=key))


def _with_card(seed: int, *, on_file: bool) -> Iterator[str]:
    """Those of a seed who have an identity card and are on file, or not; of the first on a roster."""
    for index in count() if not on_file else range(4 * OFFERED):
        document = synthetic.resident(index, seed).document
        if document.is_citizen_number and (finding.holder(document) is not None) == on_file:
            yield f"{seed}/{index}"


def _shown(key: str, there: str) -> Visitor:
    person = visitor(key)
    return Visitor(
        key=key,
        name=mask_name(person.name),
        number=mask(person.document.number),
        on_file=key.startswith(f"{ON_FILE}/"),
        chosen=key == there,
    )


def _folder() -> Path:
    place = given().virtual
    if place is None:
        raise NotFound("There is no virtual reader: this is no demo.")
    return place
