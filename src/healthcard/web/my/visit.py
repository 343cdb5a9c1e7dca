"""A resident's visit: a session of its own, with a cookie that only these pages see; never the staff's."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from healthcard.domain.lifecycle import TransitionRefused
from healthcard.services.errors import Conflict, KeyServiceGone, NotFound, Refused
from healthcard.services.own import children
from healthcard.web.screen import told, wrong_method

COOKIE = "healthcard_my"
IDLE, LONGEST = 600, 3600  # seconds a visit may rest, and last
_WHO, _OPENED, _SEEN = "resident", "opened", "seen"
_CHILD = "child"  # whose page a guardian looks at

View = Callable[..., HttpResponse]


class OwnRequest(HttpRequest):
    """A request of somebody who has entered: his visit, and who he is; on a child's page that is the guardian."""

    visit: SessionStore
    entered: int


def opened(request: HttpRequest) -> SessionStore:
    """The visit's session; a new empty one where there is none."""
    return SessionStore(request.COOKIES.get(COOKIE) or None)


def kept(answer: HttpResponse, visit: SessionStore) -> HttpResponse:
    """The answer with the visit's cookie, its rows written."""
    visit.set_expiry(LONGEST)
    visit.save()
    answer.set_cookie(
        COOKIE,
        visit.session_key or "",
        path="/my",
        httponly=True,
        samesite="Strict",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )
    return answer


def begun(answer: HttpResponse, visit: SessionStore, resident: int) -> HttpResponse:
    """The answer to somebody who has just proved who he is: under a key nobody knew before."""
    now = int(time.time())
    visit.flush()
    visit.update({_WHO: resident, _OPENED: now, _SEEN: now})
    return kept(answer, visit)


def turned(request: OwnRequest, child: int) -> None:
    """From now on the visit is at that child's page; 0 = at one's own again."""
    request.visit[_CHILD] = child


def ended(answer: HttpResponse, visit: SessionStore) -> HttpResponse:
    """The answer to somebody who leaves."""
    visit.flush()
    answer.delete_cookie(COOKIE, path="/my")
    return answer


def own_screen(method: str = "GET") -> Callable[[View], View]:
    """A page for a resident who has entered: the view gets his id from the visit, never from the address.

    On a child's page it gets the child's; whether it is his is judged anew each time.
    """
    methods = ("GET", "HEAD") if method == "GET" else (method,)

    def make(view: View) -> View:
        @wraps(view)
        def shown(request: OwnRequest) -> HttpResponse:
            if request.method not in methods:
                return wrong_method(request, methods)
            visit = opened(request)
            resident = _present(visit)
            if resident is None:
                return redirect("my_enter")
            request.visit, request.entered = visit, resident
            try:
                return kept(view(request, _whose(visit, resident)), visit)
            except (TransitionRefused, Refused, Conflict) as refusal:
                return said(request, told(refusal), HTTPStatus.CONFLICT)
            except NotFound:
                return ended(redirect("my_enter"), visit)
            except KeyServiceGone:
                return said(request, _("This is not possible at this moment. Try again later."), HTTPStatus.CONFLICT)

        return shown

    return make


def said(request: HttpRequest, words: str, status: HTTPStatus) -> HttpResponse:
    """A page with one sentence and the way back."""
    return render(request, "my/said.html", {"words": words}, status=status)


def _whose(visit: SessionStore, resident: int) -> int:
    """Whose page the visit is at; raises NotFound for a child that is not his any more."""
    child = visit.get(_CHILD)
    if not isinstance(child, int) or not child:
        return resident
    children.require(resident, child)
    return child


def _present(visit: SessionStore) -> int | None:
    """Who is there; None for nobody, or whose visit rested too long."""
    now, resident = int(time.time()), visit.get(_WHO)
    if not isinstance(resident, int) or now - visit[_SEEN] > IDLE or now - visit[_OPENED] > LONGEST:
        return None
    visit[_SEEN] = now
    return resident
