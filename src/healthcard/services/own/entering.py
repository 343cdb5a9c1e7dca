"""A resident enters: by the number of his document and a code that is sent to the telephone on record.

Nobody learns from the answers who is on file: they are the same for everybody. Codes hold for minutes, wrong ones are
counted for the person and not for the visit, and what happens is in the audit.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from healthcard.domain import identity
from healthcard.domain.resident import Document
from healthcard.services import audit, scope
from healthcard.services.acting import alone_with_person
from healthcard.services.actor import Actor
from healthcard.services.authority.login import HERE
from healthcard.services.errors import NotAuthenticated, TooMany
from healthcard.services.people import finding, residents
from healthcard.storage import statements
from healthcard.storage.models import Organisation, OrganisationKind, Resident

HOLDS = 300  # seconds a code holds
CODES, WRONG = 5, 5  # codes sent to one person, and wrong ones from him, within an hour
FLOOD, AGAIN = 30, 600  # questions from one address within so many seconds
REFUSED = "The code is wrong or too old: ask for another one. 验证码有误或已过期，请重新获取。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a visit keeps until the code is typed in: for whom (0 = nobody), the code's digest, when it was sent.

    `shown` is the code in a demo, where no messages go out; otherwise ''.
    """

    resident: int
    digest: str = field(repr=False)
    at: int
    shown: str = field(default="", repr=False)


def is_offered() -> bool:
    """Whether anybody can enter: where no messages are sent yet only a demo, which shows the code on the screen."""
    return bool(settings.DEMO)


def ask(number: str, *, address: str = "") -> Challenge:
    """Send a code to whoever has a document of this number; the answer tells nobody whether there is such a person.

    Raises TooMany for an address that asks again and again.
    """
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        _require_calm(address)
        resident = _served(number)
        code = f"{secrets.randbelow(10**6):06}"
        is_sent = bool(resident) and _happened(resident, "own.ask") < CODES
        audit.write(actor=visitor(address), action="own.ask", operation=uuid4(), resident=resident or None)
        ((now,),) = statements.fetch(_NOW, [])
    whom = resident if is_sent else 0
    return Challenge(resident=whom, digest=_digest(whom, code), at=now, shown=code if is_offered() else "")


def prove(challenge: Challenge, code: str, *, address: str = "") -> int:
    """Whose code it is: the resident's id. Raises NotAuthenticated, the same for every reason; noted in the audit."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        if challenge.resident:
            alone_with_person(challenge.resident)
        reason = _judged(challenge, "".join(code.split()))
        action = "own.refuse" if reason else "own.enter"
        facts = {"reason": reason} if reason else {}
        whom = challenge.resident or None
        audit.write(actor=visitor(address), action=action, operation=uuid4(), resident=whom, facts=facts)
    if reason:
        raise NotAuthenticated(REFUSED)
    return challenge.resident


def _judged(challenge: Challenge, code: str) -> str:
    """Why this is not he; '' when it is."""
    ((now,),) = statements.fetch(_NOW, [])
    if not challenge.resident:
        return "unknown"
    if _happened(challenge.resident, "own.refuse") >= WRONG:
        return "resting"
    if now - challenge.at > HOLDS:
        return "old"
    return "" if hmac.compare_digest(challenge.digest, _digest(challenge.resident, code)) else "code"


def _served(number: str) -> int:
    """The resident with a document of this number who is alive, on file and has a telephone; 0 for nobody."""
    found = next((one for each in _documents(number) if (one := finding.holder(each))), 0)
    row = Resident.objects.filter(pk=found, died_on=None, merged_into=None, erased_at=None).first() if found else None
    if row is None or not residents.opened(row.pk).phones:
        return 0
    alone_with_person(row.pk)
    return row.pk


def _documents(number: str) -> list[Document]:
    found = []
    for kind in (identity.CITIZEN, *identity.SHAPES):
        try:
            found.append(identity.document(kind, number))
        except identity.NumberRefused:
            continue
    return list(dict.fromkeys(found))


def _digest(resident: int, code: str) -> str:
    """A code is short: its digest is keyed, and good for this person alone."""
    return hmac.new(settings.SECRET_KEY.encode(), f"own:{resident}:{code}".encode(), hashlib.sha256).hexdigest()


def _happened(resident: int, action: str) -> int:
    ((number,),) = statements.fetch(_HAPPENED, [resident, action])
    return int(number)


_NOW = "SELECT extract(epoch FROM clock_timestamp())::bigint"
_HAPPENED = """
    SELECT count(*) FROM audit_entry WHERE resident = %s AND action = %s AND at > now() - interval '1 hour'"""


def _require_calm(address: str) -> None:
    """One address does not ask for everybody's code; asked of the newest entries only."""
    if address in HERE:
        return
    ((asked,),) = statements.fetch(_FROM_ADDRESS, {"address": address[:60], "seconds": AGAIN})
    if asked >= FLOOD:
        raise TooMany("Too many questions from this address. 操作过于频繁，请稍后再试。", AGAIN)


_FROM_ADDRESS = """
    SELECT count(*) FROM audit_chain, LATERAL (
        SELECT action, at, body FROM audit_entry WHERE audit_entry.chain = audit_chain.chain ORDER BY seq DESC LIMIT 200
    ) AS newest
    WHERE action IN ('own.ask', 'own.refuse') AND at > now() - make_interval(secs => %(seconds)s)
        AND convert_from(body, 'UTF8')::jsonb #>> '{who,address}' = %(address)s"""


def visitor(address: str) -> Actor:
    """Somebody before he proved who he is: he may nothing, and stands nowhere but at the root."""
    root = (
        Organisation.objects.filter(kind=OrganisationKind.MINISTRY).order_by("pk").values_list("pk", flat=True).first()
    )
    return Actor(
        account=None, name="resident", organisation=root or 0, permissions=frozenset(), path="/", address=address
    )
