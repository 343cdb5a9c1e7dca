"""Where something is decided: at the registration centre (第六条第一项) or at the issuing province (第七条第一项)."""

from __future__ import annotations

from healthcard.domain.admission.procedure import require
from healthcard.services.actor import Actor
from healthcard.services.authority.issuing_body import DECIDES
from healthcard.storage.models import Organisation, OrganisationKind


def require_centre(actor: Actor) -> Organisation:
    """The registration centre, where the actor works; raises TransitionRefused elsewhere."""
    place = Organisation.objects.get(pk=actor.organisation)
    require("centre_decides", place.kind == OrganisationKind.MINISTRY, organisation_kind=place.kind)
    return place


def require_province(actor: Actor) -> Organisation:
    """The province, where the actor works; raises TransitionRefused elsewhere."""
    place = Organisation.objects.get(pk=actor.organisation)
    require("province_selects", place.kind == OrganisationKind.PROVINCE, organisation_kind=place.kind)
    return place


def require_decider(actor: Actor) -> Organisation:
    """The province or the centre, where the actor works; raises TransitionRefused elsewhere."""
    place = Organisation.objects.get(pk=actor.organisation)
    require("province_selects", place.kind in DECIDES, organisation_kind=place.kind)
    return place
