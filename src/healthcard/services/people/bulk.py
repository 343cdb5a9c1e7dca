"""Many made cards at once, with the histories they would have, for benchmarks. Their chips exist on paper only.

Every rule of the database holds for them as for any card: serials from the issuer's sequence, one card a person, a
finished job with its intent and outcome. Never in production.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256

from django.db import connection

from healthcard.card.os.product import Product
from healthcard.card.os.products import PRODUCTS
from healthcard.card.wire.status import OK
from healthcard.domain.permissions import Permission
from healthcard.domain.synthetic import resident
from healthcard.perso import application
from healthcard.perso.products import products
from healthcard.services.acting import Act, act
from healthcard.services.actor import Actor
from healthcard.services.authority import issuers
from healthcard.services.people import residents
from healthcard.services.workshop import cards
from healthcard.storage.models import IssuerIdentity, Organisation, Resident

BATCH = 5_000
SEED = 7  # others than the people of the demo
ACT = "bulk load of a synthetic card"
CHIPS_FROM = 0x40000000  # serial numbers of chips on paper, far from those in the rack

Progress = Callable[[int, int], None]


def load(actor: Actor, wanted: int, today: date, on_progress: Progress) -> int:
    """Add `wanted` synthetic residents with a made card each; how many cards. Continues where the last load ended."""
    actor.require(Permission.CARD_PERSONALISE)
    home = Organisation.objects.get(pk=actor.organisation)
    issuer = issuers.identity(home, today)
    at = Resident.objects.filter(home=home).count()
    made = 0
    while made < wanted:  # somebody may be on file already: then the next one is taken
        size = min(BATCH, wanted - made)
        with act(actor, Permission.CARD_PERSONALISE, "bulk.load") as now:
            made += _batch(now, home, issuer, range(at, at + size), today)
        at += size
        on_progress(made, wanted)
    return made


def _batch(now: Act, home: Organisation, issuer: IssuerIdentity, indexes: range, today: date) -> int:
    """People, cards and jobs of one transaction."""
    last = Resident.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    residents.stored([resident(index, SEED) for index in indexes], home.pk)
    people = list(Resident.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True))
    if not people:
        return 0
    first = _reserve(issuer.code, len(people))
    names = sorted(PRODUCTS)
    rows = [_card(PRODUCTS[names[number % len(names)]], number) for number in range(first, first + len(people))]
    columns: list[list[object]] = [list(people), *(list(column) for column in zip(*rows, strict=True))]
    _insert(now, columns, (issuer.pk, issuer.code, home.division, today, cards.valid_until(home, today)))
    now.note(cards=len(people), first=first)
    return len(people)


def _reserve(code: str, count: int) -> int:
    """`count` serials of an issuer, the first of them; reserved for ever."""
    first = int(issuers.next_serial(code))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE issue_serial SET last = last + %s WHERE issuer_code = %s", [count - 1, code])
    return first


def _card(product: Product, number: int) -> tuple[str, str, str, str, bytes, bytes, bytes]:
    """Serial, product, layout, plan, CHIP8, answer to reset and the digest of a plan that never ran."""
    plan = application.load(products()[product.name].application)
    chip = (CHIPS_FROM + number).to_bytes(product.serial_length, "big")
    serial = f"{number:0{issuers.SERIAL_DIGITS}d}"
    answer, digest = product.answer_to_reset(chip), sha256(serial.encode()).digest()
    name = f"{plan.name} {plan.version}"
    return serial, product.name, plan.layout.name, name, product.chip8(chip), answer, digest


def _insert(now: Act, columns: list[list[object]], issue: tuple[int | str | date, ...]) -> None:
    """Cards, jobs that write, their journal, and the jobs' end: the order every card goes through."""
    *card_columns, digests = columns
    with connection.cursor() as cursor:
        cursor.execute(_CARDS, [*issue, *card_columns])
        cards_made = [card for (card,) in cursor.fetchall()]
        cursor.execute(_EVENTS, [1, "ordered", '{"place": "maker"}', now.operation, now.actor.organisation, cards_made])
        cursor.execute(_JOBS, [cards_made, digests])
        jobs = [job for (job,) in cursor.fetchall()]
        cursor.execute(_INTENTS, [ACT, jobs, digests])
        cursor.execute(_OUTCOMES, [OK, jobs])
        cursor.execute("UPDATE perso_job SET state = 'finished', closed_at = now() WHERE id = ANY(%s)", [jobs])
        cursor.execute(_EVENTS, [2, "made", '{"life": "made"}', now.operation, now.actor.organisation, cards_made])


_CARDS = """
    INSERT INTO card (issuer_id, issuer_code, city, issued_on, valid_until, kind, life, key_version, ended_because,
        resident_id, issue_serial, product, layout, application_plan, chip8, answer_to_reset)
    SELECT %s, %s, %s, %s, %s, 'formal', 'planned', 1, '', * FROM unnest(
        %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[])
    RETURNING id"""
_EVENTS = """
    INSERT INTO card_event (version, event, changes, operation, organisation_id, card_id)
    SELECT %s, %s, %s::jsonb, %s, %s, * FROM unnest(%s::bigint[])"""
_JOBS = """
    INSERT INTO perso_job (card_id, product, chip8, state, plan_digest, reason, opened_at)
    SELECT card.id, product, chip8, 'writing', digest, '', now()
    FROM unnest(%s::bigint[], %s::bytea[]) AS made (card, digest) JOIN card ON card.id = made.card
    RETURNING id"""
_INTENTS = """
    INSERT INTO perso_intent (job_id, index, act, path, digest, standby)
    SELECT job, 0, %s, '', digest, false FROM unnest(%s::bigint[], %s::bytea[]) AS made (job, digest)"""
_OUTCOMES = """
    INSERT INTO perso_outcome (job_id, index, sw, how)
    SELECT job, 0, %s, 'sent' FROM unnest(%s::bigint[]) AS made (job)"""
