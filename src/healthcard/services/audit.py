"""The audit: what was done, by whom, for whom, by which rule; chains of entries that only grow (I-32, I-33).

An entry's hash is SM3(previous hash | body); the body is kept as the exact bytes that were hashed. There are several
chains so that acts on different people seldom wait for each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from healthcard.services.actor import Actor
from healthcard.services.sealing import sealer
from healthcard.storage import statements

CHAINS = 8  # of acts on people and cards
APART = 8  # the chain of what concerns nobody in particular: refused logins, parameters, ceremonies


def write(
    *,
    actor: Actor,
    action: str,
    operation: UUID,
    resident: int | None = None,
    card: int | None = None,
    application: int | None = None,
    rule: str = "",
    article: str = "",
    facts: Mapping[str, object] | None = None,
    sealed: Mapping[str, object] | None = None,
) -> None:
    """Append an entry in the caller's transaction, as its last step: the chain is held until the transaction ends."""
    whom = {"resident": resident, "card": card, "application": application}
    body: dict[str, object] = {
        "operation": str(operation),
        "action": action,
        "who": _who(actor),
        "whom": whom,
        "rule": rule,
        "article": article,
        "facts": facts or {},
    }
    if sealed:
        body["sealed"] = _sealed(resident, sealed)
    by = {"account": actor.account, "credential": actor.credential, "organisation": actor.organisation}
    subject = resident or card or application
    chain = APART if subject is None else subject % CHAINS
    _append(chain, body, {"operation": operation, "action": action, **by, **whom})


def _who(actor: Actor) -> dict[str, object]:
    """Who acted, and from where."""
    return {
        "account": actor.account,
        "credential": actor.credential,
        "organisation": actor.organisation,
        "terminal": actor.terminal,
        "address": actor.address,
        "request": actor.request,
    }


def _append(chain: int, body: dict[str, object], columns: Mapping[str, int | str | UUID | None]) -> None:
    """Chain `body`, its place and time added; `columns` are what entries are searched by."""
    ((last, previous, at),) = statements.fetch(_HEAD, [chain])
    place = {"chain": chain, "seq": last + 1}
    whole = {**body, **place, "at": at}
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain).encode()
    digest = chained(previous, text)
    statements.run(_APPEND, {**columns, **place, "body": text, "previous": previous, "hash": digest})


_HEAD = """
    SELECT seq, hash, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    FROM audit_chain WHERE chain = %s FOR UPDATE"""
_APPEND = """
    WITH head AS (UPDATE audit_chain SET seq = %(seq)s, hash = %(hash)s WHERE chain = %(chain)s)
    INSERT INTO audit_entry (chain, seq, operation, at, action, account, credential, organisation,
        resident, card, application, body, previous, hash)
    VALUES (%(chain)s, %(seq)s, %(operation)s, now(), %(action)s, %(account)s, %(credential)s, %(organisation)s,
        %(resident)s, %(card)s, %(application)s, %(body)s, %(previous)s, %(hash)s)"""


def chained(previous: bytes, body: bytes) -> bytes:
    """The hash (32 bytes) of an entry with this `body` after an entry with hash `previous`."""
    return hashlib.new("sm3", previous + body).digest()


def _sealed(resident: int | None, facts: Mapping[str, object]) -> str:
    """Personal data, readable only with the key service and only for this person."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, default=_plain).encode()
    return base64.b64encode(sealer().seal(text, owner(resident))).decode()


def owner(resident: int | None) -> bytes:
    """What sealed parts of entries about a person are bound to."""
    return f"audit:{resident}".encode()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID | bytes):
        return value.hex() if isinstance(value, bytes) else str(value)
    raise TypeError(f"{type(value).__name__} has no place in an audit entry")
