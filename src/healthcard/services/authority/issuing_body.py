"""The issuing province (发卡机构) of an organisation, and who may decide for it (第七条第五项)."""

from __future__ import annotations

from healthcard.domain.lifecycle import require
from healthcard.services.actor import Actor
from healthcard.services.errors import Conflict
from healthcard.storage.models import Organisation, OrganisationKind

DECIDES = (OrganisationKind.MINISTRY, OrganisationKind.PROVINCE)


def issuing_body(path: str) -> Organisation | None:
    """The province at or above the organisation with this path; None above all provinces."""
    return Organisation.objects.filter(pk__in=above(path), kind=OrganisationKind.PROVINCE).order_by("-path").first()


def above(path: str) -> list[int]:
    """The ids of the organisation with this path and of those above it."""
    return [int(part) for part in path.split("/") if part]


def body_of(actor: Actor) -> Organisation:
    """The province the actor works for; raises Conflict for one who works above all of them."""
    found = issuing_body(actor.path)
    if found is None:
        raise Conflict(
            "本机构不属于任何发卡省份：请以某一省的身份办理。",
            "This organisation belongs to no issuing province: act for one of them.",
        )
    return found


def require_issuing_body(actor: Actor) -> None:
    """Raise TransitionRefused unless the actor works at a province's own body, or at the ministry."""
    kind = _kind(actor)
    require("issuer_decides", kind in DECIDES, organisation_kind=kind)


def require_ministry(actor: Actor) -> None:
    """Raise TransitionRefused unless the actor works at the ministry itself: for what holds in every province."""
    kind = _kind(actor)
    require("ministry_decides", kind == OrganisationKind.MINISTRY, organisation_kind=kind)


def _kind(actor: Actor) -> str:
    return str(Organisation.objects.values_list("kind", flat=True).get(pk=actor.organisation))
