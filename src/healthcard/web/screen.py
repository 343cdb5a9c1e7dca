"""What all screens have in common: who asks, by which method, with which permission, and how a refusal looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from healthcard.domain.articles import cited
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import NotAllowed, Permission
from healthcard.services.actor import Actor, of_account
from healthcard.services.errors import Conflict, Invalid, NotFound, Refused, Worded

METHODS = ("GET", "HEAD")


class ScreenRequest(HttpRequest):
    """A request whose actor is known, and whether a page that is open asked for a part of itself."""

    actor: Actor
    htmx: HtmxDetails


Screen = Callable[..., HttpResponse]


def screen(*permissions: Permission) -> Callable[[Screen], Callable[..., HttpResponse]]:
    """A screen to look at, for logged-in people who have all of `permissions`."""

    def make(view: Screen) -> Callable[..., HttpResponse]:
        @wraps(view)
        def shown(request: ScreenRequest, **parts: int) -> HttpResponse:
            if request.method not in METHODS:
                return wrong_method(request)
            if not request.user.is_authenticated:
                return _login(request, request.get_full_path())
            if request.session.get("must_change"):
                return redirect("password")
            return _answered(view, request, permissions, parts)

        return shown

    return make


def acting_screen(*permissions: Permission) -> Callable[[Screen], Callable[..., HttpResponse]]:
    """A post that changes something, for logged-in people who have all of `permissions`; refusals in their words."""

    def make(view: Screen) -> Callable[..., HttpResponse]:
        @wraps(view)
        def done(request: ScreenRequest, **parts: int) -> HttpResponse:
            if request.method != "POST":
                return wrong_method(request, ("POST",))
            if not request.user.is_authenticated:
                return _login(request, _page(request))  # what was posted is not kept: its page begins anew
            if request.session.get("must_change"):
                return redirect("password")
            return _answered(view, request, permissions, parts)

        return done

    return make


def _login(request: ScreenRequest, after: str) -> HttpResponse:
    """To the login, and then back; a page that is open and asked for a part of itself is loaded anew."""
    return HttpResponseClientRefresh() if request.htmx else redirect_to_login(after)


def _page(request: HttpRequest) -> str:
    """The page of ours from which something was posted."""
    came = urlsplit(request.META.get("HTTP_REFERER", ""))
    if came.netloc != request.get_host():
        return "/"
    return f"{came.path}?{came.query}" if came.query else came.path


def _answered(
    view: Screen, request: ScreenRequest, permissions: Sequence[Permission], parts: Mapping[str, int]
) -> HttpResponse:
    """What the view answers to whoever asks; a refusal in its words, also of what only wanted to be looked at."""
    try:
        request.actor = of_account(request.user.pk or 0, address=str(request.META.get("REMOTE_ADDR", "")))
        for permission in permissions:
            request.actor.require(permission)
        return view(request, **parts)
    except NotAllowed:
        return problem(request, HTTPStatus.FORBIDDEN)
    except NotFound:
        return problem(request, HTTPStatus.NOT_FOUND)
    except (TransitionRefused, Refused, Invalid, Conflict) as refusal:
        return problem(request, HTTPStatus.CONFLICT, told(refusal))


def told(refusal: TransitionRefused | Refused | Invalid | Worded) -> str:
    """A refusal in the reader's language, with its article and what to do."""
    chinese = (get_language() or "").startswith("zh")
    match refusal:
        case TransitionRefused():
            words = refusal.guard
            article = cited(words.article, chinese=chinese)
            if chinese:
                return f"{words.zh}（{article}）：{words.advice_zh}"
            return f"{words.en} ({article}): {words.advice_en}"
        case Refused():
            advice = refusal.advice_zh if chinese else refusal.advice_en
            return f"{refusal.zh}。{advice}" if chinese else f"{refusal}. {advice}"
        case _:
            return refusal.zh if chinese else str(refusal)


def problem(request: HttpRequest, status: HTTPStatus, detail: str = "") -> HttpResponse:
    """A page that says what went wrong and what to do."""
    title, advice = _words(status)
    page = {"status": int(status), "title": title, "advice": advice, "detail": detail}
    return render(request, "problem.html", page, status=status)


def wrong_method(request: HttpRequest, methods: Sequence[str] = METHODS) -> HttpResponse:
    """405 with the methods there are."""
    response = problem(request, HTTPStatus.METHOD_NOT_ALLOWED)
    response.headers["Allow"] = ", ".join(methods)
    return response


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No screen has this address."""
    return problem(request, HTTPStatus.NOT_FOUND)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page."""
    return problem(request, HTTPStatus.FORBIDDEN, _("The form is too old or came from elsewhere: load the page anew."))


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django itself finds suspicious."""
    return problem(request, HTTPStatus.BAD_REQUEST)


def failed(request: HttpRequest) -> HttpResponse:
    """Something broke; the log has it, the page does not."""
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def _words(status: HTTPStatus) -> tuple[str, str]:
    table = {
        HTTPStatus.BAD_REQUEST: (_("This request cannot be understood"), _("Go back and try again.")),
        HTTPStatus.FORBIDDEN: (_("Your role may not do this"), _("Ask somebody whose role may.")),
        HTTPStatus.NOT_FOUND: (_("There is nothing here for you"), _("Check the address, or go back to the list.")),
        HTTPStatus.METHOD_NOT_ALLOWED: (_("This page is only to be looked at"), _("Go back and use its buttons.")),
        HTTPStatus.CONFLICT: (_("A rule stands against it"), _("Look at the record again; it may have changed.")),
    }
    broken = (_("Something broke on our side"), _("Nothing was changed. Try again, and tell the operator the time."))
    return table.get(status, broken)
