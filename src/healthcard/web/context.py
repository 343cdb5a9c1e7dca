"""What every page knows: who is logged in, where he may go, which languages there are."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from healthcard.domain.permissions import Permission

_SECTIONS = {"residents": "residents", "resident": "residents", "cards": "cards", "card": "cards"}


def person(request: HttpRequest) -> dict[str, object]:
    """For all templates."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "may_see_people": actor is not None and actor.may(Permission.RESIDENT_VIEW),
        "may_see_cards": actor is not None and actor.may(Permission.CARD_VIEW),
        "section": _SECTIONS.get(request.resolver_match.url_name or "") if request.resolver_match else None,
        "language": get_language(),
        "languages": settings.LANGUAGES,
    }
