"""People's records on screen: put on file, corrected as foretold, seen in clear for a reason, asked about."""

from __future__ import annotations

import json
import re
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from healthcard.domain import form, form_row
from healthcard.domain.synthetic import resident

FACE = "document_and_face"
CAME = {"by": "holder", "presented": ["identity"], "identity": FACE}
GUARDIAN = {
    "delegate.name": "王母",
    "delegate.document_kind": "01",
    "delegate.document_number": "62990119900101002X",
    "delegate.phone": "15400000009",
    "delegate.relation": "5",
}


@pytest.fixture(autouse=True)
def undone(world):
    """What a test does is gone afterwards."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _cells(person=None):
    grown = next(each for each in map(resident, range(60, 200)) if each.birth_date.year in range(1960, 2000))
    written = form_row.cells(person or grown)
    coded = {"ethnic_group": (person or grown).ethnic_group}
    coded |= {f"contact_relation_{at}": each.relation for at, each in enumerate((person or grown).contacts, start=1)}
    return {f"cell.{key}": text for key, text in (written | coded).items()}


def _photo():
    target = BytesIO()
    image = Image.new("RGB", (480, 640), (245, 245, 245))
    image.paste(Image.new("RGB", (240, 320), (180, 140, 120)), (120, 160))
    image.save(target, "JPEG", quality=95)
    target.name, _ = "photo.jpg", target.seek(0)
    return target


def _page(client, path):
    return client.get(path).content.decode()


def _opened(person):
    from healthcard.services.people import residents

    return residents.opened(person)


def test_the_form_holds_every_cell_of_the_official_table_and_nothing_is_preset(browser):
    page = _page(browser("clerk"), "/people/new")
    for key, column in form.COLUMNS.items():
        assert f'name="cell.{key}"' in page
        assert column.heading in page
    assert " selected" not in page
    assert " checked" not in page
    assert "同意已签署" not in page


def test_somebody_is_put_on_file_with_photo_and_consent(browser):
    given = {**_cells(), **CAME, "consented": "yes", "photo": _photo(), "step": "register"}
    answer = browser("clerk").post("/people/new/form", given)
    assert answer.status_code == 302, answer.content.decode()
    person = _opened(int(answer.headers["Location"].rpartition("/")[2]))
    assert person.name == given["cell.name"]
    assert person.photo.startswith(b"\xff\xd8")


def test_without_consent_nobody_comes_on_file_and_what_was_typed_stays(browser):
    answer = browser("clerk").post("/people/new/form", {**_cells(), **CAME, "step": "register"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f'value="{_cells()["cell.name"]}"' in page
    assert f'<option value="{FACE}" selected>' in page
    assert 'name="consented" value="yes">' in page


def test_what_is_wrong_is_told_at_its_cell_and_above(browser):
    wrong = {**_cells(), **CAME, "cell.phone_1": "x", "cell.birth_date": "", "consented": "yes"}
    page = browser("clerk").post("/people/new/form", wrong).content.decode()
    assert page.count('class="wrong"') == 2
    assert "本人电话：" in page
    assert "出生日期：" in page


def test_a_child_comes_with_a_guardian(browser):
    from dataclasses import replace

    grown = resident(61)
    child = replace(grown, birth_date=date(2020, 5, 5), document=replace(grown.document, kind="03", number="SYN12345"))
    client = browser("clerk")
    given = {**_cells(child), "cell.document_kind": "03", **CAME, "consented": "yes"}
    alone = client.post("/people/new/form", given)
    assert alone.status_code == 409
    turned = client.post("/people/new/form", {**given, "turn": "guardian"})
    assert turned.status_code == 200
    assert 'name="delegate.name"' in turned.content.decode()
    assert 'value="SYN12345"' in turned.content.decode()
    papers = ["identity", "guardian_identity", "birth_certificate"]
    answer = client.post("/people/new/form", {**given, **GUARDIAN, "by": "guardian", "presented": papers})
    assert answer.status_code == 302, answer.content.decode()


def test_the_provinces_own_field_is_asked_and_its_absence_refused(browser):
    from healthcard.services import actor
    from healthcard.services.people import extra_fields

    province = actor.console("990000")
    extra_fields.add(province, key="low_income", zh="低保", en="allowance", size=4, required=True)
    client = browser("clerk")
    assert 'name="extra.low_income"' in _page(client, "/people/new")
    given = {**_cells(), **CAME, "consented": "yes"}
    refused = client.post("/people/new/form", {**given, "extra.low_income": ""})
    assert refused.status_code == 409
    assert "低保" in refused.content.decode()
    assert client.post("/people/new/form", {**given, "extra.low_income": "否"}).status_code == 302


def _correction(**cells):
    return {**{f"cell.{key}": text for key, text in cells.items()}, **CAME, "reason": "本人申请更正"}


def test_what_the_card_needs_is_told_before_anything_is_saved(browser, world):
    client, path = browser("clerk"), f"/people/{world.holder}/correction/form"
    before = _opened(world.holder)
    page = client.post(path, {**_correction(phone_1="15400001234"), "step": "check"}).content.decode()
    assert "卡上可改写" in page
    assert _opened(world.holder) == before
    page = client.post(path, {**_correction(name="王改名"), "step": "check"}).content.decode()
    assert "需换领新卡" in page
    assert _opened(world.holder) == before


def test_a_correction_is_saved_and_stands_in_the_history(browser, world):
    client, path = browser("clerk"), f"/people/{world.without}/correction/form"
    given = _correction(phone_1="15400001234")
    shown = client.post(path, {**given, "step": "check"}).content.decode()
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', shown))
    answer = client.post(path, {**kept, "step": "save"})
    assert answer.status_code == 302, answer.content.decode()
    assert _opened(world.without).phones[0] == "15400001234"
    page = _page(client, f"/people/{world.without}/record")
    assert "本人申请更正" in page
    assert "本人电话" in page
    assert "15400001234" not in page


def test_a_cell_is_emptied_only_where_that_is_said(browser, world):
    client, path = browser("clerk"), f"/people/{world.without}/correction/form"
    client.post(path, {**_correction(phone_1="15400001234", phone_2="15400005678"), "step": "save"})
    client.post(path, {**_correction(phone_2=""), "empty": "phone_1", "step": "save"})
    assert _opened(world.without).phones == ("15400005678",)


def test_a_correction_that_changes_nothing_is_refused_in_words(browser, world):
    name = _opened(world.without).name
    answer = browser("clerk").post(f"/people/{world.without}/correction/form", _correction(name=name))
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_a_new_photo_is_kept(browser, world):
    client, path = browser("clerk"), f"/people/{world.without}/photo/form"
    assert client.post(path, CAME).status_code == 409
    assert client.post(path, {**CAME, "photo": _photo()}).status_code == 302
    assert _opened(world.without).photo.startswith(b"\xff\xd8")


def test_a_part_is_seen_in_clear_for_a_reason_and_the_look_is_on_record(browser, world):
    client, person = browser("clerk"), _opened(world.holder)
    path = f"/people/{world.holder}/record/sight"
    assert client.post(path, {"part": "name", "reason": ""}).status_code == 409
    page = client.post(path, {"part": ["name", "documents"], "reason": "核实来电人身份"}).content.decode()
    assert person.name in page
    assert person.document.number in page
    after = _page(client, f"/people/{world.holder}/record")
    assert "核实来电人身份" in after
    assert person.document.number not in after


def test_a_copy_is_asked_for_granted_and_handed_out(browser, world):
    client, record = browser("clerk"), f"/people/{world.without}/record"
    asked = client.post(f"/people/{world.without}/rights/form", {**CAME, "right": "copy", "wish": "打印一份"})
    assert asked.status_code == 302, asked.content.decode()
    answer = re.search(rf"/people/{world.without}/requests/\d+/answer", _page(client, record)).group()
    assert client.post(answer, {"decision": "grant", "answer": "符合规定"}).status_code == 302
    copy = client.post(answer.replace("answer", "copy"))
    assert "attachment" in copy.headers["Content-Disposition"]
    assert json.loads(copy.content)["record"]["姓名"] == _opened(world.without).name


def test_a_request_of_somebody_else_is_not_there(browser, world):
    client = browser("clerk")
    client.post(f"/people/{world.without}/rights/form", {**CAME, "right": "copy"})
    path = re.search(r"/people/\d+/requests/\d+/answer", _page(client, f"/people/{world.without}/record")).group()
    other = path.replace(f"/{world.without}/", f"/{world.holder}/")
    assert client.post(other, {"decision": "grant", "answer": "符合规定"}).status_code == 404


def test_a_second_document_is_proposed_and_decided_by_another_person(browser, world):
    from healthcard.storage.models import Account

    person = _opened(world.without)
    given = {"kind": "03", "number": "E12345678", "name": person.name, "sex": person.sex}
    given |= {"birth_date": f"{person.birth_date:%Y%m%d}", **CAME}
    client, record = browser("clerk"), f"/people/{world.without}/record"
    assert client.post(f"/people/{world.without}/documents/form", {**given, "name": "别人"}).status_code == 409
    assert client.post(f"/people/{world.without}/documents/form", given).status_code == 302
    assert "/answer" not in _page(client, record)
    reviewer = Account.objects.get(username="reviewer")
    client.force_login(reviewer)
    path = re.search(rf"/people/{world.without}/requests/\d+/answer", _page(client, record)).group()
    assert client.post(path, {"decision": "grant", "answer": "证件一致"}).status_code == 302
    assert _opened(world.without).other_documents[0].number == "E12345678"


@pytest.mark.parametrize("path", ["/people/new", "/people/{holder}/correction", "/people/{holder}/record"])
def test_an_english_screen_of_records_is_english(browser, world, path):
    client = browser("clerk")
    client.cookies["django_language"] = "en"
    page = _page(client, path.format(**vars(world)))
    main = page[page.index("<main") :]
    ours = re.sub(r"第[^<]*条[^<]*|\w*·[^<]*|（[^<]*）", "", main)
    for column in form.COLUMNS.values():
        assert f">{column.heading}<" not in ours
    assert "采集" not in main
