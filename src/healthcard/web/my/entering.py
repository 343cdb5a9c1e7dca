"""The door: the number of a document, the code that was sent, the way out."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from healthcard.services.errors import KeyServiceGone, NotAuthenticated, TooMany
from healthcard.services.own import entering
from healthcard.services.own.entering import Challenge
from healthcard.web.my import visit

_ASKED = ("resident", "digest", "at")
_CHALLENGE = "challenge"


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for a code; the page that follows is the same whoever it was."""
    if request.method != "POST" or not entering.is_offered():
        return _door(request)
    try:
        challenge = entering.ask(request.POST.get("number", "")[:40], address=_address(request))
    except TooMany:
        return _door(request, _("Too many questions. Wait for some minutes."), HTTPStatus.TOO_MANY_REQUESTS)
    except KeyServiceGone:
        return _door(request, _("This is not possible at this moment. Try again later."))
    session = visit.opened(request)
    session[_CHALLENGE] = {name: getattr(challenge, name) for name in _ASKED}
    return visit.kept(render(request, "my/code.html", {"shown": challenge.shown}), session)


@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """The code that was sent: right, it opens the page."""
    session = visit.opened(request)
    asked = session.get(_CHALLENGE)
    if not isinstance(asked, dict):
        return redirect("my_enter")
    try:
        resident = entering.prove(Challenge(**asked), request.POST.get("code", "")[:12], address=_address(request))
    except NotAuthenticated:
        page = {"refused": _("The code is wrong or too old.")}
        return render(request, "my/code.html", page, status=HTTPStatus.FORBIDDEN)
    return visit.begun(redirect("my"), session, resident)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """The way out."""
    return visit.ended(redirect("my_enter"), visit.opened(request))


def _door(request: HttpRequest, refused: str = "", status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return render(request, "my/enter.html", {"refused": refused, "offered": entering.is_offered()}, status=status)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
