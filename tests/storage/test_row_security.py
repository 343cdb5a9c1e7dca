"""The second fence (I-39): rows outside the part of the tree a session may see are not there, whatever it asks."""

from __future__ import annotations

import pytest


@pytest.fixture
def desks(province, new_person, new_card):
    """Two desks with a person and his card each: desk id -> (path, person, card)."""
    from healthcard.storage.models import Organisation

    found = []
    for number in (1, 2):
        desk = Organisation.objects.create(
            code=f"D{number}", name="窗口", kind="desk", parent=province, division="990100"
        )
        desk.refresh_from_db()
        person = new_person(number, home=desk)
        found.append((desk.path, person, new_card(number, person)))
    return found


def _at(path):
    from healthcard.services import scope

    scope.limit(path)


@pytest.mark.parametrize("path", ["own", "none"])
def test_people_and_cards_of_another_desk_are_not_there(desks, path):
    from healthcard.storage.models import Card, Resident

    (here, person, card), (_, other, foreign) = desks
    _at(here if path == "own" else "")
    mine = path == "own"
    assert set(Resident.objects.values_list("pk", flat=True)) == ({person.pk} if mine else set())
    assert set(Card.objects.values_list("pk", flat=True)) == ({card.pk} if mine else set())
    assert Resident.objects.filter(pk=other.pk).update(birth_year=1951) == 0
    assert Card.objects.filter(pk=foreign.pk).update(key_version=2) == 0


def test_nobody_puts_a_person_on_file_at_another_desk(desks, new_person):
    from django.db import Error, transaction

    (here, _, _), (_, other, _) = desks
    _at(here)
    with pytest.raises(Error, match="row-level security"), transaction.atomic():
        new_person(9, home=other.home)


def test_the_tables_of_people_and_cards_are_fenced_and_the_fence_holds_for_our_role(db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND pg_get_userbyid(relowner) <> current_user"
        )
        fenced = {name for (name,) in cursor.fetchall()}
    people = {"resident", "message", "access", "resident_change", "collection", "person_request", "application_scan"}
    cards = {"card", "card_event", "application", "transfer", "first_content", "verification", "registration", "misuse"}
    assert people | cards <= fenced


def test_business_and_reports_are_fenced_like_the_people_they_are_about(desks, province):
    from django.db import connection

    from healthcard.storage.models import Misuse

    _at("/")
    for _, _, card in desks:
        Misuse.objects.create(card=card, organisation=province, kind="lent", sealed=b"")
    (here, _, card), _ = desks
    _at(here)
    assert set(Misuse.objects.values_list("card", flat=True)) == {card.pk}
    _at("")
    assert not Misuse.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        assert {"registration", "transfer_notice", "misuse"} <= {name for (name,) in cursor.fetchall()}
