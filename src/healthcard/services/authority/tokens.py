"""Sessions at the API: 32 random bytes that their holder shows with every call; we keep a digest of them.

A token ends by itself when it rests, when its day is over, when its holder leaves, when his login or credential closes.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from healthcard.domain.permissions import GRANTS, Role
from healthcard.services import acting
from healthcard.services.actor import Actor, sight
from healthcard.services.authority import login
from healthcard.services.errors import NotAuthenticated
from healthcard.storage import statements
from healthcard.storage.models import Token

BYTES = 32
LONGEST = timedelta(hours=10)  # a working day with its breaks
MACHINES = timedelta(hours=1)
NOTED_SECONDS = 30  # a use is written down at most this often


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A new session: the token in clear, told this once, and when it ends at the latest."""

    token: str = field(repr=False)
    expires: datetime


def open(  # noqa: A001 - as its caller says it: tokens.open
    username: str,
    password: str,
    code: str,
    terminal: str = "",
    *,
    address: str = "",
    request: str = "",
    new_password: str = "",
) -> Issued:
    """A session of a person. Raises NotAuthenticated, and Refused while the password is not his own: he then gives
    `new_password` with the same call.
    """
    proven = login.prove(username, password, code, terminal=terminal, address=address, request=request)
    if new_password:
        login.replace_password(proven.account, password, new_password, terminal=terminal, address=address)
    else:
        login.require_own_password(proven)
    return _issue(LONGEST, proven.idle_seconds, terminal, account_id=proven.account)


def open_for_machine(credential_id: int, terminal: str = "") -> Issued:
    """A session of a machine that `credentials.prove` knows."""
    return _issue(MACHINES, int(MACHINES.total_seconds()), terminal, credential_id=credential_id)


def actor(token: str, *, address: str = "", request: str = "") -> Actor:
    """Whose token it is, for every call of the API; raises NotAuthenticated."""
    digest = _digest(token)
    rows = statements.fetch(_WHO, [digest])
    if not rows:
        raise NotAuthenticated("This session ended: log in again. 会话已结束，请重新登录。")
    ((account, credential, name, role, organisation, path, above, terminal, rested),) = rows
    if rested >= NOTED_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE token SET used_at = clock_timestamp() WHERE digest = %s", [digest])
    return Actor(
        account=account,
        credential=credential,
        name=name,
        organisation=organisation,
        permissions=GRANTS[Role(role)],
        path=sight(Role(role), path, above),
        terminal=terminal,
        address=address,
        request=request,
    )


def close(token: str) -> None:
    """End a session; one that ended already stays so."""
    with transaction.atomic():
        try:
            who = actor(token)
        except NotAuthenticated:
            return
        Token.objects.filter(digest=_digest(token), closed_at=None).update(closed_at=Now())
        login.left(who)


# One question for every call. A login that was closed, given another organisation or another role counts at once.
_WHO = """
    SELECT token.account_id, token.credential_id, coalesce(account.full_name, credential.name),
        coalesce(account.role, credential.role), organisation.id, organisation.path, coalesce(above.path, ''),
        token.terminal, extract(epoch FROM clock_timestamp() - token.used_at)
    FROM token
    LEFT JOIN account ON account.id = token.account_id AND account.is_active
    LEFT JOIN credential ON credential.id = token.credential_id AND credential.revoked_at IS NULL
        AND (credential.valid_to IS NULL OR credential.valid_to > clock_timestamp())
    JOIN organisation ON organisation.id = coalesce(account.organisation_id, credential.organisation_id)
        AND organisation.closed_on IS NULL
    LEFT JOIN organisation above ON above.id = organisation.parent_id AND organisation.kind = 'desk'
    WHERE token.digest = %s AND token.closed_at IS NULL AND token.expires_at > clock_timestamp()
        AND token.used_at + token.idle_seconds * interval '1 second' > clock_timestamp()"""


def _issue(longest: timedelta, idle_seconds: int, terminal: str, **holder: int) -> Issued:
    token = urlsafe_b64encode(secrets.token_bytes(BYTES)).rstrip(b"=").decode()
    with transaction.atomic():
        now, _ = acting.clock()
        expires = now + longest
        Token.objects.create(
            digest=_digest(token), terminal=terminal[:60], expires_at=expires, idle_seconds=idle_seconds, **holder
        )
    return Issued(token=token, expires=expires)


def _digest(token: str) -> bytes:
    """SM3: the token itself is random enough."""
    return hashlib.new("sm3", token.encode()).digest()
