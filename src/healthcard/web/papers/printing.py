"""One paper each: its PDF, shown by the browser, kept by nobody on the way."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpResponse

from healthcard.domain.permissions import Permission
from healthcard.services.desk import papers
from healthcard.services.desk.papers import Pdf
from healthcard.services.errors import Invalid
from healthcard.web.screen import ScreenRequest, problem, screen


@screen(Permission.APPLICATION_ACCEPT)
def blank(request: ScreenRequest, kind: str) -> HttpResponse:
    """A form to fill in by hand."""
    return _shown(request, lambda: papers.blank(kind))


@screen(Permission.APPLICATION_ACCEPT)
def form(request: ScreenRequest, application: int) -> HttpResponse:
    """The form of an application."""
    return _shown(request, lambda: papers.form(request.actor, application))


@screen(Permission.APPLICATION_ACCEPT)
def ticket(request: ScreenRequest, application: int) -> HttpResponse:
    """The ticket of a loss report."""
    return _shown(request, lambda: papers.ticket(request.actor, application))


@screen(Permission.APPLICATION_ACCEPT)
def handover(request: ScreenRequest, application: int) -> HttpResponse:
    """The slip that is signed at a hand-over."""
    return _shown(request, lambda: papers.handover_slip(request.actor, application))


@screen(Permission.DESK_ACT)
def receipt(request: ScreenRequest, card: int) -> HttpResponse:
    """The receipt of a card that came back."""
    return _shown(request, lambda: papers.receipt(request.actor, card))


@screen(Permission.CARD_VIEW)
def certificate(request: ScreenRequest, digest: str) -> HttpResponse:
    """The certificate of chips destroyed together."""
    return _shown(request, lambda: papers.certificate(request.actor, digest))


def _shown(request: ScreenRequest, printed: Callable[[], Pdf]) -> HttpResponse:
    try:
        pdf = printed()
    except Invalid as refused:
        return problem(request, HTTPStatus.CONFLICT, f"{refused.zh} · {refused}")
    response = HttpResponse(pdf.content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{pdf.name}"'
    return response
