"""A country in small: organisations in every relation to one office, somebody in every role at each."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager

import pytest
from belongings import TODAY, Belongings
from endpoints import Line

from doubles.supply import Supply
from healthcard.domain.permissions import GRANTS, Role

# Where somebody works, as seen from the office whose people and cards the requests are about; `self` is the holder.
RELATIONS = ("own", "same_city", "above", "below", "beside", "foreign", "self")
SEATS = ("province", "ministry")  # where alone some things are decided: there `own` is that place
_TREE = (
    ("ministry", None, "ministry", "000000", None),
    ("province", "ministry", "province", "990000", "9" * 22),
    ("above", "province", "city", "990100", None),
    ("own", "above", "implementer", "990101", None),
    ("below", "own", "desk", "990101", None),
    ("same_city", "above", "implementer", "990102", None),
    ("other_city", "province", "city", "990200", None),
    ("beside", "other_city", "implementer", "990201", None),
    ("foreign", "ministry", "province", "980000", "8" * 22),
)


@contextmanager
def country():
    """The world with its tokens `role.relation` and a card line without a card; nothing of it stays."""
    from django.db import transaction

    from healthcard.api.desk import card_sessions, stations
    from healthcard.services.authority import tokens
    from healthcard.services.desk import reader_acts
    from healthcard.services.errors import NotAuthenticated

    world = World()

    def actor(token, **_):
        if tuple(token.split(".")) not in world.actors:
            raise NotAuthenticated("There is no such token.")
        return world.actors[tuple(token.split("."))]

    with pytest.MonkeyPatch.context() as known, transaction.atomic():
        known.setattr(tokens, "actor", actor)
        known.setattr(card_sessions, "_line", Line)
        known.setattr(reader_acts, "line", Line)
        known.setattr(stations, "line", Line)
        yield world.build()
        transaction.set_rollback(True)


@contextmanager
def undone():
    """Whatever happens inside is taken back."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class World(Belongings):
    """Ids of objects by name, and whose they are; actors by role and relation."""

    def __init__(self):
        self.ids, self.whose, self.actors, self.organisations = {}, {}, {}, {}
        self.holder = None

    def build(self):
        """All of it; the caller's transaction takes it away again."""
        from healthcard.services import scope

        scope.limit(scope.EVERYBODY)
        self._tree()
        self._people()
        Supply()("jia")
        self._cards()
        self._applications()
        self._station()
        self._rest()
        return self

    def _tree(self):
        from healthcard.services import actor as actors
        from healthcard.services.authority import grants, issuers
        from healthcard.storage.models import GrantKind, Organisation

        for number, (name, above, kind, division, code) in enumerate(_TREE):
            row = Organisation.objects.create(
                code=f"{division}-{number}",
                name=f"机构{number}",
                kind=kind,
                parent=self.organisations.get(above),
                division=division,
                issuer_code=code,
            )
            row.refresh_from_db()
            self.organisations[name] = row
        issuers.establish(self.organisations["province"], TODAY)
        ministry = actors.of_console(self.organisations["ministry"], "test")
        self.ids["grant"] = grants.give(
            ministry, GrantKind.ISSUE, self.organisations["province"].pk, document="测1号", valid_from=TODAY
        )
        own = actors.of_console(self.organisations["province"], "test")
        for city in ("above", "other_city"):
            row = self.organisations[city]
            making = grants.give(own, GrantKind.MAKING, row.pk, document="测2号", valid_from=TODAY)
            grants.file(own, making, TODAY)
        self.ids["organisation"] = self.organisations["own"].pk
        self.ids["province"] = self.organisations["province"].pk

    def _people(self):
        """Somebody in every role at every place, and the holder: one person, in whichever role he is looked at."""
        from healthcard.storage.models import Account, Credential

        for relation in (*RELATIONS[:-1], *SEATS):
            place = self.organisations[relation]
            for role in Role:
                if role is Role.INSTITUTION:
                    row = Credential.objects.create(
                        name="HIS", organisation=place, role=role, secret_digest=_digest(f"HIS {relation}")
                    )
                else:
                    row = self._account(place, f"{role.value}.{relation}", role)
                self.actors[role, relation] = _actor(row, place, GRANTS[role])
        self.ids["credential"] = Credential.objects.get(organisation=self.organisations["own"]).pk
        self.ids["account"] = self.actors[Role.AUDITOR, "own"].account
        self.holder = self._account(self.organisations["own"], "holder", Role.CLERK)
        for role in set(Role) - {Role.INSTITUTION}:
            self.actors[role, "self"] = _actor(self.holder, self.organisations["own"], GRANTS[role])
        assert Account.objects.count() == 8 * (len(Role) - 1) + 1

    def _account(self, place, username, role):
        from healthcard.storage.models import Account

        return Account.objects.create(
            username=username,
            full_name=f"工作人员 {username}",
            organisation=place,
            role=role,
            password="!",
            person_digest=_digest(username),
        )

    def console(self):
        from healthcard.services import actor as actors

        return actors.of_console(self.organisations["own"], "test")

    def _name(self, name, pk, resident=None):
        self.ids[name] = pk
        self.whose[name] = resident or pk

    def secrets(self):
        """What no refused request may tell: of people and cards, as masked as lists show it."""
        from healthcard.services.people import residents
        from healthcard.storage.models import Application, AuditEntry, Card, Recovery, Resident

        found = set(Application.objects.values_list("number", flat=True))
        found |= set(Recovery.objects.values_list("receipt", flat=True))
        found |= {str(each) for each in AuditEntry.objects.values_list("operation", flat=True)}
        for row in Resident.objects.all():
            person = residents.opened(row.pk)
            found |= {row.name_masked, person.name, row.document_masked, person.document.number}
        for card in Card.objects.all():
            found |= {card.issue_serial, bytes(card.chip8).hex(), bytes(card.chip8).hex().upper()}
        return {each for each in found if each}

    def is_person(self, resident):
        """From now on the holder is this resident."""
        from healthcard.storage.models import Account, Resident

        digest = bytes(Resident.objects.get(pk=resident).identity_digest)
        Account.objects.filter(pk=self.holder.pk).update(person_digest=digest)


def _actor(row, place, permissions):
    from healthcard.services.actor import Actor
    from healthcard.storage.models import Account

    known = {"account": row.pk} if isinstance(row, Account) else {"account": None, "credential": row.pk}
    name = row.full_name if isinstance(row, Account) else row.name
    return Actor(name=name, organisation=place.pk, path=place.path, permissions=permissions, **known)


def _digest(text):
    return hashlib.sha256(text.encode()).digest()
