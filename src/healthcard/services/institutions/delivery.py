"""Deliveries to webhooks: the changes of the feed, in its order, signed, again until they are taken (I-43).

No transaction is open while we wait for somebody's server: the feed shows nothing past the oldest one. Who was claimed
by a worker that died is called again when the claim is over; a change may so come twice, never out of order.
"""

from __future__ import annotations

import hmac
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection, transaction

from healthcard.services import scope
from healthcard.services.institutions import changes, destinations
from healthcard.services.institutions.changes import Feed, Position
from healthcard.services.institutions.destinations import CallFailed
from healthcard.services.institutions.webhooks import PATIENCE, owner
from healthcard.services.sealing import SealBroken, sealer_for_institutions

AT_ONCE = 8  # webhooks called in one round
CHANGES = 100  # in one call
CLAIM_SECONDS = 60  # longer than any call takes
FIRST_WAIT = 10  # seconds after the first failure; doubled with each
LONGEST_WAIT = 3600
_Claim = tuple[int, int, str, bytes, int, int, datetime]
_LOG = logging.getLogger("healthcard.webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to make: where to, what, and the place of the feed it reaches."""

    webhook: int
    url: str
    body: bytes
    headers: dict[str, str]
    reaches: Position


def deliver_due() -> int:
    """Call every webhook that has something to be told and is due, some at a time; how many took it."""
    scope.limit(scope.EVERYBODY)
    calls = [call for row in _claimed() if (call := _prepared(row)) is not None]
    if not calls:
        return 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failures = list(pool.map(_made, calls))
    for call, failure in zip(calls, failures, strict=True):
        _keep(call, failure)
    return failures.count("")


def _prepared(row: _Claim) -> Call | None:
    """The call to make; None, and a failure kept, where the secret does not open any more."""
    try:
        return _call(*row)
    except SealBroken as error:
        _failed(row[0], str(error))
        return None


def signature(secret: str, timestamp: str, delivery: str, body: bytes) -> str:
    """What the header Healthcard-Signature says: HMAC-SM3 and HMAC-SHA256 over timestamp.delivery.body."""
    message = b".".join((timestamp.encode(), delivery.encode(), body))
    codes = {name: hmac.new(secret.encode(), message, name).hexdigest() for name in ("sm3", "sha256")}
    return ",".join(f"{name}={code}" for name, code in codes.items())


def _claimed() -> list[_Claim]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"patience": PATIENCE, "most": AT_ONCE, "seconds": CLAIM_SECONDS})
        rows: list[_Claim] = cursor.fetchall()
    return rows


_CLAIM = """
    UPDATE webhook SET next_try = now() + %(seconds)s * interval '1 second'
    WHERE id IN (
        SELECT webhook.id FROM webhook
        JOIN credential ON credential.id = webhook.credential_id AND credential.revoked_at IS NULL
            AND (credential.valid_to IS NULL OR credential.valid_to > now())
        JOIN organisation ON organisation.id = webhook.organisation_id AND organisation.closed_on IS NULL
        WHERE webhook.closed_at IS NULL AND failures < %(patience)s AND next_try <= now()
            AND EXISTS (SELECT FROM card_change AS change WHERE (change.xid, change.id) > (after_xid, after_id)
                AND change.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
        ORDER BY next_try LIMIT %(most)s FOR UPDATE OF webhook SKIP LOCKED)
    RETURNING id, organisation_id, url, sealed_secret, after_xid, after_id, now()"""


def _call(webhook: int, organisation: int, url: str, sealed: bytes, xid: int, row: int, now: datetime) -> Call:
    feed = changes.read(Position(xid, row), CHANGES)
    body = _body(feed)
    secret = sealer_for_institutions().open(bytes(sealed), owner(organisation, url)).decode()
    delivery = f"{webhook}.{feed.position.xid}.{feed.position.id}"
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Healthcard-Delivery": delivery,
        "Healthcard-Timestamp": timestamp,
        "Healthcard-Signature": signature(secret, timestamp, delivery, body),
    }
    return Call(webhook=webhook, url=url, body=body, headers=headers, reaches=feed.position)


def _body(feed: Feed) -> bytes:
    items = [{**asdict(change), "at": change.at.isoformat()} for change in feed.changes]
    return json.dumps({"items": items}, ensure_ascii=False, separators=(",", ":")).encode()


def _made(call: Call) -> str:
    """Why it failed, '' when it was taken. Runs beside others: it asks the database nothing."""
    try:
        destinations.post(call.url, call.body, call.headers)
    except CallFailed as failure:
        return str(failure)
    return ""


def _keep(call: Call, failure: str) -> None:
    if failure:
        _failed(call.webhook, failure)
        return
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [*call.reaches, call.webhook])


def _failed(webhook: int, why: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, [FIRST_WAIT, LONGEST_WAIT, webhook])
        (failures,) = cursor.fetchone() or (0,)
    if failures >= PATIENCE:
        _LOG.warning("Webhook %s rests after %s failures: %s", webhook, failures, why)


_TAKEN = """
    UPDATE webhook SET after_xid = %s, after_id = %s, failures = 0, next_try = now()
    WHERE id = %s AND closed_at IS NULL"""
_FAILED = """
    UPDATE webhook SET failures = failures + 1,
        next_try = now() + least(%s * 2 ^ failures, %s) * interval '1 second'
    WHERE id = %s AND closed_at IS NULL RETURNING failures"""
