"""A filled form as a screen shows it: its own labels and answers, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from healthcard.domain import codes
from healthcard.domain.articles import cited
from healthcard.domain.entries import Entry
from healthcard.domain.evidence import PAPERS, VERIFICATIONS
from healthcard.domain.form_fields import Field, Source, Type
from healthcard.domain.forms import form
from healthcard.domain.lifecycle import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One field of the form: its label and what stands in it, covered by the service."""

    label: str
    text: str = field(repr=False)


def is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def lines(kind: str, values: Mapping[str, Entry]) -> tuple[Line, ...]:
    """The form of `kind` in its order; what the act itself writes and rows of changes have places of their own."""
    shown = (each for each in form(kind).fields if each.source is not Source.ACT and each.type is not Type.ROWS)
    return tuple(Line(label=_label(each), text=_text(each, values.get(each.key, ""))) for each in shown)


def title(kind: str) -> str:
    """What the form of `kind` is called."""
    found = form(kind)
    return found.zh if is_chinese() else found.en


def papers(names: tuple[str, ...]) -> tuple[str, ...]:
    """What was presented."""
    found = (PAPERS[name] for name in names)
    return tuple(each.zh if is_chinese() else each.en for each in found)


def verification(name: str) -> str:
    """How whoever came was verified; '' where that was not said."""
    if name not in VERIFICATIONS:
        return ""
    return VERIFICATIONS[name].zh if is_chinese() else VERIFICATIONS[name].en


def reason(guard: Guard) -> str:
    """Why something may not be done now, by which article, and what to do."""
    chinese = is_chinese()
    article = cited(guard.article, chinese=chinese)
    if chinese:
        return f"{guard.zh}（{article}）：{guard.advice_zh}"
    return f"{guard.en} ({article}): {guard.advice_en}"


def _label(each: Field) -> str:
    return each.zh if is_chinese() else each.en


def _text(each: Field, value: Entry) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not isinstance(value, str) or not value:
        return ""
    if each.type is Type.DOCUMENT_KIND:
        return codes.label("document_kind", value)
    chosen = next((choice for choice in each.choices if choice.code == value), None)
    if chosen is None:
        return value
    return chosen.zh if is_chinese() else chosen.en
