"""A resident's own page: his card in plain words, his applications, who asked about him.

It is read as a database role that sees the rows of this one resident and nothing that is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from healthcard.domain.forms import FORMS
from healthcard.domain.identity import mask
from healthcard.domain.purposes import PURPOSES, Purpose
from healthcard.domain.reasons import REASONS
from healthcard.services import scope
from healthcard.services.authority import parameters
from healthcard.services.errors import NotFound
from healthcard.storage import statements
from healthcard.storage.roles import RESIDENT

MOST = 50  # rows of each list: a page on a telephone


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCard:
    """A card: its serial masked, whether it may be used and otherwise why not, in words of the table of reasons."""

    serial_masked: str
    is_temporary: bool
    usable: bool
    reason: str
    zh: str
    en: str
    place: str
    desk: str
    loss: str
    loss_until: datetime | None
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApplication:
    """An application and how far it has come."""

    number: str
    zh: str
    en: str
    state: str
    desk: str
    accepted_at: datetime
    due_on: date | None
    opinion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked about this person: an organisation, for what (in both languages where a table has it), when."""

    at: datetime
    organisation: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Everything the page shows; `is_child`: whoever looks does it as guardian, to whose telephone the code went."""

    name_masked: str
    document_masked: str
    home: str
    is_child: bool
    cards: tuple[OwnCard, ...]
    applications: tuple[OwnApplication, ...]
    askers: tuple[Asker, ...]

    @property
    def may_report(self) -> bool:
        """Whether there is a card that a loss report would freeze."""
        return any(card.reason != "ended" and card.loss == "none" and card.place == "holder" for card in self.cards)


def page(resident_id: int) -> Own:
    """The page of a resident who has entered; raises NotFound when he is not served any more."""
    with _as_resident(resident_id):
        found = statements.fetch(_PERSON, [resident_id])
        if not found:
            raise NotFound("There is no such person on file.")
        ((name, document, home, path, birth_year, today),) = found
        cards = tuple(_card(*row) for row in statements.fetch(_CARDS, [resident_id, MOST]))
        asked = tuple(_application(*row) for row in statements.fetch(_APPLICATIONS, [resident_id, MOST]))
        askers = tuple(_asker(*row) for row in statements.fetch(_ASKERS, {"person": resident_id, "most": MOST}))
    grown_up = parameters.at(path, today).number("age.guardian")
    return Own(
        name_masked=name,
        document_masked=document,
        home=home,
        is_child=today.year - birth_year < grown_up,
        cards=cards,
        applications=asked,
        askers=askers,
    )


@contextmanager
def _as_resident(resident_id: int) -> Iterator[None]:
    """A transaction in which the database shows the rows of one resident, to a role that may read a few columns.

    On an operator's server without that role the statements' own conditions and the home's part of the tree hold.
    """
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        ((known, _),) = statements.fetch(_WHOSE, [RESIDENT, str(resident_id)])
        if known:
            statements.run(_BECOME, [])
        yield
        statements.run(_BE_AGAIN, [])  # after an error the transaction's end does it
        scope.limit(scope.NOBODY)


_WHOSE = """SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')),
    set_config('healthcard.person', %s, true)"""
_BECOME = f"SET LOCAL ROLE {RESIDENT}"
_BE_AGAIN = "SET LOCAL ROLE NONE"
_PERSON = """
    SELECT name_masked, document_masked, organisation.name, home_path, birth_year,
        (now() AT TIME ZONE 'Asia/Shanghai')::date
    FROM resident JOIN organisation ON organisation.id = home_id
    WHERE resident.id = %s AND merged_into_id IS NULL AND erased_at IS NULL"""
_CARDS = """
    SELECT issue_serial, card.kind, unusable_because(card, now()), place, coalesce(organisation.name, ''), loss,
        loss_until, valid_until
    FROM card LEFT JOIN organisation ON organisation.id = place_org_id
    WHERE resident_id = %s AND life <> 'scrapped' ORDER BY card.id DESC LIMIT %s"""
_APPLICATIONS = """
    SELECT number, application.kind, state, organisation.name, accepted_at, due_on, opinion
    FROM application JOIN organisation ON organisation.id = desk_id
    WHERE resident_id = %s ORDER BY application.id DESC LIMIT %s"""
_ASKERS = """
    SELECT at, organisation.name, purpose, what FROM (
        SELECT at, organisation_id, '' AS purpose, what FROM access WHERE resident_id = %(person)s
        UNION ALL
        SELECT at, organisation_id, purpose, '' FROM verification JOIN card ON card.id = card_id
        WHERE resident_id = %(person)s) AS asked
    JOIN organisation ON organisation.id = organisation_id ORDER BY at DESC LIMIT %(most)s"""


def _card(
    serial: str, kind: str, reason: str, place: str, desk: str, loss: str, until: datetime | None, valid: date
) -> OwnCard:
    return OwnCard(
        serial_masked=mask(serial),
        is_temporary=kind == "temporary",
        usable=reason == "usable",
        reason=reason,
        zh=REASONS[reason].zh,
        en=REASONS[reason].en,
        place=place,
        desk=desk if place == "desk" else "",
        loss=loss,
        loss_until=until,
        valid_until=valid,
    )


def _application(
    number: str, kind: str, state: str, desk: str, at: datetime, due: date | None, opinion: str
) -> OwnApplication:
    return OwnApplication(
        number=number,
        zh=FORMS[kind].zh,
        en=FORMS[kind].en,
        state=state,
        desk=desk,
        accepted_at=at,
        due_on=due,
        opinion=opinion if state == "rejected" else "",
    )


def _asker(at: datetime, organisation: str, purpose: str, what: str) -> Asker:
    words = PURPOSES[Purpose(purpose)] if purpose else None
    return Asker(at=at, organisation=organisation, zh=words.zh if words else what, en=words.en if words else what)
