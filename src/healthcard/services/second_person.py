"""Two people: whether who acts now is another person than who acted before, over all logins of each (I-37)."""

from __future__ import annotations

from healthcard.domain.lifecycle import require
from healthcard.services.actor import Actor
from healthcard.storage.models import Account, Card, FindingKind, ResidentKey


def is_another(actor: Actor, account_id: int | None) -> bool:
    """Whether `actor` is another person than the holder of account `account_id`; None stands for the console.

    Whoever works at the console is one person: he can be no second one to himself.
    """
    if actor.account is None or account_id is None:
        return actor.account != account_id
    return actor.account != account_id and not _same_person(actor.account, account_id)


def require_not_own(actor: Actor, card_id: int) -> None:
    """Raise TransitionRefused for the card of the actor himself: asked before its chip is written (I-38).

    Of all his documents, as the database asks when the record changes; by then the chip would be written.
    """
    if actor.account is None:
        return
    holder = Card.objects.filter(pk=card_id).values("resident")
    documents = ResidentKey.objects.filter(kind=FindingKind.DOCUMENT, resident__in=holder).values("digest")
    own = Account.objects.filter(pk=actor.account, person_digest__in=documents)
    require("not_own_card", not own.exists())


def _same_person(one: int, other: int) -> bool:
    digest = Account.objects.filter(pk=other, person_digest__isnull=False).values("person_digest")
    return Account.objects.filter(pk=one, person_digest__in=digest).exists()
