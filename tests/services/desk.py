"""What a clerk types and asks in the tests of the desk."""

from __future__ import annotations

FACE = "document_and_face"
FIELDS = {
    "first_issue": {"phone": "15412345678", "entitlement": "1", "consent": True},
    "loss": {"phone": "15412345678", "loss_reason": "遗失"},
    "unloss": {"phone": "15412345678", "unloss_reason": "找到"},
    "unlock": {"phone": "15412345678", "lock_reason": "忘记"},
}


def request(kind, person, *, card=None, presented=("identity",), **rest):
    from healthcard.services.desk.applications import Request

    rest = {"identity": FACE, **rest}
    return Request(kind=kind, resident=person, card=card, fields=FIELDS[kind], presented=presented, **rest)


def collection(**rest):
    from healthcard.services.desk.issue import Collection

    given = {"identity": FACE, "presented": ("identity",), "text_version": "1", "signer": "持卡人"}
    return Collection(**{**given, **rest})


def facts(card):
    from healthcard.services import scope
    from healthcard.storage.models import Card

    scope.limit(scope.EVERYBODY)
    return Card.objects.get(pk=card)
