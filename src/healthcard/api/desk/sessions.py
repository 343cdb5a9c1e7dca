"""Who I am, as the desk's API knows me."""

from __future__ import annotations

from ninja import Router
from pydantic import Field

from healthcard.api.authentication import Call
from healthcard.api.fields import Answer
from healthcard.api.operations import reads

router = Router(tags=["sessions 登录"])


class MeAnswer(Answer):
    """Who acts, for which organisation, and what he may do there."""

    account: int | None = Field(examples=[1], description="null for a machine")
    name: str = Field(examples=["示范经办员"])
    organisation: int = Field(examples=[4])
    permissions: list[str] = Field(examples=[["card.view", "resident.view"]])


@reads(router, "/me", MeAnswer)
def me(request: Call) -> object:
    """Who I am and what I may do."""
    actor = request.actor
    return {
        "account": actor.account,
        "name": actor.name,
        "organisation": actor.organisation,
        "permissions": sorted(actor.permissions),
    }
