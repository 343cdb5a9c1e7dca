"""A further document of somebody on file (一人一卡, 第三条): proposed here, decided by another person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from healthcard.domain import identity
from healthcard.domain.cells import read_day
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Document
from healthcard.services.errors import Invalid
from healthcard.services.people import linking, residents
from healthcard.services.people.linking import Second
from healthcard.services.people.person_requests import Asking
from healthcard.web.desk import drafts
from healthcard.web.people import coming, refusals
from healthcard.web.people.coming import Came
from healthcard.web.people.correcting import PRESENTERS
from healthcard.web.people.refusals import Refusal, refusal_of
from healthcard.web.screen import ScreenRequest, acting_screen, screen

_TEXTS = ("kind", "number", "name", "sex", "birth_date")


@screen(Permission.RESIDENT_CORRECT)
def asked(request: ScreenRequest, person: int) -> HttpResponse:
    """The empty form."""
    return _form(request, person, {}, Came())


@acting_screen(Permission.RESIDENT_CORRECT)
def handed_in(request: ScreenRequest, person: int) -> HttpResponse:
    """Propose it; a refusal leads back to the form as it was typed."""
    typed = {name: request.POST.get(name, "").strip() for name in _TEXTS}
    said = coming.came(request.POST)
    residents.shown(request.actor, person)
    if request.POST.get("turn"):
        return _form(request, person, typed, said)
    done = refusal_of(lambda: _proposed(request, person, typed, said))
    return _form(request, person, typed, said, done) if isinstance(done, Refusal) else done


def _proposed(request: ScreenRequest, person: int, typed: Mapping[str, str], said: Came) -> HttpResponse:
    second = Second(
        document=document(typed["kind"], typed["number"]),
        name=typed["name"],
        sex=typed["sex"],
        birth_date=_day(typed["birth_date"]),
    )
    taken = linking.ask(request.actor, person, second, Asking(**said.given()))
    number = taken.number
    messages.success(request, _("Proposed as %(number)s; another person decides.") % {"number": number})
    return redirect("record", person=person)


def document(kind: str, number: str) -> Document:
    """The document in its one form; raises Invalid."""
    try:
        return identity.document(kind, number)
    except identity.NumberRefused as refusal:
        raise Invalid("number", "证件号码有误", "this number cannot be right") from refusal
    except KeyError as unknown:
        raise Invalid("kind", "请选择证件种类", "choose the kind of document") from unknown


def _day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise Invalid("birth_date", "出生日期有误，例：19800101", "no day; write it as 19800101")
    return day


def _form(
    request: ScreenRequest, person: int, typed: Mapping[str, str], said: Came, refused: Refusal | None = None
) -> HttpResponse:
    page = {
        "person": residents.shown(request.actor, person),
        "typed": typed,
        "documents": drafts.coded("document_kind", typed.get("kind", "")),
        "sexes": drafts.coded("sex", typed.get("sex", "")),
        **coming.page(said, PRESENTERS),
    }
    return refusals.form(request, "people/linking.html", page, (refused or Refusal()).why)
