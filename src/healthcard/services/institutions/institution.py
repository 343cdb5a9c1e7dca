"""Acts of a medical institution: one transaction in which it sees every card, for it serves every holder, and of what
institutions keep only its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from healthcard.domain.lifecycle import Usability, require
from healthcard.domain.permissions import Permission
from healthcard.services import scope
from healthcard.services.acting import Act, act, alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.institutions.status import Key
from healthcard.storage.models import Card


@contextmanager
def acting(actor: Actor, permission: Permission, action: str) -> Iterator[Act]:
    """As `acting.act`, with the whole of the cards in sight and the institution's own rows."""
    with act(actor, permission, action) as now, scope.widened(scope.EVERYBODY):
        _own(actor.organisation)
        yield now


@contextmanager
def looking(actor: Actor, permission: Permission) -> Iterator[None]:
    """The same without an act; raises NotAllowed."""
    with transaction.atomic():
        actor.require(permission)
        scope.limit(scope.EVERYBODY)
        _own(actor.organisation)
        yield


def presented(now: Act, key: Key) -> Card:
    """Within an act: the card somebody showed, which may be used; nobody else acts on its holder until the end.

    Raises NotFound, TransitionRefused.
    """
    card = found(key)
    alone_with_person(card.resident_id)
    require("card_usable", _is_usable(card))
    now.about(card=card.pk, resident=card.resident_id)
    return card


def found(key: Key) -> Card:
    """The card of a key, whatever its state; raises NotFound."""
    card = Card.objects.filter(issuer_code=key.issuer_code, issue_serial=key.issue_serial).first()
    if card is None:
        raise NotFound("There is no such card.")
    return card


def _is_usable(card: Card) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION, [card.pk])
        (reason,) = cursor.fetchone()
    return bool(reason == Usability.USABLE)


_QUESTION = "SELECT unusable_because(card, clock_timestamp()) FROM card WHERE id = %s"


def _own(organisation: int) -> None:
    """Rows of other institutions are not there for the role of the institutions' process until the end of the
    transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('healthcard.institution', %s, true)", [str(organisation)])
