"""What an auditor asks for: typed names become ids, and only ids stand in an address."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils.timezone import make_aware

from healthcard.services.actor import Actor
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.trail import explaining
from healthcard.services.trail.audit_search import Wanted

SUBJECTS = ("resident", "card", "application", "account")
_LARGEST = 2**63 - 1
_ACTION = re.compile(r"[a-z_.]{0,40}")
_PLACE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


def wanted(query: QueryDict) -> Wanted | None:
    """What an address asks for; None when it names nobody. Raises NotFound for what no form of ours makes."""
    ids = {name: _id(text) for name in SUBJECTS if (text := query.get(name, ""))}
    action = query.get("action", "")
    if not _ACTION.fullmatch(action):
        raise NotFound("No act is called so.")
    since, until = (_day(query.get(name, "")) for name in ("since", "until"))
    if not ids:
        return None
    return Wanted(
        **ids,  # type: ignore[arg-type] # the names of SUBJECTS are fields that hold ids
        action=action,
        since=since,
        until=until + timedelta(days=1) if until else None,
    )


def after(query: QueryDict) -> tuple[int, int] | None:
    """Where the page before ended; None for the first."""
    text = query.get("after", "")
    if not text:
        return None
    place = _PLACE.fullmatch(text)
    if place is None:
        raise NotFound("There is no such page.")
    return int(place[1]), int(place[2])


def address(actor: Actor, typed: QueryDict) -> str:
    """The query of an address for what was typed into the form; raises Invalid for nobody, or somebody unknown."""
    asked = QueryDict(mutable=True)
    for name in ("resident", "application"):
        if text := _typed(typed, name):
            asked[name] = str(_number(name, text))
    if text := _typed(typed, "card"):
        asked["card"] = str(explaining.card(actor, text) if len(text) == explaining.SERIAL else _number("card", text))
    if text := _typed(typed, "operator"):
        asked["account"] = str(explaining.operator(actor, text))
    if not asked:
        raise Invalid("resident", "请指定人员、卡、申请或操作员", "Say whose entries, of which card or of whom.")
    for name in ("action", "since", "until"):
        if text := _typed(typed, name):
            asked[name] = text
    return asked.urlencode()


def _typed(typed: QueryDict, name: str) -> str:
    return typed.get(name, "").replace(" ", "")


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise Invalid(name, "请填写编号数字", "Enter the number of the record, digits only.")
    return int(text)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise NotFound("There is no such record.")
    return int(text)


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return make_aware(datetime.combine(date.fromisoformat(text), time.min))
    except ValueError as error:
        raise NotFound("There is no such day.") from error
