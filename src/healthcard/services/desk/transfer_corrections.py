"""What a holder's record corrected of DF02 since one of his cards was made, and that card was never told.

Base data that were changed by an update at the desk are on the card: they are not corrections any more, what is there
is moved byte for byte with what institutions wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from healthcard.card.wire import layout
from healthcard.domain.resident import Resident as Form
from healthcard.domain.roads import WAYS
from healthcard.perso import application as plans
from healthcard.perso.products import products
from healthcard.perso.upkeep import business
from healthcard.perso.upkeep.business import BASIC, BusinessData
from healthcard.perso.upkeep.corrections import Correction
from healthcard.services.desk import update
from healthcard.services.people import record_changes, residents
from healthcard.services.workshop import making
from healthcard.storage.models import Card, CardEvent

Written = Sequence[tuple[UUID, datetime, frozenset[str]]]  # act, moment and fields of each update of a card


def corrections_of(card: Card) -> tuple[Correction, ...]:
    """The corrections since `card` was made that are not on it, the first first."""
    if card.made_at is None:
        return ()
    fields, written = _fields(card.layout), _written(card)
    states = [*record_changes.since(card.resident_id, card.made_at)]
    people = [*(each.before for each in states), residents.opened(card.resident_id)]
    found = []
    for change, after in zip(states, people[1:], strict=True):
        names = [name for name in change.fields if name in fields and not _told(change, name, written)]
        if names:
            found.append(_correction(card, change.before, after, names))
    return tuple(found)


def _fields(shape: str) -> frozenset[str]:
    """The fields of the collection form that a card of this layout has in DF02."""
    carried = {item.no for file in layout.load(shape).files if file.directory == BASIC for item in file.items}
    return frozenset(name for name, way in WAYS.items() if carried & set(way.items))


def _written(card: Card) -> Written:
    events = CardEvent.objects.filter(card=card, event="data_updated").select_related("application")
    return [(each.operation, each.at, update.fields_of(each.application)) for each in events if each.application]


def _told(change: record_changes.Stood, name: str, written: Written) -> bool:
    """Whether the card was written with this field in the act of this change, or later."""
    return any(name in names and (change.operation == act or change.at < at) for act, at, names in written)


def _correction(card: Card, before: Form, after: Form, names: Sequence[str]) -> Correction:
    changed = replace(before, **{name: getattr(after, name) for name in names})
    return Correction(before=_planned(card, before), after=_planned(card, changed))


def _planned(card: Card, person: Form) -> BusinessData:
    """What the card would have been made with, had the record said so."""
    return business.planned(making.image_of(card, plans.load(products()[card.product].application), person))
