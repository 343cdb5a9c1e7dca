"""An office with its people and cards, committed: the acts of its clerks as plain calls, for tests of many acts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from paper import chip_of, personalise

FACE = "document_and_face"
DAY = date(2026, 1, 1)
STAFF = ("clerk", "reviewer", "supervisor", "maker")
PHONE = {"phone": "15412345678"}
FIELDS = {
    "first_issue": {"entitlement": "1", "consent": True},
    "replacement": {},
    "loss": {"loss_reason": "遗失"},
    "unloss": {"unloss_reason": "找到"},
    "unlock": {"lock_reason": "忘记"},
    "termination": {"reason": "1", "irrevocable": True},
    "return": {"irrevocable": True},
    "temporary": {"temporary_reason": "住院"},
}
REASONS = {"lost": "1", "damaged": "2"}
SHOWN = {"unloss": ("identity", "card"), "unlock": ("identity", "card"), "return": ("identity", "card")}


class Pad:
    def new_pin(self):
        return "482913"


@dataclass(slots=True, kw_only=True)
class Office:
    """Actors by role, people without a card, and the acts."""

    roles: dict[str, object]
    home: int
    waiting: list[int] = field(default_factory=list)
    invented: int = 0

    @classmethod
    def found(cls, people: int = 0) -> Office:
        """A province that may issue, its staff, and so many grown people."""
        from healthcard.services import actor, scope
        from healthcard.storage.models import Account, Authorisation, IssuerIdentity, Organisation

        scope.limit(scope.EVERYBODY)
        top = Organisation.objects.create(code="000000", name="测试部", kind="ministry", division="000000")
        place = Organisation.objects.create(
            code="990000", name="测试省", kind="province", parent=top, division="990000", issuer_code="9" * 22
        )
        until = date(2046, 1, 1)
        given = {"name": place.name, "code": "9" * 22, "certificate": bytes(180), "valid_from": DAY, "valid_to": until}
        IssuerIdentity.objects.create(organisation=place, **given)
        Authorisation.objects.create(
            kind="issue", grantor=top, grantee=place, document="测试", valid_from=DAY, filed_on=DAY
        )
        roles = {}
        for role in STAFF:
            row = Account.objects.create(username=role, full_name=role, organisation=place, role=role, password="!")
            roles[role] = actor.of_account(row.pk)
        office = cls(roles=roles, home=place.pk)
        office.register(people)
        return office

    def register(self, people: int) -> None:
        """Put more people on file."""
        from healthcard.domain.synthetic import resident
        from healthcard.services import scope
        from healthcard.services.people import residents
        from healthcard.storage.models import Resident

        scope.limit(scope.EVERYBODY)
        known = set(Resident.objects.values_list("pk", flat=True))
        grown: list[object] = []
        while len(grown) < people:
            person = resident(self.invented)
            self.invented += 1
            if person.birth_date.year < 2000:
                grown.append(person)
        residents.stored(grown, self.home)
        scope.limit(scope.EVERYBODY)
        rows = Resident.objects.exclude(pk__in=known).order_by("pk")
        self.waiting += rows.values_list("pk", flat=True)

    @property
    def clerk(self):
        return self.roles["clerk"]

    # --- applications

    def request(self, kind: str, person: int, card: int | None = None, **rest: object):
        from healthcard.services.desk.applications import Request

        fields = PHONE | FIELDS[kind] | rest.pop("fields", {})
        shown = rest.pop("presented", SHOWN.get(kind, ("identity",)))
        return Request(kind=kind, resident=person, card=card, fields=fields, presented=shown, identity=FACE, **rest)

    def ask_first(self, person: int) -> int:
        from healthcard.services.desk import issue

        return issue.ask(self.clerk, self.request("first_issue", person)).id

    def verify(self, application: int) -> None:
        from healthcard.services.desk import applications

        applications.verify(self.clerk, application, "核实")

    def look(self, application: int) -> str:
        """What a reviewer has seen of it, as a digest; '' where there is nothing to see."""
        from healthcard.services.desk import applications

        return applications.shown(self.roles["reviewer"], application).digest if application else ""

    def review(self, application: int, *, approved: bool = True, seen: str = "") -> None:
        from healthcard.services.desk import reviewing

        digest = seen or self.look(application)
        reviewing.review(self.roles["reviewer"], application, approved=approved, opinion="属实", digest=digest)

    def withdraw(self, application: int) -> None:
        from healthcard.services.desk import applications

        applications.withdraw(self.clerk, application)

    # --- first issue

    def order(self, application: int) -> int:
        from healthcard.services.desk import issue

        return issue.order(self.clerk, application)

    def make(self, card: int) -> None:
        personalise(self.roles["maker"], card)

    def dispatch(self, card: int) -> None:
        from healthcard.services.desk import issue

        issue.dispatch(self.roles["maker"], card, self.home)

    def arrive(self, card: int) -> None:
        from healthcard.services.desk import issue

        issue.arrive(self.clerk, card)

    def hand_over(self, application: int, card: int, *shown: str) -> None:
        from healthcard.services.desk import issue

        issue.hand_over(self.clerk, application, chip_of(card), None, self._signed(*shown))

    def _signed(self, *shown: str):
        from healthcard.services.desk.issue import Collection

        return Collection(identity=FACE, presented=("identity", *shown), text_version="1", signer="持卡人")

    def give_up(self, application: int, reason: str) -> None:
        from healthcard.services.desk import issue

        issue.give_up(self.clerk, application, reason)

    # --- replacement and temporary cards

    def ask_replacement(self, person: int, reason: str) -> int:
        from healthcard.services.desk import replacement

        wish = self.request("replacement", person, fields={"reason": REASONS[reason]}, waiver="首次减免")
        return replacement.ask(self.clerk, wish).application.id

    def declare(self, application: int, card: int) -> None:
        """Nobody can read what is on the old card."""
        from healthcard.services.desk import transfer

        transfer.declare(self.clerk, application, card, "不能识读")

    def ask_temporary(self, person: int) -> int:
        from healthcard.services.desk import temporary

        return temporary.ask(self.clerk, self.request("temporary", person, waiver="首次减免")).id

    def make_temporary(self, application: int) -> None:
        from healthcard.services.desk import temporary

        temporary.make(self.clerk, application, None, None)

    def lend(self, application: int, card: int) -> None:
        """Hand a temporary card over."""
        from healthcard.services.desk import temporary

        temporary.hand_over(self.clerk, application, chip_of(card), None, self._signed())

    def give_back(self, person: int) -> None:
        """The temporary card comes back."""
        from healthcard.services.desk import temporary

        visitor = temporary.Visitor(identity=FACE, presented=("identity", "temporary_card"))
        temporary.give_back(self.clerk, person, visitor)

    def lose_temporary(self, person: int) -> None:
        from healthcard.services.desk import temporary

        temporary.report_lost(self.clerk, person, temporary.Visitor(identity=FACE, presented=("identity",)))

    # --- loss

    def report(self, person: int) -> int:
        from healthcard.services.desk import loss

        return loss.report(self.clerk, self.request("loss", person)).application

    def report_oral(self, person: int) -> None:
        from healthcard.services.desk import loss

        loss.report_oral(self.clerk, person, channel="phone", identity="questions")

    def withdraw_oral(self, person: int) -> None:
        from healthcard.services.desk import loss

        loss.withdraw_oral(self.clerk, person, identity="questions")

    def lapse(self) -> int:
        from healthcard.services.desk import loss

        return loss.lapse_due(self.clerk)

    def ask_release(self, person: int, card: int) -> int:
        from healthcard.services.desk import loss

        return loss.ask_release(self.clerk, self.request("unloss", person, card)).id

    def release(self, application: int, card: int) -> None:
        from healthcard.services.desk import loss

        loss.release(self.clerk, application, chip_of(card), None, identity=FACE)

    # --- PIN

    def ask_unlock(self, person: int, card: int) -> int:
        from healthcard.services.desk import unlock

        return unlock.ask(self.clerk, self.request("unlock", person, card)).id

    def unlock(self, application: int, card: int) -> None:
        from healthcard.services.desk import unlock

        unlock.carry_out(self.clerk, application, chip_of(card), None, Pad(), identity=FACE)

    # --- supervised lock

    def order_lock(self, card: int, wish: str) -> int:
        from healthcard.services.desk import locks

        return locks.order(self.roles["supervisor"], card, wish, "疑似转借")

    def carry_out_lock(self, card: int) -> None:
        """Whatever was ordered last for this card, without it."""
        from healthcard.services.desk import locks

        locks.carry_out(self.clerk, self._ordered(card))

    def carry_out_lock_on_chip(self, card: int) -> None:
        from healthcard.services.desk import locks

        locks.carry_out_on_chip(self.clerk, self._ordered(card), chip_of(card), None)

    def withdraw_lock(self, card: int) -> None:
        from healthcard.services.desk import locks

        locks.withdraw(self.roles["supervisor"], self._ordered(card))

    def _ordered(self, card: int) -> int:
        from healthcard.services import scope
        from healthcard.storage.models import LockOrder

        scope.limit(scope.EVERYBODY)
        last = LockOrder.objects.filter(card=card).order_by("-pk").first()
        return 999_999 if last is None else last.pk

    # --- the end

    def ask_end(self, kind: str, person: int, *, with_card: bool = False) -> int:
        from healthcard.services.desk import termination

        asked = self.request(kind, person)
        if with_card and "card" not in asked.presented:
            asked = replace(asked, presented=(*asked.presented, "card"))
        return termination.ask(self.clerk, asked).application.id

    def receive(self, card: int) -> None:
        from healthcard.services.desk import recovery

        recovery.receive(self.clerk, card)

    def lock_chip(self, card: int) -> None:
        from healthcard.services.desk import recovery

        recovery.lock_chip(self.clerk, card, chip_of(card), None)

    def list_chip(self, card: int) -> None:
        from healthcard.services.desk import recovery

        recovery.list_unreadable(self.clerk, card, "不能识读")

    def propose_destruction(self, card: int) -> None:
        from healthcard.services.desk import recovery

        recovery.propose_destruction(self.clerk, [card])

    def destroy(self, card: int) -> None:
        from healthcard.services.desk import recovery

        recovery.destroy(self.roles["supervisor"], [card])
