"""What a step is done with, as its page heads it: an application, a card, a person, or whatever lies in the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from healthcard.domain.evidence import Presenter
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, next_steps
from healthcard.services.errors import NotFound
from healthcard.services.people import residents
from healthcard.services.workshop import cards
from healthcard.web.desk.step import APPLICATION, CARD, PERSON, READER, Step
from healthcard.web.desk.steps import STEPS
from healthcard.web.desk.words import KINDS
from healthcard.web.words import serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One step and its row. `back` is where it was begun, `by` who applied, `person` whom it is about (0: nobody)."""

    step: Step
    number: int
    heading: str = ""
    masked: str = ""
    person: int = 0
    back: str = ""
    by: str = Presenter.HOLDER.value

    @property
    def url(self) -> str:
        """The address of the step."""
        return step_url(self.step, self.number)

    @property
    def post(self) -> str:
        """Where its form goes."""
        return f"{self.url}/taken"


def place(actor: Actor, about: str, number: int, name: str) -> Place:
    """The step's place; raises NotFound for a step there is not, NotAllowed."""
    step = STEPS.get(name)
    if step is None or step.about != about:
        raise NotFound("There is no such step.")
    actor.require(step.permission)
    return _PLACES[about](actor, step, number)


def step_url(step: Step, number: int) -> str:
    """The address of a step with its row."""
    if step.about == READER:
        return reverse("reader_step", kwargs={"step": step.name})
    return reverse(f"{step.about}_step", kwargs={"number": number, "step": step.name})


def _application(actor: Actor, step: Step, number: int) -> Place:
    seen = applications.following(actor, number)
    seen.require(step.permission)
    row = applications.shown(seen, number).row
    return Place(
        step=step,
        number=number,
        heading=f"{KINDS[row.kind]} {row.number}",
        masked=row.holder_masked,
        person=row.resident if seen is actor else 0,  # a stranger's page is reached by his document alone
        back=reverse("application", args=[number]),
        by=row.by,
    )


def _card(actor: Actor, step: Step, number: int) -> Place:
    """A card of the actor's part of the tree, or an ended one of anybody that was brought to his desk (第十三条)."""
    try:
        row = cards.shown(actor, number)
    except NotFound:
        next_steps.of_card(actor, number)
        return Place(step=step, number=number, back=reverse("stock_returned"))
    return Place(
        step=step,
        number=number,
        heading=serial(row.issue_serial),
        masked=row.holder_masked,
        person=row.holder if actor.may(Permission.RESIDENT_VIEW) else 0,
        back=_after(actor, number),
    )


def _after(actor: Actor, card: int) -> str:
    """Where one goes on after a step of a card: the application it is made for, else its own page."""
    application = next_steps.application_of(actor, card)
    return reverse("card", args=[card]) if application is None else reverse("application", args=[application])


def _person(actor: Actor, step: Step, number: int) -> Place:
    row = residents.shown(actor, number)
    return Place(step=step, number=number, masked=row.name_masked, person=number, back=reverse("person", args=[number]))


def _reader(_actor: Actor, step: Step, number: int) -> Place:
    return Place(step=step, number=number, back=reverse("desk"))


_PLACES: Mapping[str, Callable[[Actor, Step, int], Place]] = {
    APPLICATION: _application,
    CARD: _card,
    PERSON: _person,
    READER: _reader,
}
