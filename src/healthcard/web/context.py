"""What every page knows: who is logged in, where he may go, which languages there are."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from healthcard.domain.permissions import Permission
from healthcard.web import menu


def person(request: HttpRequest) -> dict[str, object]:
    """For all templates."""
    actor = getattr(request, "actor", None)
    screen = (request.resolver_match.url_name or "") if request.resolver_match else ""
    sections = menu.seen_by(actor)
    return {
        "actor": actor,
        "sections": sections,
        "section": next((each.url for each in sections if each.holds(screen)), None),
        "may_search": actor is not None and actor.may(Permission.RESIDENT_VIEW),
        "may_register": actor is not None and actor.may(Permission.RESIDENT_IMPORT),
        "may_read_card": actor is not None and {Permission.DESK_ACT, Permission.CARD_READ_CHIP} <= actor.permissions,
        "may_accounts": actor is not None and actor.may(Permission.ACCOUNT_CHANGE),
        "language": get_language(),
        "languages": settings.LANGUAGES,
    }
