"""People found by what they bring or say: document, telephone, name; masked, in their part of the tree alone."""

from __future__ import annotations

import pytest

from healthcard.domain.identity import document
from healthcard.domain.resident import Document
from healthcard.domain.synthetic import resident


@pytest.fixture
def search(people, console):
    from healthcard.services.people import finding

    def ask(actor=console, **wanted):
        page = {name: wanted.pop(name) for name in ("after", "limit") if name in wanted}
        return finding.searched(actor, finding.Wanted(**wanted), **page)

    return ask


def _ids(page):
    return [person.id for person in page.people]


def test_somebody_is_found_by_his_document_however_it_is_written(search, people):
    held = resident(2).document
    wide = held.number.translate({code: code + 0xFEE0 for code in range(0x30, 0x5B)}).lower()
    assert _ids(search(document=document(held.kind, wide))) == [people[2]]
    assert _ids(search(document=Document(kind="01", number="none"))) == []


def test_an_old_number_of_fifteen_digits_finds_the_same_person(helpers, province, console):
    from dataclasses import replace

    from healthcard.services.people import finding, residents

    held = document("01", "110105491231002")  # of GB 11643's own example
    assert residents.stored([replace(resident(1), document=held)], province.pk) == 1
    found = finding.found(console, document("01", "11010519491231002x"))
    assert found is not None
    assert finding.found(console, document("02", "11010519491231002X")) == found


def test_somebody_is_found_by_telephone_name_and_birth_date(search, people):
    person = resident(3)
    assert people[3] in _ids(search(phone=f"+86 {person.phones[0]}"))
    assert people[3] in _ids(search(name=f" {person.name} "))
    assert people[3] in _ids(search(name=person.name, birth_date=person.birth_date))
    assert _ids(search(name=person.name, birth_date=person.birth_date.replace(year=1901))) == []


def test_what_is_found_is_masked_and_comes_in_pages(helpers, province, console):
    from dataclasses import replace

    from healthcard.services.people import finding, residents

    namesakes = [replace(resident(index), name="王伟") for index in range(5)]
    residents.stored(namesakes, province.pk)
    wanted = finding.Wanted(name="王伟")
    first = finding.searched(console, wanted, limit=3)
    second = finding.searched(console, wanted, after=first.after, limit=3)
    ids = _ids(first) + _ids(second)
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5
    assert second.after is None
    assert all("*" in person.name_masked and "*" in person.document_masked for person in first.people)


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"phone": "13900000000", "name": "王伟"},
        {"phone": "13900000000", "birth_date": resident(0).birth_date},
        {"phone": "nothing"},
        {"name": " · "},
    ],
)
def test_a_question_that_is_none_is_refused(search, wanted):
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid):
        search(**wanted)


def test_people_of_another_part_of_the_tree_are_not_found(search, people, province):
    from healthcard.services import actor
    from healthcard.storage.models import Account, Organisation

    city = Organisation.objects.create(code="990900", name="别市", kind="city", parent=province, division="990900")
    city.refresh_from_db()
    clerk = Account.objects.create(username="far", full_name="far", organisation=city, role="clerk", password="!")
    elsewhere = actor.of_account(clerk.pk)
    assert _ids(search(elsewhere, document=resident(1).document)) == []
    assert _ids(search(elsewhere, name=resident(1).name)) == []


@pytest.mark.parametrize("role", ["maker", "admin", "institution"])
def test_only_roles_that_may_see_people_search(search, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    with pytest.raises(NotAllowed):
        search(as_role(role), name="王伟")


def test_the_index_holds_digests_and_nothing_that_was_digested(people):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT resident_key::text, encode(digest, 'escape') FROM resident_key")
        table = str(cursor.fetchall())
    person = resident(1)
    assert not [text for text in (person.name, person.document.number, *person.phones) if text in table]
    assert table.count("name_birth") == len(people)


def test_a_document_belongs_to_one_person_for_ever(people):
    from django.db import Error, transaction

    from healthcard.services import sealing
    from healthcard.storage.models import ResidentKey

    taken = sealing.sealer().digest(resident(1).document)
    with pytest.raises(Error, match=r"of somebody else on file|unique"), transaction.atomic():
        ResidentKey.objects.create(resident_id=people[2], kind="document", digest=taken)
    with pytest.raises(Error, match="for ever"), transaction.atomic():
        ResidentKey.objects.filter(resident=people[1], kind="document").delete()
    with pytest.raises(Error, match="for ever"), transaction.atomic():
        ResidentKey.objects.filter(resident=people[1], kind="document").update(resident=people[2])
    with pytest.raises(Error, match="somebody on file"), transaction.atomic():
        ResidentKey.objects.create(resident_id=0, kind="name", digest=bytes(32))


def test_who_is_on_file_under_a_second_document_is_not_put_on_file_again(people, province):
    from dataclasses import replace

    from django.db import Error, transaction

    from healthcard.services import sealing
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident, ResidentKey

    passport = Document(kind="03", number="E00000001")
    digest = sealing.sealer().digest(passport)
    ResidentKey.objects.create(resident_id=people[0], kind="document", digest=digest, masked="护照 E*******1")
    assert residents.stored([replace(resident(40), document=passport)], province.pk) == 0
    known = Resident.objects.get(pk=people[0])
    with pytest.raises(Error, match="of somebody else on file"), transaction.atomic():
        Resident.objects.create(
            identity_digest=digest, sealed=bytes(known.sealed), birth_year=1980, home=province, document_kind="03"
        )
