"""A card that ended stays ended, whatever anybody asks of the API (第十三条)."""

from __future__ import annotations

import pytest
from authority import undone
from endpoints import Endpoint, lines, sent
from test_authorisation import _name

from healthcard.domain.permissions import Role

ACTS = [line for line in lines() if line["method"] != "GET" and line["reach"] != "public"]


class Ended:
    """The world as it is for somebody who means the ended card, its holder or the application on it every time."""

    def __init__(self, world):
        self.ids = dict(world.ids)
        for name in world.ids:
            if name.endswith(("card", "resident")):
                self.ids[name] = world.ids["ended_card" if name.endswith("card") else "ended_resident"]


def _facts(card):
    from healthcard.services import scope
    from healthcard.storage.models import Card

    scope.limit(scope.EVERYBODY)
    row = Card.objects.get(pk=card)
    return row.life, row.end_reason


@pytest.mark.parametrize("line", ACTS, ids=_name)
def test_no_call_brings_an_ended_card_back(country, documents, line):
    endpoint, world = Endpoint(line, documents[line["door"]]), Ended(country)
    before = _facts(country.ids["ended_card"])
    assert before[0] == "ended"
    for role in (role.value for role in Role if line[role.value] == "x"):
        with undone():
            answer = sent(line["door"], *endpoint.request(world), token=f"{role}.own")
            assert answer.status_code < 500
            assert _facts(country.ids["ended_card"]) == before
