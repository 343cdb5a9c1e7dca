"""People on file under the keys of the installation, put there by the services: found by search, with forms to open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, islice
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from healthcard.domain.resident import Resident
    from healthcard.services.actor import Actor

KNOWN, NAMESAKES = 96, 20
NAME, SEED = "欧阳页面", 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody: his record, his number, his open application."""

    record: Resident
    id: int
    application: int


def known(desk: int, clerk: int) -> Sequence[Known]:
    """Everybody of them at `desk`, each with an application taken by `clerk`; the first ones share a name.

    Put there the first time. Before them the desk closed its days so far, and after the half of them another one, so
    that there is a day closed and a day open of as many acts each.
    """
    from healthcard.domain.synthetic import resident
    from healthcard.services import actor, scope
    from healthcard.services.people import residents
    from healthcard.storage.models import DayClose

    grown = (each for number in count() if (each := resident(number, SEED)).phones)
    people = [replace(each, name=NAME) if at < NAMESAKES else each for at, each in enumerate(islice(grown, KNOWN))]
    scope.limit(scope.EVERYBODY)
    residents.stored(people, desk)
    here, first = actor.of_account(clerk), not DayClose.objects.filter(organisation=desk).exists()
    halves = []
    for days, half in ((2, people[: KNOWN // 2]), (1, people[KNOWN // 2 :])):
        if first:
            _close(here, days)
        halves += [_known(here, each) for each in half]
    return halves


def _close(clerk: Actor, days: int) -> None:
    """Close the day so many days ago, with everything up to now."""
    from healthcard.services.acting import clock
    from healthcard.services.desk import day

    now, today = clock()
    with patch.object(day, "clock", lambda: (now, today - timedelta(days=days))):
        day.close(clerk)


def _known(clerk: Actor, record: Resident) -> Known:
    from healthcard.services.desk import issue
    from healthcard.services.desk.applications import Request
    from healthcard.services.people import finding
    from healthcard.storage.models import Application

    number = finding.found(clerk, record.document) or 0
    before = Application.objects.filter(resident=number).values_list("pk", flat=True).first()
    if before is not None:
        return Known(record=record, id=number, application=before)
    form = {"phone": record.phones[0], "entitlement": "1", "consent": True}
    asked = Request(
        kind="first_issue", resident=number, fields=form, presented=("identity",), identity="document_and_face"
    )
    return Known(record=record, id=number, application=issue.ask(clerk, asked).id)
