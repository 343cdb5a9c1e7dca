"""Fields that a province asks beside the official form (第六条第四项): it adds, and never changes the form's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models.functions import Now

from healthcard.domain import form
from healthcard.domain.cells import is_unreadable
from healthcard.domain.forms import FormRefused, Problem
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.authority.issuing_body import body_of, issuing_body, require_issuing_body
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.storage.models import ExtraField, Organisation

_KEY = re.compile(r"[a-z][a-z_]{1,39}")
_RULES = {
    "missing": ("必填项未填写", "must be filled in", "按采集表补填", "fill it in"),
    "unknown": ("采集表上没有这一栏", "is no field of this form", "删去该栏", "leave it out"),
    "too_long": (
        "过长或含有无法识别的字符",
        "is too long, or unreadable",
        "缩短或重新录入",
        "shorten it or type it again",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """One field of a province's own; `size` in characters."""

    id: int
    key: str
    zh: str
    en: str
    size: int
    required: bool


def listed(actor: Actor) -> tuple[Extra, ...]:
    """What the actor's province asks besides."""
    actor.require(Permission.ORGANISATION_VIEW)
    return _of(body_of(actor))


def add(actor: Actor, *, key: str, zh: str, en: str, size: int, required: bool) -> int:
    """Ask one more field in the actor's province; its id.

    Raises Invalid, Conflict, TransitionRefused where the official form has it already.
    """
    if not _KEY.fullmatch(key):
        raise Invalid("key", "应为小写字母和下划线", "small letters and underscores")
    if not (zh.strip() and en.strip() and 1 <= size <= 200):
        raise Invalid("size", "须有名称，长度 1 至 200", "needs names, and a size of 1 to 200")
    with act(actor, Permission.PARAMETER_PROPOSE, "extra_field.add") as now:
        require_issuing_body(actor)
        require("province_adds", key not in form.COLUMNS and form.key_of(zh) is None, key=key)
        issuer = body_of(actor)
        if ExtraField.objects.filter(issuer=issuer, key=key, until=None).exists():
            raise Conflict("本省已有同名的采集项。", "This province asks a field of that name already.")
        row = ExtraField.objects.create(
            issuer=issuer, key=key, zh=zh.strip(), en=en.strip(), size=size, required=required, account_id=actor.account
        )
        now.note(field=row.pk, key=key, size=size, required=required)
    return row.pk


def end(actor: Actor, field_id: int) -> None:
    """Ask a field no longer; what was answered stays on record. Raises NotFound."""
    with act(actor, Permission.PARAMETER_PROPOSE, "extra_field.end") as now:
        require_issuing_body(actor)
        if not ExtraField.objects.filter(pk=field_id, issuer=body_of(actor), until=None).update(until=Now()):
            raise NotFound("This province asks no such field.")
        now.note(field=field_id)


def judged(desk: Organisation, answers: Mapping[str, str]) -> Mapping[str, str]:
    """The answers to the fields of the desk's province, blanks left out; raises FormRefused."""
    issuer = issuing_body(desk.path)
    asked = {} if issuer is None else {each.key: each for each in _of(issuer)}
    given = {key: text.strip() for key, text in answers.items() if text.strip()}
    wrong = [(key, key, "unknown") for key in given if key not in asked]
    wrong += [
        (key, asked[key].zh, "too_long") for key, text in given.items() if key in asked and _bad(asked[key], text)
    ]
    wrong += [(key, each.zh, "missing") for key, each in asked.items() if each.required and key not in given]
    if wrong:
        raise FormRefused("collection", tuple(_problem(*each) for each in wrong))
    return given


def _bad(asked: Extra, text: str) -> bool:
    return len(text) > asked.size or is_unreadable(text)


def _of(issuer: Organisation) -> tuple[Extra, ...]:
    rows = ExtraField.objects.filter(issuer=issuer, until=None).order_by("pk")
    return tuple(
        Extra(id=row.pk, key=row.key, zh=row.zh, en=row.en, size=row.size, required=row.required) for row in rows
    )


def _problem(key: str, label: str, rule: str) -> Problem:
    zh, en, advice_zh, advice_en = _RULES[rule]
    return Problem(field=key, label=label, rule=rule, zh=zh, en=en, advice_zh=advice_zh, advice_en=advice_en)
