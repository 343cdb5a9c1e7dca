"""The gates before making and issue: what is on file today is asked at once, the table says which check stands where.

`require(gate, ...)` is the one way through; checks, words, articles and advice are `domain/admission/gates.toml`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, LiteralString

from healthcard.domain.admission import gates as table
from healthcard.services.actor import Actor
from healthcard.services.authority.issuing_body import above
from healthcard.storage import statements
from healthcard.storage.models import Organisation

_AUTHORITY: Final = ("issue_authorised", "making_delegated")
_SUPPLY: Final = (
    *("product_filed", "certificate_valid", "product_selected", "selection_filed", "maker_admitted"),
    *("script_accepted", "sample_approved", "production_open", "issue_open"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What goes through a gate: cards of an issuer and product (by its script's name), made at `place`, on a day."""

    issuer: Organisation
    place: Organisation
    day: date
    product: str = ""


def require(gate: str, case: Case) -> None:
    """Raise TransitionRefused for the first check of `gate` that does not hold."""
    table.require(gate, _told(gate, case), product=case.product, day=case.day.isoformat())


def standing(gate: str, case: Case) -> tuple[str, ...]:
    """The checks of `gate` that do not hold now, all of them: what a screen shows before anything is tried."""
    return table.open_checks(gate, _told(gate, case))


def place_of(actor: Actor) -> Organisation:
    """Where the actor works."""
    return Organisation.objects.get(pk=actor.organisation)


def _told(gate: str, case: Case) -> dict[str, bool]:
    """What the record says of each check that `gate` asks."""
    asked = set(table.GATES[gate])
    told: dict[str, bool] = {}
    if asked & set(_AUTHORITY):
        told |= _row(_AUTHORITY, _AUTHORITY_QUERY, case)
    if asked & set(_SUPPLY):
        told |= _row(_SUPPLY, _SUPPLY_QUERY, case)
    return told


def _row(names: tuple[str, ...], query: LiteralString, case: Case) -> dict[str, bool]:
    place, issuer = case.place, case.issuer
    given = {
        "issuer": issuer.pk,
        "issuer_path": issuer.path,
        "day": case.day,
        "above": above(place.path),
        "central": issuer.path.startswith(place.path),
        "product": case.product,
        "credit_code": place.credit_code if place.kind == "maker" else None,
        "script": script_digest(case.product) if case.product else b"",
    }
    (row,) = statements.fetch(query, given)
    return dict(zip(names, row, strict=True))


@cache
def script_digest(product: str) -> bytes:
    """SM3 (32 bytes) of the script file that making uses for a product; b"" where there is none."""
    file = files("healthcard.perso").joinpath("cos", f"{product}.toml")
    return hashlib.new("sm3", file.read_bytes()).digest() if file.is_file() else b""


_AUTHORITY_QUERY: Final[LiteralString] = """
    WITH held AS (SELECT kind, grantee_id FROM authorisation WHERE valid_from <= %(day)s AND filed_on <= %(day)s
        AND (valid_to IS NULL OR valid_to > %(day)s))
    SELECT EXISTS (SELECT FROM held WHERE kind = 'issue' AND grantee_id = %(issuer)s),
        %(central)s OR EXISTS (SELECT FROM held WHERE kind = 'making' AND grantee_id = ANY(%(above)s))"""
_SUPPLY_QUERY: Final[LiteralString] = """
    WITH cos AS (SELECT * FROM dossier WHERE product = %(product)s AND standing <> 'none'
        ORDER BY standing = 'withdrawn', id DESC LIMIT 1),
    needed AS (SELECT dossier.* FROM dossier, cos WHERE dossier.id IN (cos.id, cos.basis_id)),
    chosen AS (SELECT dossier_id, filed_on <= %(day)s AS filed FROM selection WHERE organisation_id = %(issuer)s
        AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)),
    maker AS (SELECT dossier.id FROM chosen JOIN dossier ON dossier.id = dossier_id
            JOIN producer ON producer.id = producer_id
        WHERE kind = 'admission' AND field = 'card' AND filed AND in_force(dossier.id, %(day)s)
            AND (%(credit_code)s::text IS NULL OR credit_code = %(credit_code)s)),
    blocked AS (SELECT act FROM supply_order JOIN organisation ON organisation.id = organisation_id
        WHERE act IN ('block_production', 'block_issue') AND confirmed_at IS NOT NULL
            AND starts_with(%(issuer_path)s, path) AND (SELECT id FROM cos) IN (SELECT touched(dossier_id))
            AND NOT EXISTS (SELECT FROM supply_order lift
                WHERE lift.lifts_id = supply_order.id AND lift.confirmed_at IS NOT NULL))
    SELECT
        EXISTS (SELECT FROM cos WHERE standing <> 'withdrawn'),
        coalesce((SELECT bool_and(on_short_list(id, %(day)s)) FROM needed), false),
        coalesce((SELECT bool_and(id IN (SELECT dossier_id FROM chosen)) FROM needed), false),
        coalesce((SELECT bool_and(id IN (SELECT dossier_id FROM chosen WHERE filed)) FROM needed), false),
        EXISTS (SELECT FROM maker),
        EXISTS (SELECT FROM cos_script WHERE organisation_id = %(issuer)s AND dossier_id = (SELECT id FROM cos)
            AND kind = 'script' AND digest = %(script)s AND second_at IS NOT NULL AND ended_at IS NULL),
        EXISTS (SELECT FROM sample_card WHERE organisation_id = %(issuer)s AND dossier_id = (SELECT id FROM cos)
            AND maker_id IN (SELECT id FROM maker) AND approved_at IS NOT NULL),
        NOT EXISTS (SELECT FROM blocked WHERE act = 'block_production'),
        NOT EXISTS (SELECT FROM blocked WHERE act = 'block_issue')"""
