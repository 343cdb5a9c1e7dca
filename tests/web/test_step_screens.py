"""The guided steps: one next thing to do, asked for on a page of its own, and the card in the reader watched."""

from __future__ import annotations

import re

import pytest

FACE = "document_and_face"
SESSION = "Zm9vYmFyYmF6cXV4MDEyMzQ1"


@pytest.fixture
def undone(world):
    """What a test does is gone afterwards."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def approved(world, undone, browser):
    """The application for a first card, as another person has approved it."""
    path = f"/applications/{world.application}"
    page = browser("reviewer").get(path).content.decode()
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]
    browser("reviewer").post(f"{path}/review", {"decision": "approve", "opinion": "属实", "digest": digest})
    return world.application


@pytest.fixture
def watched(monkeypatch):
    """The card in the reader as the line would tell of it."""
    from healthcard.services.desk import reader_acts
    from healthcard.services.desk.reader_acts import Progress

    def tell(state, **told):
        words = {"words_zh": "写入 37/96，请勿取卡", "words_en": "Writing 37/96, leave the card in"}
        at = Progress(state=state, **{**words, **told})
        monkeypatch.setattr(reader_acts, "progress", lambda actor, session: at)
        monkeypatch.setattr(reader_acts, "running", lambda actor: SESSION if state == "running" else None)

    return tell


def _page(client, path, **headers):
    return client.get(path, **headers).content.decode()


def _step(number, name):
    return f"/applications/{number}/steps/{name}"


def test_an_application_shows_its_next_step_alone_to_the_one_who_does_it(browser, approved):
    page = _page(browser("clerk"), f"/applications/{approved}")
    assert f'href="{_step(approved, "order")}"' in page
    assert "steps/hand-over" not in page
    assert "steps/order" not in _page(browser("auditor"), f"/applications/{approved}")


def test_a_step_that_is_done_leads_to_the_next_which_may_be_for_others(browser, approved):
    client = browser("clerk")
    answer = client.post(f"{_step(approved, 'order')}/taken", follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0] == f"/applications/{approved}"
    assert "已办理：下单制卡" in page
    assert "制卡 · 由其他岗位办理" in page
    assert "steps/order" not in page


def test_the_persons_page_offers_the_step_at_once(browser, approved):
    from healthcard.storage.models import Application

    person = Application.objects.values_list("resident", flat=True).get(pk=approved)
    assert f'href="{_step(approved, "order")}"' in _page(browser("clerk"), f"/people/{person}")


def test_a_card_arrives_and_can_be_handed_over_from_its_page(browser, world, undone):
    client = browser("clerk")
    path = f"/cards/{world.card}"
    assert f'href="{path}/steps/arrive"' in _page(client, path)
    page = client.post(f"{path}/steps/arrive/taken", follow=True).content.decode()
    assert "已办理：卡片到达本窗口" in page
    assert f'href="{path}/steps/dispatch"' in page


def test_a_hand_over_asks_for_everything_and_presets_nothing(browser, approved):
    page = _page(browser("clerk"), _step(approved, "hand-over"))
    for asked in ('name="presented"', 'name="identity"', 'name="signer"', "应当妥善保管"):
        assert asked in page
    assert " checked" not in page
    assert " selected" not in page
    assert f'href="/applications/{approved}/handover.pdf"' in page
    assert 'name="delegate.name"' in _page(browser("clerk"), _step(approved, "hand-over") + "?by=agent")


def test_a_first_pin_is_no_agents_business(browser, approved):
    page = _page(browser("clerk"), _step(approved, "set-pin"))
    assert "?by=guardian" in page
    assert "?by=agent" not in page
    assert 'type="password"' not in page
    assert 'name="pin"' not in page


def test_without_a_station_the_clerk_is_led_to_pairing(browser, world):
    answer = browser("clerk").post("/reader/look/taken")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "您还没有读写站" in page
    assert 'href="/stations"' in page


def test_what_was_filled_in_stays_when_a_step_is_refused(browser, approved):
    given = {"identity": FACE, "presented": ["identity"], "signer": "持卡人", "by": "holder"}
    page = browser("clerk").post(f"{_step(approved, 'hand-over')}/taken", given).content.decode()
    assert 'value="持卡人"' in page
    assert f'<option value="{FACE}" selected>' in page


def test_a_card_being_written_is_watched_and_found_again(browser, approved, watched):
    client, path = browser("clerk"), _step(approved, "hand-over")
    watched("running", act="hand over", again="hand over", done=37, total=96, about={"application": approved})
    there = client.get(path)
    assert there.headers["Location"] == f"{path}?act={SESSION}", "after a crash or a reload the act is found"
    page = _page(client, there.headers["Location"])
    assert "写入 37/96，请勿取卡" in page
    assert f'hx-get="{path}?act={SESSION}"' in page
    part = _page(client, there.headers["Location"], headers={"HX-Request": "true"})
    assert "写入 37/96" in part
    assert "<html" not in part


def test_the_act_of_another_step_is_not_taken_for_this_one(browser, approved, watched):
    watched("running", act="hand over", again="hand over", about={"application": approved + 1})
    assert browser("clerk").get(_step(approved, "hand-over")).status_code == 200


def test_an_end_offers_papers_and_the_next_person(browser, approved, watched):
    watched("done", act="hand over", result={"receipts": [{"card": 7, "number": "HS1", "day": "2026-11-23"}]})
    page = _page(browser("clerk"), f"{_step(approved, 'hand-over')}?act={SESSION}", headers={"HX-Request": "true"})
    assert f"/applications/{approved}/handover.pdf" in page
    assert "/cards/7/receipt.pdf" in page
    assert "hx-get" not in page
    assert 'href="/desk"' in page


def test_a_failure_says_what_to_do_and_goes_on_with_what_was_given(browser, approved, watched, monkeypatch):
    from healthcard.services.desk import reader_acts

    watched("failed", words_zh="请把同一张卡放回读写器", words_en="Put it back", act="hand over")
    client, path = browser("clerk"), _step(approved, "hand-over")
    page = _page(client, f"{path}?act={SESSION}")
    assert "请把同一张卡放回读写器" in page
    monkeypatch.setattr(reader_acts, "again", lambda actor, session: f"{session}x")
    answer = client.post(f"{path}/taken", {"wish": "again", "act": SESSION})
    assert answer.headers["Location"] == f"{path}?act={SESSION}x"


def test_an_act_nobody_remembers_is_filled_in_anew(browser, approved, monkeypatch):
    from healthcard.services.desk import reader_acts
    from healthcard.services.errors import NotFound

    def forgotten(actor, session):
        raise NotFound("There is no such session.")

    monkeypatch.setattr(reader_acts, "again", forgotten)
    client, path = browser("clerk"), _step(approved, "hand-over")
    answer = client.post(f"{path}/taken", {"wish": "again", "act": SESSION}, follow=True)
    assert answer.redirect_chain[0][0] == path
    assert "卡片将从中断处继续" in answer.content.decode()


def test_a_card_in_the_reader_opens_its_holders_page(browser, world, watched):
    watched("done", act="look", result={"card": world.card, "genuine": True})
    client = browser("clerk")
    assert client.get(f"/reader/look?act={SESSION}").headers["Location"] == f"/people/{world.holder}"
    answer = client.get(f"/reader/look?act={SESSION}", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"/people/{world.holder}"
    watched("done", act="look", result={"card": None})
    assert "不是本系统的卡" in _page(client, f"/reader/look?act={SESSION}")


def test_a_report_by_word_of_mouth_freezes_and_can_be_taken_back(browser, world, undone):
    from healthcard.storage.models import Card

    _hand_out(Card.objects.get(pk=world.card))
    client, path = browser("clerk"), f"/people/{world.holder}/steps"
    assert f'href="{path}/oral-loss"' in _page(client, f"/people/{world.holder}")
    given = {"choice": "counter", "identity": FACE}
    assert "自动失效" in client.post(f"{path}/oral-loss/taken", given, follow=True).content.decode()
    after = _page(client, f"/people/{world.holder}")
    assert f'href="{path}/withdraw-oral"' in after
    assert f'href="{path}/oral-loss"' not in after


def test_an_ended_card_is_taken_in_and_then_locked(browser, world, undone):
    from healthcard.storage.models import Card, Recovery

    client, path = browser("clerk"), f"/cards/{world.card}"
    _end(Card.objects.get(pk=world.card))
    assert f'href="{path}/steps/receive"' in _page(client, path)
    page = client.post(f"{path}/steps/receive/taken", follow=True).content.decode()
    assert Recovery.objects.get(card=world.card).receipt in page
    assert f'href="{path}/steps/lock-returned"' in page


def _end(card):
    _hand_out(card, ("terminated", {"end_reason": "holder", "place": "holder"}))


def _hand_out(card, *more):
    """The card is in its holder's hands, and what happened afterwards."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.actor import of_console

    issuer = card.issuer.organisation
    events = (("arrived", {"place_org": issuer.pk}), ("handed_over", {"place_org": None}), *more)
    with act(of_console(issuer), Permission.CARD_STOCK, "test.hand_out", card=card.pk) as now:
        for event, changes in events:
            now.event(card.pk, event, **changes)


