"""The readers on desks (issue 4, 3): PCs paired with the workbench by a code, and who sits at which.

A clerk's acts on cards go to the readers of the station he sits at. Pairing is one act at the workbench (a code, good
once and for ten minutes) and one at the PC (typing it). 40 random bits, few codes open: guessing them over the network
finds none in a lifetime, so wrong ones are not counted.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from healthcard.domain.permissions import Permission
from healthcard.services import acting
from healthcard.services import actor as actors
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.errors import Invalid, NotAuthenticated, NotFound
from healthcard.services.line import signatures
from healthcard.services.line.client import line
from healthcard.services.line.failures import LineGone
from healthcard.services.line.seats import seal_owner
from healthcard.services.sealing import sealer
from healthcard.storage.models import Station

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another
READ_AS = str.maketrans("OIL", "011")
CODE_LENGTH = 8
GOOD_FOR = timedelta(minutes=10)
SECRET_BYTES = 32
LATE_SECONDS = 25.0  # a station that was not heard for so long is not there
USERS = (Permission.DESK_ACT, Permission.CARD_PERSONALISE)  # who has work for a reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A code for one PC, shown this once ("7KQ4-9MXP"), and until when it can be typed there."""

    code: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What a PC is told when it is paired: its number, the secret (64 hexadecimal digits), our proof."""

    station: int
    secret: str = field(repr=False)
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRow:
    """One reader of a station, and whether a card lies in it."""

    name: str
    card: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRow:
    """A station of the actor's organisation; `mine`: he sits at it, `there`: it was heard just now."""

    id: int
    name: str
    mine: bool
    taken_by: str
    last_seen: datetime | None
    there: bool = False
    readers: tuple[ReaderRow, ...] = ()


def invite(actor: Actor) -> Invitation:
    """A code by which a PC becomes a station of the actor's organisation, with the actor sitting at it."""
    account = _account(actor)
    with act(actor, office(actor), "station.invite") as now:
        at, _ = acting.clock()
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        fresh = {"code_digest": _digest(code), "code_until": at + GOOD_FOR, "organisation_id": actor.organisation}
        row, _ = Station.objects.update_or_create(paired_by_id=account, paired_at=None, closed_at=None, defaults=fresh)
        now.note(station=row.pk)
        return Invitation(code=f"{code[:4]}-{code[4:]}", until=at + GOOD_FOR)


def pair(code: str, name: str, challenge: str, *, address: str = "", request: str = "") -> Paired:
    """Pair the PC at which `code` was typed; works once. Raises NotAuthenticated for a wrong, used or late code."""
    read = _read(code)
    secret = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        at, _ = acting.clock()
        rows = Station.objects.select_for_update().filter(code_digest=_digest(read), closed_at=None)
        row = rows.filter(code_until__gt=at, paired_by__is_active=True).first()
        if row is None:
            raise NotAuthenticated(
                "配对码不对、已用过或已过期，请在工作台重新取码。 This code is wrong, used or too old."
            )
        who = actors.of_account(row.paired_by_id, address=address, request=request)
        with act(who, office(who), "station.pair") as now:
            Station.objects.filter(account_id=row.paired_by_id, closed_at=None).update(account=None)
            Station.objects.filter(pk=row.pk).update(
                name=name[:60],
                account_id=row.paired_by_id,
                code_digest=None,
                sealed_secret=sealer().seal(secret, seal_owner(row.pk)),
                paired_at=Now(),
            )
            now.note(station=row.pk, name=name[:60])
    _renew()
    proof = signatures.paired(read, challenge=challenge, station=row.pk, secret=secret.hex())
    return Paired(station=row.pk, secret=secret.hex(), proof=proof)


def of(actor: Actor) -> tuple[StationRow, ...]:
    """The stations of the actor's organisation, his own first, with what its readers hold."""
    actor.require(office(actor))
    rows = Station.objects.filter(organisation=actor.organisation, closed_at=None).exclude(paired_at=None)
    told = [_row(row, actor) for row in rows.select_related("account").order_by("id")]
    return tuple(sorted(told, key=lambda row: not row.mine))


def sit(actor: Actor, station: int) -> None:
    """From now on the actor's acts on cards go to this station; whoever sat there sits nowhere. Raises NotFound."""
    account = _account(actor)
    with act(actor, office(actor), "station.sit") as now:
        row = _locked(actor, station)
        Station.objects.filter(account_id=account, closed_at=None).exclude(pk=row.pk).update(account=None)
        Station.objects.filter(pk=row.pk).update(account_id=account)
        now.note(station=row.pk, before=row.account_id)


def close(actor: Actor, station: int) -> None:
    """The station is no more: its secret is forgotten. Raises NotFound."""
    with act(actor, office(actor), "station.close") as now:
        row = _locked(actor, station)
        Station.objects.filter(pk=row.pk).update(closed_at=Now(), account=None, sealed_secret=None)
        now.note(station=row.pk)
    _renew()


def mine(actor: Actor) -> Station | None:
    """The station the actor sits at."""
    return Station.objects.filter(account_id=_account(actor), closed_at=None).exclude(paired_at=None).first()


def office(actor: Actor) -> Permission:
    """What lets the actor use readers; raises NotAllowed."""
    allowed = next((each for each in USERS if actor.may(each)), USERS[0])
    actor.require(allowed)
    return allowed


def _row(row: Station, actor: Actor) -> StationRow:
    plain = StationRow(
        id=row.pk,
        name=row.name,
        mine=row.account_id is not None and row.account_id == actor.account,
        taken_by=row.account.full_name if row.account else "",
        last_seen=row.last_seen,
    )
    return _with_readers(plain) if plain.mine else plain


def _with_readers(row: StationRow) -> StationRow:
    try:
        seen = line().seen(row.id)
    except LineGone:
        return row
    readers = tuple(ReaderRow(name=each["name"], card=each["card"]) for each in seen["readers"])
    there = seen["heard"] is not None and seen["heard"] < LATE_SECONDS
    return StationRow(
        id=row.id,
        name=row.name,
        mine=row.mine,
        taken_by=row.taken_by,
        last_seen=row.last_seen,
        there=there,
        readers=readers if there else (),
    )


def _locked(actor: Actor, station: int) -> Station:
    rows = Station.objects.select_for_update().filter(pk=station, organisation=actor.organisation, closed_at=None)
    row = rows.exclude(paired_at=None).first()
    if row is None:
        raise NotFound("There is no such station.")
    return row


def _account(actor: Actor) -> int:
    """The login behind the actor, who may use readers; raises NotAllowed, Invalid for machines."""
    office(actor)
    if actor.account is None:
        raise Invalid("account", "读写站由登录的人使用", "A station is used by people who logged in.")
    return actor.account


def _read(typed: str) -> str:
    return "".join(letter for letter in typed.upper() if letter.isalnum()).translate(READ_AS)


def _digest(code: str) -> bytes:
    return hashlib.new("sm3", code.encode()).digest()


def _renew() -> None:
    """Have the line look at the table; where it does not answer it does so by itself in half a minute."""
    try:
        line().renew_stations()
    except LineGone:
        return
