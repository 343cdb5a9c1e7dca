"""The clerk's workbench: found by what people bring, a page that says what can be done, an application taken."""

from __future__ import annotations

import re

import pytest

FACE = "document_and_face"
ENDING = {"field.phone": "15412345678", "field.reason": "1", "field.irrevocable": "yes", "by": "holder"}


@pytest.fixture
def undone(world):
    """What a test does is gone afterwards."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def holder(world, undone):
    """An adult whose card is in his hands; his id."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.actor import of_console
    from healthcard.storage.models import Card

    card = Card.objects.select_related("issuer__organisation").get(pk=world.card)
    organisation = card.issuer.organisation
    with act(of_console(organisation), Permission.CARD_STOCK, "test.hand_over", card=card.pk) as now:
        now.event(card.pk, "arrived", place_org=organisation.pk)
        now.event(card.pk, "handed_over", place_org=None)
    return world.holder


def _whole(person):
    from healthcard.services.people import residents

    return residents.opened(person)


def _by(person):
    """Who may come for him, with what he shows: children come with a guardian, who is not tried here."""
    born = _whole(person).birth_date
    assert born.year < 2005, "the first synthetic holder is an adult"
    return {"presented": ["identity"], "identity": FACE}


def _page(client, path):
    return client.get(path).content.decode()


def test_a_document_number_leads_to_its_person_and_stays_out_of_the_address(browser, world):
    number = _whole(world.holder).document.number
    answer = browser("clerk").post("/people/search", {"wanted": number})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/people/{world.holder}"


def test_a_serial_and_a_name_lead_there_too(browser, world):
    from healthcard.storage.models import Card

    client = browser("clerk")
    person = _whole(world.holder)
    serial = Card.objects.get(pk=world.card).issue_serial
    for wanted in (serial, f"{serial[:4]} {serial[4:]}", person.name):
        page = client.post("/people/search", {"wanted": wanted}, follow=True).content.decode()
        assert f"/people/{world.holder}" in page
        assert person.document.number not in page


def test_nobody_found_is_told_without_what_was_typed(browser):
    page = browser("clerk").post("/people/search", {"wanted": "查无此人甲"}).content.decode()
    assert "没有找到" in page
    assert "查无此人甲" not in page


def test_a_person_without_a_card_has_one_button_and_reasons_for_the_rest(browser, world):
    page = _page(browser("clerk"), f"/people/{world.without}")
    assert f'href="/people/{world.without}/applying/first_issue"' in page
    assert f'href="/people/{world.without}/applying/loss"' not in page
    assert "此人名下没有可挂失的卡" in page
    assert "第十二条第三项" in page


def test_a_reviewers_page_has_no_buttons(browser, world):
    page = _page(browser("auditor"), f"/people/{world.holder}")
    assert "您的角色不受理申请" in page
    assert "/applying/" not in page


def test_the_page_shows_nobody_whole(browser, world):
    person = _whole(world.holder)
    page = _page(browser("clerk"), f"/people/{world.holder}")
    assert person.document.number not in page
    assert not re.search(r"\d{17}[\dX]", page)


def test_a_new_form_is_empty_and_nothing_is_ticked(browser, holder):
    page = _page(browser("clerk"), f"/people/{holder}/applying/loss")
    assert "所需" not in page
    assert " checked" not in page
    assert " selected" not in page
    assert "持卡人有效身份证明" in page
    assert "第十二条第三项" in page


