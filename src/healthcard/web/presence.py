"""Whoever has left his desk is logged out: sessions end when they rest, and at the end of the working day."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

LONGEST = 10 * 3600  # seconds
_OPENED, _SEEN, _IDLE = "opened", "seen", "idle"


class Presence:
    """Ends sessions that rested longer than their issuer allows, before anybody looks at who it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, to somebody who is still there."""
        session, now = request.session, int(time.time())
        if _IDLE in session:
            if now - session[_SEEN] > session[_IDLE] or now - session[_OPENED] > LONGEST:
                session.flush()
            else:
                session[_SEEN] = now
        return self._get_response(request)


def begin(request: HttpRequest, idle_seconds: int) -> None:
    """Count from now how long the session rests."""
    now = int(time.time())
    request.session.update({_OPENED: now, _SEEN: now, _IDLE: idle_seconds})
