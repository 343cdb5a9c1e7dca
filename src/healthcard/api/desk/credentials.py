"""Machines of institutions and makers: who lets them in, and who shuts them out."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from ninja import Router
from pydantic import Field

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer, Body, Id, Moment, PathId, Word
from healthcard.api.operations import acts, opens, reads
from healthcard.domain.permissions import Role
from healthcard.services.authority import credentials

router = Router(tags=["credentials 接入凭据"])


class CredentialBody(Body):
    """A machine to be let in."""

    organisation: Id = Field(examples=[7])
    name: Word = Field(examples=["HIS front end"], max_length=60)
    role: Role = Field(Role.INSTITUTION, examples=["institution"])
    valid_to: Moment | None = Field(None, examples=["2027-11-23T00:00:00+08:00"])


class SecretAnswer(Answer):
    """A new credential; its secret is told this once."""

    id: int = Field(examples=[2])
    name: str = Field(examples=["HIS front end"])
    secret: str = Field(examples=["vJ3nS8kQ2mX5pL7tR9wY1zB4cD6fG8hK0aE2iU3oN5s"], repr=False)


class CredentialAnswer(Answer):
    """A credential as lists show it."""

    id: int = Field(examples=[2])
    name: str = Field(examples=["HIS front end"])
    role: str = Field(examples=["institution"])
    organisation: int = Field(examples=[7])
    created_at: datetime = Field(examples=["2026-11-23T09:30:00+08:00"])
    valid_to: datetime | None = Field(examples=[None])
    revoked_at: datetime | None = Field(examples=[None])


@reads(router, "", list[CredentialAnswer])
def listed(request: Call) -> object:
    """Every credential of my part of the tree, the newest first."""
    return credentials.listed(request.actor)


@opens(router, "", SecretAnswer, status=HTTPStatus.CREATED)
def created(request: Call, new: CredentialBody) -> object:
    """A credential for a machine. Its secret is kept nowhere, so no idempotency key brings it back."""
    return credentials.create(request.actor, new.organisation, name=new.name, role=new.role, valid_to=new.valid_to)


@acts(router, "/{credential}/revocation", None, status=HTTPStatus.NO_CONTENT)
def revoked(request: Call, credential: PathId) -> None:
    """Shut a machine out; its sessions end at once."""
    credentials.revoke(request.actor, credential)
