"""What people may ask about their own data (个人信息保护法第四十四条至第五十条): taken, answered, handed out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from healthcard.domain.evidence import Presenter
from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.domain.rights import RIGHTS
from healthcard.services.errors import NotFound
from healthcard.services.people import linking, person_requests, residents, rights
from healthcard.services.people.person_requests import LINK, Asking, Row
from healthcard.web.desk.words import chosen
from healthcard.web.people import coming, refusals
from healthcard.web.people.coming import Came
from healthcard.web.people.refusals import Refusal, refusal_of
from healthcard.web.screen import ScreenRequest, acting_screen, screen

_DECIDES = {LINK: Permission.APPLICATION_REVIEW}  # everything else: whoever corrects records
_LIFTED = frozenset({"restriction"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RightView:
    """One right: what is given, what an answer cannot touch, by which article."""

    name: str
    title: str
    gives: str
    limits: str
    article: str
    chosen: bool
    lifted: bool


@screen(Permission.RESIDENT_CORRECT)
def asked(request: ScreenRequest, person: int) -> HttpResponse:
    """The form: nothing is chosen."""
    return _form(request, person, Asking(), "", Came())


@acting_screen(Permission.RESIDENT_CORRECT)
def handed_in(request: ScreenRequest, person: int) -> HttpResponse:
    """Take a request; a refusal leads back to the form as it was typed."""
    residents.shown(request.actor, person)
    said, right = coming.came(request.POST), request.POST.get("right", "")
    asking = Asking(wish=request.POST.get("wish", ""), lift="lift" in request.POST, **said.given())
    if request.POST.get("turn"):
        return _form(request, person, asking, right, said)
    done = refusal_of(lambda: _taken(request, person, right, asking))
    return _form(request, person, asking, right, said, done) if isinstance(done, Refusal) else done


@acting_screen()
def answered(request: ScreenRequest, person: int, number: int) -> HttpResponse:
    """Answer a request and carry it out: grant it, or not, in words."""
    row = _request(request, person, number)
    permission = _DECIDES.get(row.kind, Permission.RESIDENT_CORRECT)
    request.actor.require(permission)
    granted, text = request.POST.get("decision") == "grant", request.POST.get("answer", "")
    if row.kind == LINK:
        linking.decide(request.actor, number, granted=granted, answer=text)
    else:
        rights.answer(request.actor, number, granted=granted, text=text)
    messages.success(request, _("The request is answered."))
    return redirect("record", person=person)


@acting_screen(Permission.RESIDENT_CORRECT)
def copied(request: ScreenRequest, person: int, number: int) -> HttpResponse:
    """Everything on file, as a file to hand out; that it was made is in the person's access log."""
    row = _request(request, person, number)
    told = json.dumps(rights.copy(request.actor, number), ensure_ascii=False, indent=1)
    response = HttpResponse(told, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.number}.json"'
    return response


def may_answer(request: ScreenRequest, kind: str) -> bool:
    """Whether whoever looks may answer a request of `kind` at all; by whom it was taken is judged when he does."""
    return request.actor.may(_DECIDES.get(kind, Permission.RESIDENT_CORRECT))


def _request(request: ScreenRequest, person: int, number: int) -> Row:
    """One of the person's requests; raises NotFound, NotAllowed for who sees no people."""
    if not request.actor.may(Permission.RESIDENT_VIEW):
        raise NotAllowed(request.actor.name, Permission.RESIDENT_VIEW)
    found = next((each for each in person_requests.listed(request.actor, person) if each.id == number), None)
    if found is None:
        raise NotFound("There is no such request.")
    return found


def _taken(request: ScreenRequest, person: int, right: str, asking: Asking) -> HttpResponse:
    taken = rights.ask(request.actor, person, right, asking)
    told = {"number": taken.number, "day": taken.due_on.isoformat()}
    messages.success(request, _("Taken as %(number)s; to be answered by %(day)s.") % told)
    return redirect("record", person=person)


def _form(
    request: ScreenRequest, person: int, asking: Asking, right: str, said: Came, refused: Refusal | None = None
) -> HttpResponse:
    page = {
        "person": residents.shown(request.actor, person),
        "rights": tuple(
            RightView(
                name=each.name,
                title=chosen(each.zh, each.en),
                gives=chosen(each.gives_zh, each.gives_en),
                limits=chosen(each.limits_zh, each.limits_en),
                article=each.article,
                chosen=each.name == right,
                lifted=each.name in _LIFTED,
            )
            for each in RIGHTS.values()
        ),
        "wish": asking.wish,
        "lift": asking.lift,
        **coming.page(said, Presenter),
    }
    return refusals.form(request, "people/rights.html", page, (refused or Refusal()).why)
