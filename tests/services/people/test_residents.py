from __future__ import annotations

import pytest


@pytest.fixture
def residents(people):
    from healthcard.services.people import residents

    return residents


def test_people_are_stored_once_however_often_they_come(residents, province, people):
    from healthcard.domain.synthetic import residents as synthetic

    again = [*synthetic(7), *synthetic(7)]
    assert residents.stored(again, province.pk) == 2
    assert residents.stored([], province.pk) == 0


def test_the_whole_form_comes_back_as_it_was_stored(residents, people):
    from healthcard.domain.synthetic import residents as synthetic

    assert [residents.opened(number) for number in people] == list(synthetic(5))


def test_somebody_is_found_by_his_document_alone(residents, console, people):
    from healthcard.domain.resident import Document
    from healthcard.domain.synthetic import resident
    from healthcard.services.people import finding

    assert finding.found(console, resident(2).document) == people[2]
    assert finding.found(console, Document(kind="01", number="none")) is None


def test_nothing_in_the_table_shows_a_number_a_name_or_an_address(people):
    from django.db import connection

    from healthcard.domain.synthetic import residents as synthetic

    with connection.cursor() as cursor:
        cursor.execute("SELECT resident::text, encode(sealed, 'escape') FROM resident")
        table = str(cursor.fetchall())
    for person in synthetic(5):
        shown = [person.document.number, person.name, person.residence_address, *person.phones]
        assert not [text for text in shown if text and text in table]


def test_a_list_is_masked_and_comes_in_pages(residents, console, people):
    first = residents.listed(console, limit=3)
    second = residents.listed(console, after=first.after, limit=3)
    assert [person.id for person in (*first.people, *second.people)] == people[::-1]
    assert second.after is None
    assert all("*" in person.name_masked and "*" in person.document_masked for person in first.people)


def test_somebody_unknown_is_not_found(residents, console):
    from healthcard.services.errors import NotFound

    with pytest.raises(NotFound):
        residents.shown(console, 0)
    with pytest.raises(NotFound):
        residents.opened(0)


@pytest.mark.parametrize("role", ["maker", "admin"])
def test_only_roles_that_may_see_people_do(residents, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    with pytest.raises(NotAllowed):
        residents.listed(as_role(role))


def test_a_row_moved_under_another_person_does_not_open(residents, people):
    from healthcard.services.sealing import SealBroken
    from healthcard.storage.models import Resident

    one, other = (Resident.objects.get(pk=number) for number in people[:2])
    Resident.objects.filter(pk=one.pk).update(sealed=other.sealed)
    with pytest.raises(SealBroken):
        residents.opened(one.pk)


def test_two_imports_of_the_same_people_in_opposite_order_do_not_stop_each_other(installation, helpers, committed_db):
    """Both are made to wait in the middle, by somebody who puts the middle one on file and then gives it up."""
    import threading

    from django.db import OperationalError, connection, transaction

    from healthcard.domain.synthetic import residents as synthetic
    from healthcard.services import scope, sealing
    from healthcard.services.people import residents
    from healthcard.storage.models import Organisation, Resident

    sealing.sealer()  # the first use of a database has a row of its own to write
    home = Organisation.objects.create(code="000000", name="测试部", kind="ministry", division="000000").pk
    people, broken = list(synthetic(20)), []

    def put(order):
        scope.limit(scope.EVERYBODY)
        try:
            with transaction.atomic():
                residents.stored(order, home)
        except OperationalError as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=put, args=(order,)) for order in (people, people[::-1])]
    with transaction.atomic():
        residents.stored(people[9:10], home)
        for thread in threads:
            thread.start()
        _until_waiting(2)
        transaction.set_rollback(True)
    for thread in threads:
        thread.join()
    assert broken == []
    rows = list(Resident.objects.order_by("pk").values_list("birth_year", flat=True))
    years = [person.birth_date.year for person in people]
    assert rows in (years, years[::-1])  # ids go by the order given


def _until_waiting(count):
    import time

    from django.db import connection

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.02)
    pytest.fail("the two imports do not wait")
