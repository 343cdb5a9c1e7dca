"""The second fence (I-39), row by row: what hangs on the people of an office is there for it and whoever is above."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from authority import RELATIONS, undone

FENCED = (
    *("Resident", "Card", "CardEvent", "Application", "Message", "Access", "ResidentChange", "Transfer"),
    *("FirstContent", "Verification", "Registration", "TransferNotice", "Misuse"),
)
CHANGES = {
    "Resident": {"birth_year": 1950},
    "Card": {"key_version": 7},
    "Application": {"opinion": "x"},
    "Message": {"kind": "x"},
    "Transfer": {"items": 7},
    "Registration": {"items": 7},
    "Misuse": {"finding": "x"},
}
SEE = {"own", "above"}


@pytest.fixture
def hanging(country):
    """At least one row of every fenced table, all of the people of one office."""
    from healthcard.services import scope
    from healthcard.storage import models

    person, card, office = country.ids["resident"], country.ids["card"], country.ids["organisation"]
    with undone():
        scope.limit(scope.EVERYBODY)
        models.ResidentChange.objects.create(
            resident_id=person, fields="name", sealed_before=b"x", reason="x", operation=UUID(int=1)
        )
        models.Access.objects.create(resident_id=person, organisation_id=office, purpose="x", what="x")
        models.Verification.objects.create(
            card_id=card,
            card_version=1,
            organisation_id=office,
            purpose="treatment",
            step="x",
            usable=True,
            reason="usable",
            started=datetime.now(UTC),
        )
        models.FirstContent.objects.update_or_create(card_id=card, defaults={"items": 0, "digest": bytes(32)})
        yield country


@pytest.mark.parametrize("name", FENCED)
def test_rows_are_there_from_above_and_from_nowhere_else(hanging, name):
    from healthcard.services import scope
    from healthcard.storage import models

    rows, seen = getattr(models, name).objects, {}
    places = {relation: hanging.organisations[relation].path for relation in RELATIONS if relation != "self"}
    for place, path in {**places, "nobody": scope.NOBODY, "everybody": scope.EVERYBODY}.items():
        scope.limit(path)
        seen[place] = rows.count()
    assert seen["own"] > 0
    assert {place: count for place, count in seen.items() if place not in SEE | {"everybody"} and count} == {}
    assert seen["own"] == seen["above"] == seen["everybody"]


@pytest.mark.parametrize(("name", "change"), CHANGES.items())
def test_rows_of_others_are_not_changed_either(hanging, name, change):
    from healthcard.services import scope
    from healthcard.storage import models

    for place in ("same_city", "below", "beside", "foreign"):
        scope.limit(hanging.organisations[place].path)
        assert getattr(models, name).objects.update(**change) == 0
