"""What the office of a small country has: people, cards and applications in every state, and what hangs on them."""

from __future__ import annotations

import itertools
from base64 import b64encode
from contextlib import ExitStack, contextmanager
from datetime import date
from random import Random

from healthcard.domain.permissions import Permission, Role

TODAY = date(2026, 11, 23)
KEPT = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
_serials = itertools.count(1)


class Belongings:
    """A part of `authority.World`, whose names and actors it uses."""

    def _cards(self):
        from healthcard.services.people import bulk, residents
        from healthcard.storage.models import Card

        bulk.load(self.console(), 14, TODAY, lambda *_: None)
        cards = [
            card for card in Card.objects.order_by("pk") if residents.opened(card.resident_id).birth_date.year < 2000
        ]
        for name, card in zip(("", "ended_", "lost_", "made_", "asking_", "frozen_", "renewing_"), cards, strict=False):
            self._name(f"{name}card", card.pk, card.resident_id)
            self._name(f"{name}resident", card.resident_id, card.resident_id)
        self.ids["parent"] = self.ids["grantee"] = self.ids["into"] = self.ids["organisation"]
        self.ids |= {"issuer_code": cards[0].issuer_code, "issue_serial": cards[0].issue_serial}
        lives = dict.fromkeys(("card", "asking_card", "renewing_card"), ())
        lives |= {"ended_card": ("terminated",)} | dict.fromkeys(("lost_card", "frozen_card"), ("written_loss",))
        for name, events in lives.items():
            self._happen(self.ids[name], "arrived", place_org=self.ids["organisation"])
            for event in ("handed_over", *events):
                self._happen(self.ids[name], event)
        self._keep(self.ids["ended_card"])
        self._name("citizen_number", residents.opened(self.ids["resident"]).document.number, self.ids["resident"])

    def _happen(self, card, event, **changes):
        from healthcard.domain.lifecycle import RULES
        from healthcard.services.acting import act

        several = {fact: values[0] for fact, values in RULES[event].sets.items() if len(values) > 1}
        with act(self.console(), Permission.CARD_SUPERVISE, "test.event") as now:
            now.event(card, event, **{**several, **changes})

    def _keep(self, card):
        from healthcard.services.acting import act
        from healthcard.services.desk import recovery

        with act(self.console(), Permission.CARD_SUPERVISE, "test.event") as now:
            recovery.keep(now, card)

    def _applications(self):
        """One to unlock, verified, which a second person may judge; an approved one for a first card."""
        from healthcard.domain.synthetic import resident as synthetic
        from healthcard.services.desk import applications, issue, loss
        from healthcard.services.people import residents
        from healthcard.storage.models import Resident

        clerk, home = self.actors[Role.CLERK, "own"], self.ids["organisation"]
        adults = (one for one in (synthetic(n, 77) for n in itertools.count()) if one.birth_date.year < 2000)
        for name in ("applicant", "collector", "borrower", "new_applicant"):
            residents.stored([next(adults)], home)
            self._name(name, Resident.objects.order_by("-pk").first().pk)
        own = self._asked(applications.accept, "unlock", self.ids["asking_resident"], card=self.ids["asking_card"])
        applications.verify(clerk, own, "已核实")
        self._name("application", own, self.ids["asking_resident"])
        self.ids["digest"] = applications.shown(clerk, own).digest
        self._name("first_application", self._approved(issue.ask, "first_issue", "applicant"), self.ids["applicant"])
        collected = self._approved(issue.ask, "first_issue", "collector")
        self._made(issue.order(clerk, collected))
        self._name("arrived_application", collected, self.ids["collector"])
        self._borrowed()
        released = self._asked(loss.ask_release, "unloss", self.ids["frozen_resident"], card=self.ids["frozen_card"])
        self._name("unloss_application", released, self.ids["frozen_resident"])
        renewed = self._approved(
            applications.accept, "replacement", "renewing_resident", card=self.ids["renewing_card"]
        )
        self._name("replacement_application", renewed, self.ids["renewing_resident"])

    def _approved(self, ask, kind, name, **rest):
        from healthcard.services.desk import applications, reviewing

        reviewer, pk = self.actors[Role.REVIEWER, "own"], self._asked(ask, kind, self.ids[name], **rest)
        digest = applications.shown(reviewer, pk).digest
        reviewing.review(reviewer, pk, approved=True, opinion="属实", digest=digest)
        return pk

    def _borrowed(self):
        """A temporary card, out until the new one comes."""
        from healthcard.services.desk import issue, temporary
        from healthcard.storage.models import Card

        self._approved(issue.ask, "first_issue", "borrower")
        wish = self._asked(temporary.ask, "temporary", self.ids["borrower"])
        with self._blank("temporary") as (chip, shop):
            temporary.make(self.actors[Role.CLERK, "own"], wish, chip, shop)
        self._happen(Card.objects.get(application=wish).pk, "handed_over")
        self._name("temporary_application", wish, self.ids["borrower"])

    def _made(self, card):
        """A card with a real chip in its slot of the rack, arrived at the desk."""
        from healthcard.services.desk import issue
        from healthcard.services.workshop import cards, chips, making

        with self._blank(chips.slot(cards.shown(self.console(), card).issue_serial)) as (chip, shop):
            making.personalise(self.console(), card, chip, shop)
        issue.arrive(self.actors[Role.CLERK, "own"], card)
        self._name("real_card", card, self.ids["collector"])

    @contextmanager
    def _blank(self, slot):
        """A blank chip in a slot of the rack, and what makes a card of it."""
        from healthcard.services.ports import given
        from healthcard.services.workshop import making
        from healthcard.services.workshop.bench import RackBench

        serial = next(_serials).to_bytes(4, "big")
        with making.workshop() as shop, given().rack() as rack, ExitStack() as stack:
            envelope = RackBench(rack, shop.keys).envelope("jia")
            yield stack.enter_context(rack.blank("jia", serial, envelope, slot)), shop

    def _asked(self, ask, kind, resident, **rest):
        from healthcard.services.desk.applications import Request

        fields = {
            "unlock": {"phone": "15412345678", "lock_reason": "忘记"},
            "unloss": {"phone": "15412345678", "unloss_reason": "找到"},
            "replacement": {"phone": "15412345678", "reason": "2"},
            "temporary": {"phone": "15412345678", "temporary_reason": "急用"},
            "first_issue": {"phone": "15412345678", "entitlement": "1", "consent": True},
        }[kind]
        given = {"fields": fields, "presented": ("identity", "card"), "identity": "document_and_face", **rest}
        return ask(self.actors[Role.CLERK, "own"], Request(kind=kind, resident=resident, **given)).id

    def _station(self):
        """A PC at the desk, paired by its clerk."""
        from django.db.models.functions import Now

        from healthcard.storage.models import Station

        clerk = self.actors[Role.CLERK, "own"]
        self.ids["station"] = Station.objects.create(
            name="窗口",
            organisation_id=self.ids["organisation"],
            paired_by_id=clerk.account,
            code_until=Now(),
            paired_at=Now(),
            sealed_secret=b"\x01",
        ).pk

    def _rest(self):
        from healthcard.domain import form_row
        from healthcard.domain.portrait import portrait
        from healthcard.domain.synthetic import resident as synthetic
        from healthcard.storage.models import ParameterSet

        self.ids["session"] = "A" * 24
        newcomer = next(one for one in (synthetic(n, 78) for n in itertools.count()) if one.birth_date.year < 2000)
        self.ids["form"], self.ids["picture"] = form_row.cells(newcomer), b64encode(portrait(Random(5))).decode()

        province, proposer = self.organisations["province"], self.actors[Role.SUPERVISOR, "own"].account
        row = ParameterSet.objects.create(
            issuer=province, version=1, values={}, valid_from=date(2099, 1, 1), proposed_by_id=proposer
        )
        self.ids["version"] = row.pk
        self._notice()
        self._lock_order()
        self._outside()
        self._rights()

    def _lock_order(self):
        """An order to lock a card, which somebody at the desk may carry out."""
        from healthcard.services.desk import locks

        order = locks.order(self.console(), self.ids["renewing_card"], "lock", "疑似转借")
        self._name("order", order, self.ids["renewing_resident"])

    def _rights(self):
        """What two people asked about their data: a copy, and that a second document is theirs."""
        from healthcard.domain.resident import Document
        from healthcard.services.people import linking, rights
        from healthcard.services.people.linking import Second
        from healthcard.services.people.person_requests import Asking
        from healthcard.services.people.residents import opened

        clerk, came = self.actors[Role.CLERK, "own"], Asking(presented=("identity",), identity="document_and_face")
        self._name("request", rights.ask(clerk, self.ids["resident"], "copy", came).id, self.ids["resident"])
        person = opened(self.ids["made_resident"])
        second = Second(
            document=Document(kind="03", number="E12345678"),
            name=person.name,
            sex=person.sex,
            birth_date=person.birth_date,
        )
        asked = linking.ask(clerk, self.ids["made_resident"], second, came).id
        self._name("link", asked, self.ids["made_resident"])

    def _outside(self):
        """What an institution asked for and told us, what the province asks of people."""
        from healthcard.services.institutions import misuse, webhooks
        from healthcard.services.institutions.status import Key
        from healthcard.services.people import extra_fields

        machine, key = self.actors[Role.INSTITUTION, "own"], Key(self.ids["issuer_code"], self.ids["issue_serial"])
        self.ids["webhook"] = webhooks.register(machine, "https://1.1.1.1/changes").id
        self.ids["misuse_id"] = misuse.report(machine, key, kind=misuse.MisuseKind.LENT, seen="他人持卡").id
        supervisor = self.actors[Role.SUPERVISOR, "province"]
        self.ids["field"] = extra_fields.add(
            supervisor, key="dialect", zh="方言", en="dialect", size=20, required=False
        )

    def _notice(self):
        """An institution's registration that went over to a new card."""
        from healthcard.storage.models import Registration, Transfer, TransferNotice

        kept = {"items": 3, "digest": bytes.fromhex(KEPT)}
        registration = Registration.objects.create(
            resident_id=self.ids["resident"],
            organisation=self.organisations["own"],
            card_id=self.ids["card"],
            business="门诊",
            **kept,
        )
        transfer = Transfer.objects.create(
            application_id=self.ids["arrived_application"],
            old_card_id=self.ids["ended_card"],
            new_card_id=self.ids["real_card"],
            source="none",
        )
        self.ids["notice"] = TransferNotice.objects.create(transfer=transfer, registration=registration, **kept).pk
