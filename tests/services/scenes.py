"""How far a card may have come, each scene made anew for a person of its own; and what may be done then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from office import Office


@dataclass(slots=True, kw_only=True)
class Scene:
    """One person with one card, as far as it has come; the applications by kind, and the one it is about."""

    office: Office
    person: int
    card: int = 0
    applications: dict[str, int] = field(default_factory=dict)
    about: int = 0
    new: int = 0  # the replacement of that card, or a temporary one
    seen: str = ""  # the digest of that application as its reviewer looked at it

    def ask(self, kind: str, application: int) -> int:
        """Remember an application: from now on the scene is about it."""
        self.applications[kind] = self.about = application
        return application


def beginning(office: Office) -> Scene:
    """Somebody who has nothing yet."""
    if not office.waiting:
        office.register(50)
    return Scene(office=office, person=office.waiting.pop())


def asked(office: Office) -> Scene:
    scene = beginning(office)
    scene.ask("first_issue", office.ask_first(scene.person))
    return scene


def approved(office: Office) -> Scene:
    scene = asked(office)
    office.review(scene.about)
    return scene


def planned(office: Office) -> Scene:
    scene = approved(office)
    scene.card = office.order(scene.about)
    return scene


def made(office: Office) -> Scene:
    scene = planned(office)
    office.make(scene.card)
    return scene


def waiting(office: Office) -> Scene:
    scene = made(office)
    office.arrive(scene.card)
    return scene


def issued(office: Office) -> Scene:
    scene = waiting(office)
    office.hand_over(scene.about, scene.card)
    return scene


def oral(office: Office) -> Scene:
    scene = issued(office)
    office.report_oral(scene.person)
    return scene


def lapsing(office: Office) -> Scene:
    """An oral report whose time passes at once."""
    from datetime import timedelta

    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act, clock

    scene = issued(office)
    with act(office.clerk, Permission.LOSS_REPORT, "loss.oral", card=scene.card) as now:
        now.event(scene.card, "oral_loss", loss_until=clock()[0] + timedelta(milliseconds=20))
    time.sleep(0.03)
    return scene


def reported(office: Office) -> Scene:
    scene = issued(office)
    office.verify(scene.ask("loss", office.report(scene.person)))
    return scene


def releasing(office: Office) -> Scene:
    scene = reported(office)
    office.verify(scene.ask("unloss", office.ask_release(scene.person, scene.card)))
    return scene


def releasable(office: Office) -> Scene:
    scene = releasing(office)
    office.review(scene.about)
    return scene


def locked(office: Office) -> Scene:
    scene = issued(office)
    scene.ask("unlock", office.ask_unlock(scene.person, scene.card))
    return scene


def ending(office: Office) -> Scene:
    scene = issued(office)
    scene.ask("termination", office.ask_end("termination", scene.person, with_card=True))
    return scene


def terminated(office: Office) -> Scene:
    scene = issued(office)
    office.review(scene.ask("termination", office.ask_end("termination", scene.person)))
    return scene


def returned(office: Office) -> Scene:
    scene = issued(office)
    scene.ask("return", office.ask_end("return", scene.person))
    return scene


def witnessed(office: Office) -> Scene:
    scene = returned(office)
    office.propose_destruction(scene.card)
    return scene


def wished(office: Office) -> Scene:
    """A damaged card to be replaced: asked for and approved."""
    scene = issued(office)
    office.review(scene.ask("replacement", office.ask_replacement(scene.person, "damaged")))
    return scene


def replacing(office: Office) -> Scene:
    """The new card lies at the desk, nothing of the old one is moved yet."""
    scene = wished(office)
    scene.new = office.order(scene.about)
    office.make(scene.new)
    office.arrive(scene.new)
    return scene


def replaceable(office: Office) -> Scene:
    scene = replacing(office)
    office.declare(scene.about, scene.card)
    return scene


def frozen_for_ever(office: Office) -> Scene:
    """A lost card whose replacement was asked for."""
    scene = issued(office)
    scene.ask("replacement", office.ask_replacement(scene.person, "lost"))
    return scene


def lending(office: Office) -> Scene:
    """A temporary card lies at the desk, the damaged one is still in use."""
    from healthcard.services import scope
    from healthcard.storage.models import Card

    scene = wished(office)
    office.make_temporary(scene.ask("temporary", office.ask_temporary(scene.person)))
    scope.limit(scope.EVERYBODY)
    scene.new = Card.objects.values_list("pk", flat=True).get(application=scene.about)
    return scene


def lent(office: Office) -> Scene:
    scene = lending(office)
    office.lend(scene.about, scene.new)
    scene.about = scene.applications["replacement"]
    return scene


def supervised(office: Office) -> Scene:
    """A card in use that somebody ordered to be locked."""
    scene = issued(office)
    office.order_lock(scene.card, "lock")
    return scene


def barred(office: Office) -> Scene:
    """A card locked in the record, its chip not yet; its release is ordered."""
    scene = supervised(office)
    office.carry_out_lock(scene.card)
    office.order_lock(scene.card, "release")
    return scene


SCENES: tuple[Callable[[Office], Scene], ...] = (
    beginning, asked, approved, planned, made, waiting, issued, oral, lapsing, reported, releasing, releasable, locked,
    ending, terminated, returned, witnessed, wished, replacing, replaceable, frozen_for_ever, lending, lent,
    supervised, barred,
)  # fmt: skip

Act = Callable[[Office, Scene], object]
ACTS: dict[str, Act] = {
    "ask first": lambda office, it: office.ask_first(it.person),
    "verify": lambda office, it: office.verify(it.about),
    "approve": lambda office, it: office.review(it.about, seen=it.seen),
    "reject": lambda office, it: office.review(it.about, approved=False, seen=it.seen),
    "withdraw": lambda office, it: office.withdraw(it.about),
    "order": lambda office, it: office.order(it.about),
    "make": lambda office, it: office.make(it.new or it.card),
    "dispatch": lambda office, it: office.dispatch(it.new or it.card),
    "arrive": lambda office, it: office.arrive(it.new or it.card),
    "hand over": lambda office, it: office.hand_over(it.about, it.new or it.card, "card"),
    "ask for another": lambda office, it: office.ask_replacement(it.person, "damaged"),
    "ask for a lost one": lambda office, it: office.ask_replacement(it.person, "lost"),
    "declare": lambda office, it: office.declare(it.about, it.card),
    "ask for a temporary": lambda office, it: office.ask_temporary(it.person),
    "make a temporary": lambda office, it: office.make_temporary(it.about),
    "lend": lambda office, it: office.lend(it.about, it.new),
    "give back": lambda office, it: office.give_back(it.person),
    "lose the temporary": lambda office, it: office.lose_temporary(it.person),
    "give up": lambda office, it: office.give_up(it.about, "undeliverable"),
    "report": lambda office, it: office.report(it.person),
    "report orally": lambda office, it: office.report_oral(it.person),
    "withdraw the report": lambda office, it: office.withdraw_oral(it.person),
    "lapse": lambda office, it: office.lapse(),
    "ask to release": lambda office, it: office.ask_release(it.person, it.card),
    "release": lambda office, it: office.release(it.about, it.card),
    "ask to unlock": lambda office, it: office.ask_unlock(it.person, it.card),
    "unlock": lambda office, it: office.unlock(it.about, it.card),
    "order a lock": lambda office, it: office.order_lock(it.card, "lock"),
    "order a release": lambda office, it: office.order_lock(it.card, "release"),
    "carry the order out": lambda office, it: office.carry_out_lock(it.card),
    "carry it out on the chip": lambda office, it: office.carry_out_lock_on_chip(it.card),
    "withdraw the order": lambda office, it: office.withdraw_lock(it.card),
    "ask to end": lambda office, it: office.ask_end("termination", it.person),
    "return": lambda office, it: office.ask_end("return", it.person),
    "receive": lambda office, it: office.receive(it.card),
    "lock the chip": lambda office, it: office.lock_chip(it.card),
    "list the chip": lambda office, it: office.list_chip(it.card),
    "set aside": lambda office, it: office.propose_destruction(it.card),
    "destroy": lambda office, it: office.destroy(it.card),
}
