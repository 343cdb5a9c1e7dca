"""Who asks: a bearer token, which the services know. No cookie is looked at, so no other site can ask in one's name."""

from __future__ import annotations

from typing import Protocol

from django.http import HttpRequest
from ninja.security import HttpBearer

from healthcard.services.actor import Actor
from healthcard.services.errors import NotWired

LONGEST = 512  # characters of a token


class Call(HttpRequest):
    """A request whose actor is known."""

    actor: Actor


class Tokens(Protocol):
    """Who knows tokens: the module `services.tokens`, or a double in tests."""

    def actor(self, token: str) -> Actor:
        """Whose token it is; raises NotAuthenticated."""
        ...


_given: list[Tokens] = []


def give(known: Tokens) -> None:
    """Give this process those who know tokens."""
    _given[:] = [known]


def tokens() -> Tokens:
    """Who knows tokens in this process; raises NotWired."""
    if not _given:
        raise NotWired("This process was not given the tokens: run it through `healthcard`.")
    return _given[0]


class Token(HttpBearer):
    """`Authorization: Bearer ...`, from POST /api/v1/sessions."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor of a token; raises NotAuthenticated."""
        if not (token.isascii() and token.isprintable() and 0 < len(token) <= LONGEST):
            return None
        actor = tokens().actor(token)
        request.actor = actor  # type: ignore[attr-defined] # from here on it is a Call
        return actor


def client(actor: Actor) -> str:
    """What an actor's idempotency keys belong to: the login or the machine, not the person's wording of it."""
    return f"account:{actor.account}" if actor.account is not None else f"organisation:{actor.organisation}"
