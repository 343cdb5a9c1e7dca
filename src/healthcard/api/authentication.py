"""Who asks: a bearer token, which the services know. No cookie is looked at, so no other site can ask in one's name."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpRequest
from ninja.security import HttpBearer

from healthcard.services.actor import Actor
from healthcard.services.authority import tokens

LONGEST = 512  # characters of a token


class Call(HttpRequest):
    """A request whose actor is known."""

    actor: Actor


class Token(HttpBearer):
    """`Authorization: Bearer ...`, from POST /api/v1/sessions."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor of a token; raises NotAuthenticated."""
        if not (token.isascii() and token.isprintable() and 0 < len(token) <= LONGEST):
            return None
        actor = tokens.actor(token, address=address(request), request=uuid4().hex)
        request.actor = actor  # type: ignore[attr-defined] # from here on it is a Call
        return actor


def client(actor: Actor) -> str:
    """What an actor's idempotency keys belong to: the login or the machine, not the person's wording of it."""
    return f"account:{actor.account}" if actor.credential is None else f"credential:{actor.credential}"


def address(request: HttpRequest) -> str:
    """Where a request came from, for the audit."""
    return str(request.META.get("REMOTE_ADDR", ""))


def bearer(request: HttpRequest) -> str:
    """The token a request came with."""
    return request.headers["Authorization"].partition(" ")[2]
