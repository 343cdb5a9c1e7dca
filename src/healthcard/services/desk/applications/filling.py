"""What the record knows of a form: its fields are filled in from there, never by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from healthcard.domain.calendar import day_of
from healthcard.domain.entries import Entry
from healthcard.domain.forms import form
from healthcard.domain.resident import Resident as Form
from healthcard.services.desk.applications import content
from healthcard.storage.models import Application, ApplicationKind, Card, CardEvent

Known = Callable[[Form, Card | None, Application | None], str]


def filled(kind: str, person: Form, card: Card | None, parent: Application | None = None) -> dict[str, Entry]:
    """The fields of the form of `kind` that the record knows; '' where it knows nothing."""
    return {field.key: _KNOWN[field.key](person, card, parent) for field in form(kind).fields if field.key in _KNOWN}


def _loss_day(_person: Form, card: Card | None, _parent: Application | None) -> str:
    return _day_of(card, "written_loss")


def _lock_day(_person: Form, card: Card | None, _parent: Application | None) -> str:
    return _day_of(card, "pin_locked")


def _loss_reason(_person: Form, card: Card | None, _parent: Application | None) -> str:
    """As it was declared on the report that froze the card."""
    if card is None:
        return ""
    reports = Application.objects.filter(kind=ApplicationKind.LOSS, resident=card.resident_id).order_by("-id")
    last = reports.exclude(state="rejected").first()
    return "" if last is None else str(content.opened(last).fields.get("loss_reason", ""))


def _day_of(card: Card | None, event: str) -> str:
    if card is None:
        return ""
    at = CardEvent.objects.filter(card=card, event=event).order_by("-version").values_list("at", flat=True).first()
    return "" if at is None else day_of(at).isoformat()


def _old_card(person: Form, card: Card | None, _parent: Application | None) -> str:
    """原卡编号: the number, which is the holder's, and the serial, which is the card's."""
    return "" if card is None else f"{person.document.number} {card.issue_serial}"


_KNOWN: Mapping[str, Known] = {
    "name": lambda person, _card, _parent: person.name,
    "card_number": lambda person, _card, _parent: person.document.number,
    "citizen_number": lambda person, _c, _p: person.document.number if person.document.is_citizen_number else "",
    "document_kind": lambda person, _c, _p: "" if person.document.is_citizen_number else person.document.kind,
    "document_number": lambda person, _c, _p: "" if person.document.is_citizen_number else person.document.number,
    "loss_date": _loss_day,
    "loss_reason": _loss_reason,
    "lock_date": _lock_day,
    "old_card": _old_card,
    "open_application": lambda _person, _card, parent: "" if parent is None else parent.number,
}
