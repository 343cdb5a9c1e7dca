"""The edge of the API inside Django: whatever leaves it with an error is a problem, nothing of Django's own pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from healthcard.api import problems
from healthcard.api.problems import Problem
from healthcard.services import breakage

PREFIX = "/api/"
_LOG = logging.getLogger("healthcard.api")
_BY_STATUS = {400: "malformed", 403: "not-allowed", 404: "not-found", 405: "method", 413: "too-large"}


class Boundary:
    """Turns error pages under /api/ into problems; the first middleware of all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, as JSON whatever happened."""
        response = self._get_response(request)
        if not request.path_info.startswith(PREFIX) or response.status_code < 400 or _is_problem(response):
            return response
        kept = {name: response.headers[name] for name in ("Allow",) if name in response.headers}
        return problems.response(Problem(kind=_BY_STATUS.get(response.status_code, "broken"), headers=kept))


def answered(request: HttpRequest, error: Exception) -> HttpResponse:
    """What an operation that raised `error` answers with; nobody's unforeseen error leaves more than its number."""
    problem = problems.of(error)
    if problem is None:
        instance = uuid4().urn
        _LOG.error("%s %s: %s", instance, request.method, breakage.told(error))
        problem = problems.broken(instance)
    return problems.response(problem)


def _is_problem(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "") == problems.MEDIA_TYPE
