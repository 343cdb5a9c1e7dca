"""What holders were told, in words: the page a holder sees in the demo, and what a messenger would send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from healthcard.domain import messages
from healthcard.domain.forms import FORMS
from healthcard.domain.identity import mask
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.errors import NotFound
from healthcard.storage.models import CardEvent, Message, Resident

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message, masked."""

    id: int
    kind: str
    at: datetime
    urgent: bool
    title_zh: str
    title_en: str
    zh: str
    en: str


def of_resident(actor: Actor, resident_id: int, *, after: int | None = None, limit: int = MOST) -> tuple[Told, ...]:
    """What somebody was told, the newest first; `after` is the id at which the page before ended. Raises NotFound."""
    actor.require(Permission.RESIDENT_VIEW)
    if not Resident.objects.filter(pk=resident_id).exists():
        raise NotFound("There is no such person on file.")
    rows = Message.objects.filter(resident=resident_id).select_related("card", "application__desk").order_by("-pk")
    return tuple(map(told, (rows.filter(pk__lt=after) if after else rows)[:limit]))


def told(row: Message) -> Told:
    """A message in words, as its holder reads it."""
    kind, facts = messages.MESSAGES[row.kind], {**_standing(row), **row.facts}
    return Told(
        id=row.pk,
        kind=row.kind,
        at=row.at,
        urgent=kind.urgent,
        title_zh=kind.title("zh"),
        title_en=kind.title("en"),
        zh=messages.render(row.kind, {**facts, **_form_title(row, "zh")}, "zh"),
        en=messages.render(row.kind, {**facts, **_form_title(row, "en")}, "en"),
    )


def _standing(row: Message) -> dict[str, object]:
    """What the record of a message knows: when, which card, which application, where."""
    facts: dict[str, object] = {"time": row.at}
    if row.card is not None:
        facts["card"] = mask(row.card.issue_serial)
    if row.application is not None:
        facts |= {"number": row.application.number, "place": row.application.desk.name}
        facts |= {"due": row.application.due_on} if row.application.due_on else {}
    event = CardEvent.objects.filter(operation=row.operation).select_related("organisation").first()
    if event is not None:
        facts["place"] = event.organisation.name
    return facts


def _form_title(row: Message, language: str) -> dict[str, str]:
    if row.application is None:
        return {}
    form = FORMS[row.application.kind]
    return {"kind": form.zh if language == "zh" else form.en}
