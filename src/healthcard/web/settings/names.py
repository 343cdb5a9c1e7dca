"""What kinds of organisations and roles are called, and fields of forms that every settings page reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcard.services.errors import Invalid

KINDS: Mapping[str, Promise] = {
    "ministry": _("Ministry"),
    "province": _("Province, the issuer"),
    "city": _("Card management of a city"),
    "implementer": _("Implementing organisation"),
    "desk": _("Service desk"),
    "maker": _("Card maker"),
    "institution": _("Medical institution"),
}
ROLES: Mapping[str, Promise] = {
    "clerk": _("Clerk"),
    "reviewer": _("Reviewer"),
    "supervisor": _("Supervisor"),
    "maker": _("Maker of cards"),
    "custodian": _("Custodian of keys"),
    "auditor": _("Auditor"),
    "admin": _("Administrator"),
    "institution": _("System of an institution"),
}


def number(post: QueryDict, name: str) -> int:
    """A row's id out of a form; raises Invalid."""
    text = post.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid(name, "请从列表中选择", "choose one of the list")
    return int(text)


def day(post: QueryDict, name: str) -> date:
    """A day out of a form; raises Invalid."""
    try:
        return date.fromisoformat(post.get(name, ""))
    except ValueError as error:
        raise Invalid(name, "日期应为年-月-日", "a day is year-month-day") from error