def test_a_refusal_keeps_what_was_typed_and_names_what_lacks(browser, holder):
    form = {"field.phone": "15412345678", "field.loss_reason": "公交车上遗失", "by": "holder", "identity": FACE}
    answer = browser("clerk").post(f"/people/{holder}/applying/loss/form", form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "所需证件材料未出示齐全" in page
    assert "<li>持卡人有效身份证明</li>" in page
    assert 'value="公交车上遗失"' in page
    assert f'<option value="{FACE}" selected>' in page


def test_a_broken_field_is_told_where_it_is(browser, holder):
    form = {"field.phone": "x", "field.loss_reason": "", "by": "holder", **_by(holder)}
    page = browser("clerk").post(f"/people/{holder}/applying/loss/form", form).content.decode()
    assert page.count('class="wrong"') == 2
    assert 'aria-invalid="true"' in page


def test_a_loss_is_taken_freezes_the_card_and_prints_its_ticket(browser, holder, world):
    client = browser("clerk")
    form = {"field.phone": "15412345678", "field.loss_reason": "遗失", "by": "holder", **_by(holder)}
    answer = client.post(f"/people/{holder}/applying/loss/form", form)
    assert answer.status_code == 302, answer.content.decode()
    page = _page(client, answer.headers["Location"])
    ticket = re.search(r'href="(/applications/\d+/ticket\.pdf)"', page).group(1)
    assert client.get(ticket).headers["Content-Type"] == "application/pdf"
    after = _page(client, f"/people/{holder}")
    assert "已挂失，所有业务冻结" in after
    assert f'href="/people/{holder}/applying/unloss"' in after
    assert f'href="/people/{holder}/applying/loss"' not in after


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("unlock", {"field.phone": "15412345678", "field.lock_reason": "忘记密码"}),
        ("replacement", {"field.phone": "15412345678", "field.reason": "2"}),
        ("termination", ENDING),
        ("return", {"field.irrevocable": "yes", "presented": ["identity", "card"]}),
    ],
)
def test_an_application_is_taken_and_stands_on_the_page(browser, holder, kind, given):
    client = browser("clerk")
    form = {"by": "holder", "identity": FACE, "presented": ["identity", "card"], **given}
    card = re.search(r'name="card" value="(\d+)"', _page(client, f"/people/{holder}/applying/{kind}"))
    answer = client.post(f"/people/{holder}/applying/{kind}/form", {**form, "card": card.group(1)})
    assert answer.status_code == 302, answer.content.decode()
    number = re.search(r"\d{6}-\d{6}-\d{8}-\d", _page(client, answer.headers["Location"])).group()
    assert number in _page(client, f"/people/{holder}") or kind == "return"


def test_who_comes_in_the_holders_place_is_asked_for_and_kept(browser, holder):
    client = browser("clerk")
    assert 'name="delegate.name"' in _page(client, f"/people/{holder}/applying/loss?by=agent")
    assert "?by=agent" not in _page(client, f"/people/{holder}/applying/unlock")
    form = {"by": "agent", "delegate.name": "李代办", "field.phone": "15412345678", "field.loss_reason": "遗失"}
    assert 'value="李代办"' in client.post(f"/people/{holder}/applying/loss/form", form).content.decode()


@pytest.mark.parametrize("path", ["/people/{holder}/applying/nothing", "/people/{holder}/applying/loss?by=nobody"])
def test_what_is_no_application_is_not_found(browser, world, path):
    assert browser("clerk").get(path.format(**vars(world))).status_code == 404


def test_an_english_screen_has_no_chinese_words_of_ours(browser, world):
    client = browser("clerk")
    client.cookies["django_language"] = "en"
    for path in (f"/people/{world.without}", f"/people/{world.without}/applying/first_issue"):
        page = _page(client, path)
        assert "What can be done now" in page or "Declared by the applicant" in page
        assert "现在可以办理" not in page
        assert "申请人填报" not in page


def test_a_clerks_own_form_is_refused_in_words_and_breaks_nothing(browser, holder):
    from healthcard.storage.models import Account, Resident

    digest = bytes(Resident.objects.get(pk=holder).identity_digest)
    Account.objects.filter(username="clerk").update(person_digest=digest)
    answer = browser("clerk").get(f"/people/{holder}/applying/loss")
    assert answer.status_code == 409
    assert "不得办理本人的卡" in answer.content.decode()


def test_data_this_chip_cannot_rewrite_take_a_new_card_and_what_was_typed_stays(browser, holder):
    client = browser("clerk")
    path = f"/people/{holder}/applying/update"
    page = _page(client, path)
    assert '<option value="本人电话">' in page, "what can be changed is offered by its name on the form"
    row = {"item": "本人电话", "new": "15412345679", "reason": "换号"}
    form = {f"field.changes.0.{key}": text for key, text in row.items()}
    card = re.search(r'name="card" value="(\d+)"', page).group(1)
    given = {"by": "holder", "identity": FACE, "presented": ["identity", "card"], "card": card, **form}
    answer = client.post(f"{path}/form", given)
    assert (answer.status_code, "请办理换领" in answer.content.decode()) == (409, True)
    assert 'value="换号"' in answer.content.decode()


def test_a_fee_is_waived_with_its_reason_on_the_form(browser, holder):
    from healthcard.storage.models import Application

    client, path = browser("clerk"), f"/people/{holder}/applying/replacement"
    card = re.search(r'name="card" value="(\d+)"', _page(client, path)).group(1)
    form = {"by": "holder", "identity": FACE, "presented": ["identity"], "card": card, "field.phone": "15412345678"}
    more = {"field.reason": "2", "waiver": "低保户", "on_site": "yes"}
    assert client.post(f"{path}/form", {**form, **more}).status_code == 302
    assert Application.objects.get(resident=holder, kind="replacement").fee_waiver == "低保户"
