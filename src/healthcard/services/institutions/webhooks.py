"""Webhooks of institutions: where each wants to be told of changes, and how it knows that it is us.

Calls are signed with a secret that the institution is told once. Deliveries follow the feed in its order
(`services.delivery`); after too many failures a webhook rests until its institution lets it go on, and misses nothing.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models.functions import Now

from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.services.institutions import changes, destinations, institution
from healthcard.services.institutions.changes import Position
from healthcard.services.sealing import sealer_for_institutions
from healthcard.storage.models import Webhook

BYTES = 32
MOST = 5  # of an institution
PATIENCE = 12  # failures one after the other; with the back-off about half a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A new webhook with its secret in clear, told this once."""

    id: int
    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """A webhook as its institution sees it; `state` is working, failing or stopped."""

    id: int
    url: str
    state: str
    failures: int
    next_try: datetime
    created_at: datetime


def register(actor: Actor, url: str, after: Position | None = None) -> Told:
    """Call `url` with every change from a place of the feed on, from now on without one.

    Raises NotAllowed, Invalid for an address we do not call, TransitionRefused when there are enough.
    """
    if actor.credential is None or not actor.may(Permission.VERIFY):  # it is a machine's and ends with its credential
        raise NotAllowed(actor.name, Permission.VERIFY)
    destinations.judged(url)  # asks the network, so before the transaction
    with institution.acting(actor, Permission.VERIFY, "webhook.open") as now:
        require("webhooks_few", Webhook.objects.filter(organisation=actor.organisation, closed_at=None).count() < MOST)
        place = after or changes.end()
        secret = urlsafe_b64encode(secrets.token_bytes(BYTES)).rstrip(b"=").decode()
        row = Webhook.objects.create(
            credential_id=actor.credential,
            organisation_id=actor.organisation,
            url=url,
            sealed_secret=sealer_for_institutions().seal(secret.encode(), owner(actor.organisation, url)),
            after_xid=place.xid,
            after_id=place.id,
        )
        now.note(webhook=row.pk)
        return Told(id=row.pk, url=url, secret=secret)


def listed(actor: Actor) -> tuple[WebhookRow, ...]:
    """The institution's open webhooks; raises NotAllowed."""
    with institution.looking(actor, Permission.VERIFY):
        rows = Webhook.objects.filter(organisation=actor.organisation, closed_at=None).order_by("pk")
        return tuple(map(_row, rows))


def resume(actor: Actor, webhook_id: int) -> WebhookRow:
    """Call again at once, from where it stands; raises NotFound."""
    with institution.acting(actor, Permission.VERIFY, "webhook.resume") as now:
        row = _found(actor, webhook_id)
        now.note(webhook=row.pk)
        Webhook.objects.filter(pk=row.pk).update(failures=0, next_try=Now())
        row.refresh_from_db()
        return _row(row)


def close(actor: Actor, webhook_id: int) -> None:
    """Never call it again; raises NotFound."""
    with institution.acting(actor, Permission.VERIFY, "webhook.close") as now:
        row = _found(actor, webhook_id)
        now.note(webhook=row.pk)
        Webhook.objects.filter(pk=row.pk).update(closed_at=Now())


def owner(organisation: int, url: str) -> bytes:
    """What a webhook's secret is bound to."""
    return f"webhook:{organisation}:{url}".encode()


def _found(actor: Actor, webhook_id: int) -> Webhook:
    rows = Webhook.objects.select_for_update().filter(organisation=actor.organisation, closed_at=None)
    row = rows.filter(pk=webhook_id).first()
    if row is None:
        raise NotFound("There is no such webhook.")
    return row


def _row(row: Webhook) -> WebhookRow:
    state = "stopped" if row.failures >= PATIENCE else "failing" if row.failures else "working"
    return WebhookRow(
        id=row.pk,
        url=row.url,
        state=state,
        failures=row.failures,
        next_try=row.next_try,
        created_at=row.created_at,
    )
