"""One person put on file at a desk: whole form, guardian, consent, verification, photo; the province's own fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from healthcard.domain import form_row
from healthcard.domain.synthetic import resident

CAME = {"presented": ("identity",), "identity": "document_and_face", "consented": True}
GUARDED = ("identity", "guardian_identity", "birth_certificate")


def _picture():
    image = Image.new("RGB", (480, 640), (245, 245, 245))
    image.paste(Image.new("RGB", (240, 320), (180, 140, 120)), (120, 160))
    target = BytesIO()
    image.save(target, "JPEG", quality=95)
    return target.getvalue()


def _grown(index=60):
    return next(person for person in map(resident, range(index, 200)) if person.birth_date.year in range(1960, 2000))


def _child():
    return replace(
        _grown(), birth_date=date(2020, 5, 5), document=replace(_grown().document, kind="03", number="SYN12345")
    )


@pytest.fixture
def register(helpers, province, console):
    from healthcard.services.people import registering

    def make(person=None, actor=console, **more):
        cells = form_row.cells(person or _grown()) | more.pop("cells", {})
        return registering.register(actor, registering.Entry(cells=cells, **(CAME | more)))

    return make


@pytest.fixture
def guardian():
    from healthcard.services.desk.applications import Delegate

    return Delegate(
        name="王母", document_kind="01", document_number="62990119900101002X", relation="5", phone="15400000009"
    )


def _refused(act, **how):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.errors import Refused

    with pytest.raises((TransitionRefused, Refused)) as refusal:
        act(**how)
    return refusal.value.rule


def test_the_whole_form_comes_on_file_and_comes_back(register, console):
    from healthcard.services.people import finding, residents

    made = register()
    assert residents.opened(made.id) == replace(_grown(), photo=b"")
    assert finding.found(console, _grown().document) == made.id
    assert made.consented == "holder"


def test_a_picture_is_shrunk_for_the_card(register):
    from healthcard.services.people import residents

    picture = _picture()
    made = register(photo=picture)
    photo = residents.opened(made.id).photo
    assert photo.startswith(b"\xff\xd8")
    assert 500 < made.photo_bytes == len(photo) <= 3072 < len(picture)


def test_what_is_no_picture_is_refused(register):
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid) as refusal:
        register(photo=b"GIF89a")
    assert refusal.value.field == "photo"


def test_how_it_was_collected_is_kept_with_the_edition_of_the_form(register):
    from healthcard.services.people import registering
    from healthcard.storage.models import AuditEntry, Collection

    made = register()
    row = Collection.objects.get(resident=made.id)
    assert (row.edition, row.by, row.identity, row.presented) == (
        "2012-04-26",
        "holder",
        "document_and_face",
        ["identity"],
    )
    assert registering.opened(row) == {"delegate": None, "extra": {}}
    assert AuditEntry.objects.filter(operation=row.operation, action="resident.register", resident=made.id).exists()


def test_for_a_child_its_guardian_comes_and_consents(register, guardian):
    from healthcard.services.people import registering
    from healthcard.storage.models import Collection

    assert _refused(register, person=_child()) == "guardian_needed"
    assert _refused(register, person=_child(), by="guardian", delegate=guardian) == "documents_presented"
    made = register(person=_child(), by="guardian", delegate=guardian, presented=GUARDED)
    assert made.consented == "guardian"
    row = Collection.objects.get(resident=made.id)
    assert registering.opened(row)["delegate"]["name"] == "王母"
    assert "王母".encode() not in bytes(row.sealed)


def test_nobody_is_put_on_file_without_consent(register):
    assert _refused(register, consented=False) == "consent_given"


def test_who_is_on_file_is_not_registered_again(register):
    register()
    assert _refused(register) == "one_person"


def test_who_is_on_file_elsewhere_is_one_person_too(register, province, people):
    from healthcard.services import actor
    from healthcard.storage.models import Account, Organisation

    city = Organisation.objects.create(code="990900", name="别市", kind="city", parent=province, division="990900")
    city.refresh_from_db()
    clerk = Account.objects.create(username="far", full_name="far", organisation=city, role="clerk", password="!")
    assert _refused(register, person=resident(0), actor=actor.of_account(clerk.pk)) == "one_person"


@pytest.mark.parametrize(("cell", "text"), [("name", ""), ("contact_phone_1", "x"), ("rh_negative", "4"), ("sex", "5")])
def test_the_forms_rules_judge_what_a_desk_enters(register, cell, text):
    from healthcard.domain.forms import FormRefused

    with pytest.raises(FormRefused) as refusal:
        register(cells={cell: text})
    assert all(problem.zh and _grown().name not in str(problem) for problem in refusal.value.problems)


def test_a_province_adds_fields_and_they_are_asked(register, as_role, console):
    from healthcard.domain.forms import FormRefused
    from healthcard.services.people import extra_fields, registering
    from healthcard.storage.models import Collection

    head = as_role("supervisor")
    number = extra_fields.add(head, key="low_income", zh="低保", en="subsistence allowance", size=4, required=True)
    assert [each.key for each in extra_fields.listed(head)] == ["low_income"]
    for extra in ({}, {"low_income": "是是是是是"}, {"low_income": "是", "shoe_size": "42"}):
        with pytest.raises(FormRefused):
            register(extra=extra)
    made = register(extra={"low_income": "是"})
    assert registering.opened(Collection.objects.get(resident=made.id))["extra"] == {"low_income": "是"}
    extra_fields.end(head, number)
    assert extra_fields.listed(head) == ()


@pytest.mark.parametrize(("key", "zh"), [("name", "别名"), ("nation", "民族"), ("own_phone", "手机号码")])
def test_a_province_never_changes_the_official_form(as_role, helpers, key, zh):
    from healthcard.services.people import extra_fields

    head = as_role("supervisor")
    assert _refused(extra_fields.add, actor=head, key=key, zh=zh, en="x", size=4, required=False) == "province_adds"


def test_a_city_asks_no_fields_of_its_own(helpers, province):
    from healthcard.services import actor
    from healthcard.services.people import extra_fields
    from healthcard.storage.models import Account, Organisation

    city = Organisation.objects.create(code="990900", name="别市", kind="city", parent=province, division="990900")
    city.refresh_from_db()
    row = Account.objects.create(username="head", full_name="h", organisation=city, role="supervisor", password="!")
    head = actor.of_account(row.pk)
    assert (
        _refused(extra_fields.add, actor=head, key="own", zh="自有", en="own", size=4, required=False)
        == "issuer_decides"
    )


@pytest.mark.parametrize("role", ["reviewer", "auditor", "maker"])
def test_only_clerks_register(register, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    with pytest.raises(NotAllowed):
        register(actor=as_role(role))


def test_of_two_desks_that_register_one_person_at_once_the_second_is_told_so(register, monkeypatch):
    from healthcard.services.people import finding
    from healthcard.storage.models import Collection

    register()
    monkeypatch.setattr(finding, "holder", lambda document: None)  # both had looked before either wrote
    assert _refused(register) == "one_person"
    assert Collection.objects.count() == 1
