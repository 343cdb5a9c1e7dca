"""The devices of the desk on the screens: what is taken stays in its form, and nothing of it in an address."""

from __future__ import annotations

import re

import pytest

SESSION = "Zm9vYmFyYmF6cXV4MDEyMzQ1"
JPEG = "/9j/2Q=="


@pytest.fixture
def told(world, monkeypatch):
    """Let a device have told that; the sessions that were forgotten."""
    from healthcard.services.desk import reader_acts
    from healthcard.services.desk.reader_acts import Progress

    forgotten = []

    def tell(device, **texts):
        result = {"outcome": "finished", "device": device, "told": texts}
        at = Progress(state="done", words_zh="已读取。", words_en="Taken.", act="take", result=result)
        monkeypatch.setattr(reader_acts, "progress", lambda actor, session: at)
        monkeypatch.setattr(reader_acts, "forget", lambda actor, session: forgotten.append(session))
        monkeypatch.setattr(reader_acts, "start", lambda actor, act, arguments: SESSION)
        return forgotten

    return tell


@pytest.fixture
def card(told, world):
    """The identity card of the made card's holder, or of somebody who is not on file."""
    from healthcard.domain import synthetic
    from healthcard.services import scope
    from healthcard.services.people import residents

    def lies(*, holder=True):
        scope.limit(scope.EVERYBODY)
        person = residents.opened(world.holder) if holder else synthetic.resident(1, 5)
        number = person.document.number
        told("identity_card", name=person.name, citizen_number=number, sex=person.sex, valid_until="")
        return number

    return lies


def _used(client, **body):
    return client.post(f"/devices/identity_card/{SESSION}/use", body, headers={"hx-request": "true"})


def _filled(page):
    return dict(re.findall(r'data-fill="([^"]+)" data-value="([^"]*)"', page))


def test_the_card_of_somebody_on_file_leads_to_his_page_without_his_number_in_the_address(browser, card, world):
    number = card()
    answer = _used(browser("clerk"), use="search")
    assert answer.headers["HX-Redirect"] == f"/people/{world.holder}"
    assert number not in str(answer.headers)


def test_the_card_of_somebody_who_is_not_on_file_opens_the_form_and_fills_it(browser, card, told):
    number = card(holder=False)
    page = _used(browser("clerk"), use="search").content.decode()
    address = re.search(r'href="(/people/new\?identity_card=[^"]+)"', page).group(1)
    assert number not in page
    form = browser("clerk").get(address).content.decode()
    assert f"/devices/identity_card/{SESSION}?" in form
    filled = _filled(_used(browser("clerk"), use="verify", by="holder").content.decode())
    assert (filled["cell.citizen_number"], filled["identity"]) == (number, "chip_of_document")
    assert "presented" not in filled


def test_the_holders_card_verifies_him_and_another_one_does_not(browser, card, world):
    card()
    same = _used(browser("clerk"), use="verify", by="holder", whom=str(world.holder)).content.decode()
    assert _filled(same) == {"identity": "chip_of_document"}
    other = _used(browser("clerk"), use="verify", by="holder", whom=str(world.without)).content.decode()
    assert not _filled(other)
    assert "不是本人的" in other


def test_the_card_of_who_comes_in_the_holders_place_is_entered_as_his(browser, card, world):
    number = card(holder=False)
    page = _used(browser("clerk"), use="verify", by="agent", whom=str(world.holder)).content.decode()
    assert _filled(page)["delegate.document_number"] == number


def test_a_card_that_has_run_out_verifies_nobody(browser, told):
    told("identity_card", name="某某", citizen_number="990101199001010018", valid_until="20200101")
    page = _used(browser("clerk"), use="verify", by="holder").content.decode()
    assert "有效期" in page
    assert not _filled(page)


def test_a_picture_is_looked_at_before_it_is_kept(browser, told):
    told("camera", picture=JPEG)
    part = browser("clerk").get(f"/devices/camera/{SESSION}").content.decode()
    assert f'name="camera" value="{SESSION}"' in part
    shown = browser("clerk").get(f"/devices/camera/{SESSION}/picture")
    assert (shown.headers["Content-Type"], shown.content) == ("image/jpeg", bytes.fromhex("ffd8ffd9"))


def test_a_photo_from_the_camera_is_shrunk_and_kept_and_then_forgotten(browser, told, world):
    from base64 import b64encode

    from django.db import transaction

    from healthcard.domain import synthetic
    from healthcard.services import scope
    from healthcard.services.people import residents

    forgotten = told("camera", picture=b64encode(synthetic.resident(3, 5).photo).decode())
    form = {"by": "holder", "camera": SESSION, "presented": "identity", "identity": "document_and_face"}
    with transaction.atomic():
        answer = browser("clerk").post(f"/people/{world.without}/photo/form", form)
        assert answer.status_code == 302, answer.content.decode()
        scope.limit(scope.EVERYBODY)
        assert 0 < len(residents.opened(world.without).photo) <= 3072
        transaction.set_rollback(True)
    assert forgotten == [SESSION]


def test_without_a_station_the_clerk_is_told_so(browser, world):
    part = browser("clerk").post("/devices/camera", headers={"hx-request": "true"}).content.decode()
    assert "您还没有读写站" in part


def test_an_address_that_names_no_session_opens_the_empty_form(browser, world):
    page = browser("clerk").get("/people/new", {"identity_card": "<script>alert(1)</script>"})
    assert page.status_code == 200
    assert "alert(1)" not in page.content.decode()


def test_a_refused_form_keeps_what_was_taken_and_tells_its_reason_once(browser, told, world):
    told("camera", picture=JPEG)
    answer = browser("clerk").post("/people/new/form", {"by": "holder", "step": "register", "camera": SESSION})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"/devices/camera/{SESSION}?" in page
    assert "(&#x27;" not in page
    parts = re.findall(r'<span class="note([^"]*)" role="status"[^>]*>([^<]*)</span>', page)
    assert len(parts) == 3
    assert set(parts) == {("", "")}