def test_a_session_that_ran_out_in_the_middle_leads_back_to_its_page(browser, approved):
    client, path = browser("anonymous"), _step(approved, "hand-over")
    part = client.get(f"{path}?act={SESSION}", headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true", "no login form inside a page"
    sent = client.post(f"{path}/taken", headers={"referer": f"http://localhost{path}"})
    assert sent.headers["Location"] == f"/login?next={path}"
    elsewhere = client.post(f"{path}/taken", headers={"referer": "http://elsewhere.example/x"})
    assert elsewhere.headers["Location"] == "/login?next=/"


@pytest.fixture
def elsewhere(world, undone):
    """Make somebody be at home at another organisation of the province; the number of his document."""
    from healthcard.services import scope
    from healthcard.services.people import residents
    from healthcard.storage.models import Account, Organisation, Resident

    def make(person):
        here = Account.objects.get(username="clerk").organisation
        province = next(
            each for each in Organisation.objects.filter(kind="province") if here.path.startswith(each.path)
        )
        other = Organisation.objects.create(code="990998", name="别市", kind="city", parent=province, division="990900")
        number = residents.opened(person).document.number
        scope.limit(scope.EVERYBODY)
        Resident.objects.filter(pk=person).update(home=other)
        return number

    return make


def test_somebody_of_another_organisation_is_met_by_his_whole_document_in_this_login_alone(browser, world, elsewhere):
    number = elsewhere(world.without)
    client, path = browser("clerk"), f"/people/{world.without}/elsewhere"
    assert 'href="/people/elsewhere"' in client.post("/people/search", {"wanted": number}).content.decode()
    assert client.get(path).status_code == 404, "an address alone reaches nobody"
    assert client.post("/people/elsewhere/found", {"number": number}).headers["Location"] == path
    page = _page(client, path)
    assert f'href="/people/{world.without}/applying/move"' in page
    assert "applying/first_issue" not in page
    assert number not in page
    assert browser("clerk").get(path).status_code == 404, "another login did not look for him"
    form = {"field.phone": "15412345678", "field.reason": "2", "field.residence_address": "新区一号", "by": "holder"}
    shown = {"presented": ["identity", "residence_proof"], "identity": FACE}
    taken = client.post(f"/people/{world.without}/applying/move/form", {**form, **shown}, follow=True)
    assert taken.status_code == 200, taken.content.decode()
    assert client.get(f"/people/{world.without}").status_code == 200, "he is at home here now"


@pytest.mark.parametrize(("kind", "carried_out"), [("loss", True), ("replacement", False)])
def test_what_was_taken_for_somebody_of_another_organisation_is_followed_at_the_desk_that_took_it(
    browser, world, elsewhere, kind, carried_out
):
    from healthcard.storage.models import Card

    _hand_out(Card.objects.get(pk=world.card))
    number, client = elsewhere(world.holder), browser("clerk")
    client.post("/people/elsewhere/found", {"number": number})
    form = {"field.phone": "15412345678", "field.loss_reason": "遗失", "field.reason": "1", "by": "holder"}
    shown = {"presented": ["identity"], "identity": FACE}
    answer = client.post(f"/people/{world.holder}/applying/{kind}/form", {**form, **shown})
    taken = answer.headers["Location"]
    assert f'href="/people/{world.holder}/elsewhere"' in _page(client, taken)
    assert client.get(taken.replace("taken", "form.pdf")).status_code == 200
    page = taken.removesuffix("/taken")
    for path in (f"/people/{world.holder}/elsewhere", "/people/elsewhere"):
        assert f'href="{page}"' in _page(client, path), "it is found again"
    whole = _page(client, page)
    assert number not in whole
    assert ('id="verify"' in whole) is carried_out, "what was forwarded is for his home to decide"
    answer = client.post(f"{page}/verification", {"finding": "已核实"})
    assert (answer.status_code == 302) is carried_out
    assert browser("reviewer").get(page).status_code == 200
    assert browser("maker").get(page).status_code == 403
    assert client.get(f"/people/{world.holder}").status_code == 404, "his own page stays his home's"


def test_a_lock_is_ordered_by_one_person_and_carried_out_by_another(browser, world, undone):
    from healthcard.storage.models import Card

    _hand_out(Card.objects.get(pk=world.card))
    path = f"/cards/{world.card}"
    boss, client = browser("supervisor"), browser("clerk")
    assert f'href="{path}/steps/order-lock"' in _page(boss, path)
    assert "steps/order-lock" not in _page(client, path)
    ordered = boss.post(f"{path}/steps/order-lock/taken", {"choice": "lock", "text": "涉嫌冒用"}, follow=True)
    assert "由另一人执行" in ordered.content.decode()
    assert f'href="{path}/steps/carry-out-lock"' in _page(client, path)
    order = re.search(r'<option value="(\d+)">', _page(client, f"{path}/steps/lock-without-card"))[1]
    client.post(f"{path}/steps/lock-without-card/taken", {"choice": order})
    assert Card.objects.get(pk=world.card).app_lock == "temporary"


@pytest.mark.parametrize("path", ["/people/{holder}/steps/order", "/cards/{card}/steps/nothing", "/reader/unlock"])
def test_what_is_no_step_there_is_not_found(browser, world, path):
    assert browser("clerk").get(path.format(**vars(world))).status_code == 404


def test_every_step_of_the_table_has_its_page_and_every_act_of_the_line_its_step():
    from healthcard.services.desk import next_steps
    from healthcard.services.line.acts import ACTS
    from healthcard.web.desk.steps import ON_THE_PAGE, STEPS

    assert {line.name for line in next_steps._table()} <= set(STEPS) | set(ON_THE_PAGE)
    elsewhere = {"see through", "take"}  # begun on the X-ray of a card; in the forms that ask a device
    assert set(ACTS) - elsewhere == {step.act for step in STEPS.values() if step.act}
    assert all(bool(step.act) != bool(step.do) for step in STEPS.values())
