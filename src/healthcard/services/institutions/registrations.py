"""A person's business at institutions (登记): count and digest of what each keeps under the card.

They follow the person to the new card (第十二条第六项): moved in the act that hands it over, then confirmed by each
institution, which says again what it keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now

from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.institutions import institution
from healthcard.services.institutions.status import Key
from healthcard.storage.models import Organisation, Registration, Transfer, TransferNotice

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRow:
    """What an institution said it keeps; `digest` is 64 hexadecimal digits."""

    id: int
    issuer_code: str
    issue_serial: str
    business: str
    items: int
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A registration went over to a new card, with what it counted then."""

    id: int
    registration: int
    business: str
    old_issuer_code: str
    old_issue_serial: str
    new_issuer_code: str
    new_issue_serial: str
    items: int
    digest: str
    at: datetime
    confirmed_at: datetime | None


def register(actor: Actor, key: Key, *, business: str, items: int, digest: bytes) -> RegistrationRow:
    """Keep what an institution has of a person's `business` under the card he shows: a number of items, and 32 bytes.

    Once for each person, institution and business; said again, the new figures count. Raises NotFound,
    TransitionRefused for a card that may not be used.
    """
    with institution.acting(actor, Permission.REGISTER, "registration.keep") as now:
        card = institution.presented(now, key)
        row, _ = Registration.objects.update_or_create(
            resident_id=card.resident_id,
            organisation_id=actor.organisation,
            business=business,
            defaults={"card": card, "items": items, "digest": digest, "credential_id": actor.credential, "at": Now()},
        )
        now.note(registration=row.pk, business=business, items=items)
        return _row(_own(actor).get(pk=row.pk))


def listed(actor: Actor, *, after: int | None = None, limit: int = PAGE) -> tuple[RegistrationRow, ...]:
    """The institution's own registrations in the order they were first made; raises NotAllowed."""
    with institution.looking(actor, Permission.REGISTER):
        rows = _own(actor).filter(pk__gt=after or 0).order_by("pk")
        return tuple(map(_row, rows[:limit]))


def notices(actor: Actor, *, confirmed: bool, after: int | None = None, limit: int = PAGE) -> tuple[Notice, ...]:
    """What moved to new cards and the institution has (not) confirmed yet, the oldest first; raises NotAllowed."""
    with institution.looking(actor, Permission.REGISTER):
        rows = _notices(actor).filter(confirmed_at__isnull=not confirmed, pk__gt=after or 0)
        return tuple(map(_notice, rows.order_by("pk")[:limit]))


def confirm(actor: Actor, notice_id: int, *, items: int, digest: bytes) -> Notice:
    """The institution keeps as many items, with the same digest, under the new card now.

    Raises NotFound, TransitionRefused when figures differ or it was confirmed before.
    """
    with institution.acting(actor, Permission.REGISTER, "registration.confirm") as now:
        row = _notices(actor).select_for_update(of=("self",)).filter(pk=notice_id).first()
        if row is None:
            raise NotFound("There is no such notice.")
        require("not_decided", row.confirmed_at is None)
        require("counted_alike", (items, digest) == (row.items, bytes(row.digest)), items=row.items, said=items)
        now.about(resident=row.registration.resident_id, card=row.transfer.new_card_id)
        now.note(notice=row.pk, registration=row.registration_id, items=items)
        TransferNotice.objects.filter(pk=row.pk).update(confirmed_at=Now())
        place = Organisation.objects.values_list("name", flat=True).get(pk=actor.organisation)
        now.tell(row.registration.resident_id, "registration.moved", place=place, count=items)
        return _notice(_notices(actor).get(pk=notice_id))


def repoint(now: Act, old_card_ids: Sequence[int], new_card_id: int, transfers: Iterable[Transfer]) -> int:
    """Within the act that hands a new card over: every registration of the old cards belongs to it, and each
    institution is told by a notice. `transfers` has one for each old card with registrations. How many moved.
    """
    by_card = {transfer.old_card_id: transfer for transfer in transfers}
    rows = list(Registration.objects.select_for_update().filter(card__in=old_card_ids).order_by("pk"))
    TransferNotice.objects.bulk_create(
        TransferNotice(transfer=by_card[row.card_id], registration=row, items=row.items, digest=row.digest)
        for row in rows
    )
    Registration.objects.filter(pk__in=[row.pk for row in rows]).update(card=new_card_id)
    now.note(registrations=[row.pk for row in rows])
    return len(rows)


def _own(actor: Actor) -> QuerySet[Registration]:
    return Registration.objects.select_related("card").filter(organisation=actor.organisation)


def _notices(actor: Actor) -> QuerySet[TransferNotice]:
    rows = TransferNotice.objects.filter(registration__organisation=actor.organisation)
    return rows.select_related("registration", "transfer__old_card", "transfer__new_card").only(*_NOTICE)


_NOTICE = (  # of a move of data an institution is told the two cards and nothing else
    *("items", "digest", "at", "confirmed_at", "registration__business", "registration__resident"),
    *("transfer__old_card__issuer_code", "transfer__old_card__issue_serial"),
    *("transfer__new_card__issuer_code", "transfer__new_card__issue_serial"),
)


def _row(row: Registration) -> RegistrationRow:
    return RegistrationRow(
        id=row.pk,
        issuer_code=row.card.issuer_code,
        issue_serial=row.card.issue_serial,
        business=row.business,
        items=row.items,
        digest=bytes(row.digest).hex(),
        at=row.at,
    )


def _notice(row: TransferNotice) -> Notice:
    old, new = row.transfer.old_card, row.transfer.new_card
    return Notice(
        id=row.pk,
        registration=row.registration_id,
        business=row.registration.business,
        old_issuer_code=old.issuer_code,
        old_issue_serial=old.issue_serial,
        new_issuer_code=new.issuer_code,
        new_issue_serial=new.issue_serial,
        items=row.items,
        digest=bytes(row.digest).hex(),
        at=row.at,
        confirmed_at=row.confirmed_at,
    )
