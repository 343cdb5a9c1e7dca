"""What every answer tells the browser: run our own scripts alone, load nothing from elsewhere, keep nothing.

And how large a request may be at most: a posted file is read and put on disk before it is known who sent it.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from healthcard.services.desk import scans

LARGEST = scans.LARGEST + (1 << 20)  # bytes of a body: a scan, and the form around it
TOO_LARGE = "文件过大，请降低分辨率后重试。 Too large: scan it at a lower resolution."

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the kit's own signs are data in its style sheet
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class SecurityHeaders:
    """Sets them on pages; static files have their own middleware before this one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer with its headers."""
        response = self._get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response.headers.setdefault("Cache-Control", "no-store")  # people's data stay out of shared caches
        return response


class BoundedBodies:
    """Refuses a body that says it is larger than any we take, before anybody reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; a body of unsaid length is none for the server's interface."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and int(length[:20]) > LARGEST:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return HttpResponse(TOO_LARGE, status=status, content_type="text/plain; charset=utf-8")
        return self._get_response(request)
