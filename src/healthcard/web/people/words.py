"""Short words for what the services of people's records call by name."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcard.domain.rights import RIGHTS
from healthcard.domain.roads import WAYS
from healthcard.web.desk.words import chosen

ROADS: Mapping[str, Promise] = {
    "write": _("can be rewritten on the card"),
    "replace": _("needs a new card"),
    "record": _("on file only"),
}
_LINK = _("second document")
_FIELDS: Mapping[str, Promise] = {
    "home": _("home organisation"),
    "other_documents": _("further documents"),
}


def field(name: str) -> str:
    """What a field of the record is called."""
    if name in _FIELDS:
        return str(_FIELDS[name])
    way = WAYS.get(name)
    return name if way is None else chosen(way.zh, way.en)


def request(kind: str) -> str:
    """What a request about one's data is called."""
    right = RIGHTS.get(kind)
    return str(_LINK) if right is None else chosen(right.zh, right.en)
