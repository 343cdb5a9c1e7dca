"""Logging in and out, and who I am; machines show the secret of their credential instead of a password."""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod, HTTPStatus
from typing import Annotated

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call, address, bearer
from healthcard.api.fields import Answer, Body
from healthcard.api.operations import opens, reads
from healthcard.services.authority import credentials, tokens

router = Router(tags=["sessions 登录"])

Username = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[!-~]+$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1F\x7F]+$")]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,8}$")]
Secret = Annotated[str, StringConstraints(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
Terminal = Annotated[str, StringConstraints(max_length=60, pattern=r"^[ -~]*$")]


class LoginBody(Body):
    """A person's password and one-time code; `new_password` where the old one has to be replaced."""

    username: Username = Field(examples=["clerk"])
    password: Password = Field(examples=["a long sentence of my own"], repr=False)
    code: Code = Field(examples=["492039"], description="动态口令, works once", repr=False)
    terminal: Terminal = Field("", examples=["desk 3"], description="where, for the audit")
    new_password: Password | None = Field(None, examples=["another long sentence"], repr=False)


class SecretBody(Body):
    """A machine's secret, told once when its credential was made."""

    secret: Secret = Field(examples=["vJ3nS8kQ2mX5pL7tR9wY1zB4cD6fG8hK0aE2iU3oN5s"], repr=False)
    terminal: Terminal = Field("", examples=["HIS front end 2"])


class SessionAnswer(Answer):
    """A new session: send `token` as Authorization: Bearer with every call."""

    token: str = Field(examples=["q1Zk0m2p9X4r7T5v8W3y6B1n0C4d7F2g5H8j3K6l9M0"], repr=False)
    expires: datetime = Field(examples=["2026-11-23T19:30:00+08:00"])


class MeAnswer(Answer):
    """Who acts, for which organisation, and what he may do there."""

    account: int | None = Field(examples=[1], description="null for a machine")
    credential: int | None = Field(examples=[None], description="null for a person")
    name: str = Field(examples=["示范经办员"])
    organisation: int = Field(examples=[4])
    permissions: list[str] = Field(examples=[["card.view", "resident.view"]])


@opens(router, "/sessions", SessionAnswer, status=HTTPStatus.CREATED, public=True)
def login(request: Call, who: LoginBody) -> object:
    """Log in as a person; every failure is answered alike."""
    given = who.model_dump(exclude={"new_password"})
    return tokens.open(**given, new_password=who.new_password or "", address=address(request))


@opens(router, "/sessions/machine", SessionAnswer, status=HTTPStatus.CREATED, public=True)
def enter(request: Call, who: SecretBody) -> object:
    """Log in as a machine, for an hour."""
    return credentials.enter(who.secret, who.terminal, address=address(request))


@opens(router, "/sessions/current", None, status=HTTPStatus.NO_CONTENT, method=HTTPMethod.DELETE)
def logout(request: Call) -> None:
    """Log out: the token is worth nothing any more."""
    tokens.close(bearer(request))


@reads(router, "/me", MeAnswer)
def me(request: Call) -> object:
    """Who I am and what I may do."""
    actor = request.actor
    rights = sorted(actor.permissions)
    return {name: getattr(actor, name) for name in ("account", "credential", "name", "organisation")} | {
        "permissions": rights
    }
