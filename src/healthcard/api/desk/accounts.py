"""Logins of the people who work here: opened, closed, renewed by an administrator; passwords are told once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from ninja import Router
from pydantic import Field, StringConstraints

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Id, PathId
from healthcard.api.operations import acts, opens, reads
from healthcard.api.people import DocumentBody, Name
from healthcard.domain.permissions import Role
from healthcard.services.authority import accounts

router = Router(tags=["accounts 账户"])

Username = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,39}$")]


class AccountBody(Body):
    """Whose login, where, in which role: the roles of one person (by his document) may exclude each other."""

    organisation: Id = Field(examples=[4])
    username: Username = Field(examples=["wang.wu"])
    full_name: Name = Field(examples=["王五"])
    role: Role = Field(examples=["clerk"])
    document: DocumentBody = Field(repr=False)


class LoginAnswer(Answer):
    """A login whose password and second factor (an otpauth address) are told this once; the password is replaced."""

    id: int = Field(examples=[9])
    username: str = Field(examples=["wang.wu"])
    full_name: str = Field(examples=["王五"])
    password: str = Field(examples=["h7kq-w3ne-pz5c-8rtd"], repr=False)
    second_factor: str = Field(examples=["otpauth://totp/healthcard:wang.wu?secret=..."], repr=False)


class AccountAnswer(Answer):
    """A login as lists show it."""

    id: int = Field(examples=[9])
    username: str = Field(examples=["wang.wu"])
    full_name: str = Field(examples=["王五"])
    role: str = Field(examples=["clerk"])
    organisation: int = Field(examples=[4])
    is_active: bool = Field(examples=[True])


@reads(router, "", list[AccountAnswer])
def listed(request: Call) -> object:
    """Every login of my part of the tree."""
    return accounts.listed(request.actor)


@opens(router, "", LoginAnswer, status=HTTPStatus.CREATED)
def opened(request: Call, new: AccountBody) -> object:
    """A login for a person. Its password is kept nowhere in clear, so no idempotency key brings it back."""
    return accounts.open_for(
        request.actor,
        new.organisation,
        username=new.username,
        full_name=new.full_name,
        role=new.role,
        document=new.document.normal(),
    )


@acts(router, "/{account}/closing", None, status=HTTPStatus.NO_CONTENT)
def closed(request: Call, account: PathId) -> None:
    """Nobody logs in with it any more; its sessions end at once."""
    accounts.close(request.actor, account)


@opens(router, "/{account}/renewal", LoginAnswer)
def renewed(request: Call, account: PathId) -> object:
    """A new password and a new second factor for somebody who lost them."""
    return accounts.renew(request.actor, account)
