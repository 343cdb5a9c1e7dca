"""The counter as a clerk works at it: by mouse, by keyboard alone, with a hasty hand and a slow one."""

from __future__ import annotations

import re

import pytest
import staging
from by_keyboard import MOST_KEYS, ByKeyboard
from crew import Crew
from served import prove_oneself

PERSON = re.compile(r"/people/\d+$")
TAKEN = re.compile(r"/applications/\d+/taken$")
PHONE = "15412345678"


@pytest.fixture
def holder(served):
    """Somebody whose card is in his hands: for each test another one."""
    return served.do(staging.issued)


def find(page, document):
    page.goto("/desk")
    page.fill("#wanted", document)
    page.keyboard.press("Enter")
    page.wait_for_url(PERSON)


def fill_loss(page):
    """All but the button; what had to be touched besides the documents and the reason."""
    page.fill('[name="field.loss_reason"]', "公交车上遗失")
    page.check('[name=presented][value="identity"]')
    touched = ["identity"]
    page.select_option("#identity", "document_and_face")
    if not page.input_value('[name="field.phone"]'):
        touched.append("phone")
        page.fill('[name="field.phone"]', PHONE)
    return touched


@pytest.mark.parametrize(
    ("language", "greeting", "button"), [("zh-hans", "下一位", "登录"), ("en", "Next person", "Log in")]
)
def test_somebody_logs_in_in_his_language(sit, language, greeting, button):
    page = sit("anonymous", language)
    page.goto("/desk")
    assert page.get_by_role("button", name=button, exact=True).is_visible()
    page = sit("clerk", language)
    page.goto("/")
    assert page.get_by_role("heading", name=greeting, exact=True).is_visible()
    assert page.locator("html").get_attribute("lang") == language
    page.locator("form.nav-item button[name=language]").click()
    assert page.locator("html").get_attribute("lang") != language


def test_a_loss_of_somebody_without_his_card_takes_four_interactions_at_most(served, sit, holder):
    page = sit()
    find(page, holder["document"])
    page.get_by_role("link", name="书面挂失", exact=True).click()
    done = ["loss", *fill_loss(page), "take"]
    page.get_by_role("button", name="受理", exact=True).click()
    page.wait_for_url(TAKEN)
    assert len(done) <= 4, done
    assert served.do(staging.frozen, holder["person"]) == "written"


def test_the_same_is_done_without_the_mouse(served, sit, holder):
    page = sit()
    page.goto("/desk")
    press = page.keyboard.press
    page.keyboard.type(holder["document"])  # the box has the focus
    press("Enter")
    page.wait_for_url(PERSON)
    walk_to(page, "link", "书面挂失")
    press("Enter")
    page.wait_for_url(re.compile(r"/applying/loss"))
    walk_to_field(page, '[name="field.phone"]')
    if not page.input_value('[name="field.phone"]'):
        page.keyboard.type(PHONE)
    press("Enter")
    assert page.evaluate("document.activeElement.name") == "field.loss_reason"
    page.keyboard.type("公交车上遗失")
    walk_to_field(page, '[name=presented][value="identity"]')
    press("Space")
    walk_to_field(page, "#identity")
    press("ArrowDown")
    press("Control+Enter")
    page.wait_for_url(TAKEN)
    assert served.do(staging.frozen, holder["person"]) == "written"


def test_a_replacement_is_asked_for_without_the_mouse_and_the_focus_is_always_seen(served, desks, holder):
    crew = Crew(desks=desks)
    ByKeyboard(crew=crew, document=holder["document"], old="").apply()
    assert served.do(staging.applications, holder["person"], "replacement") == 1
    assert crew.board().pressed < MOST_KEYS / 4
    assert crew.faults == []


def walk_to(page, role, name):
    wanted = page.get_by_role(role, name=name, exact=True).element_handle()
    _walk(page, wanted)


def walk_to_field(page, selector):
    _walk(page, page.locator(selector).element_handle())


def _walk(page, wanted):
    for _ in range(80):
        if page.evaluate("wanted => document.activeElement === wanted", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the tab key does not lead there")


def test_a_reason_shows_what_it_asks_for_and_whoever_reloads_a_form_he_began_is_asked_first(sit, holder):
    page, asked = sit(), []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    page.goto(f"/people/{holder['person']}/applying/replacement")
    assert not page.locator('[name="field.reason_text"]').is_visible()
    for _ in range(4):
        page.locator('[name="field.reason"]').press("ArrowDown")
    assert page.locator('[name="field.reason_text"]').is_visible()
    assert not page.locator('[name="field.changes.0.item"]').is_visible()
    page.reload()
    assert asked == ["beforeunload"]


def test_a_double_click_takes_one_application(served, sit, holder):
    page = sit()
    page.goto(f"/people/{holder['person']}/applying/loss")
    fill_loss(page)
    with page.expect_navigation(wait_until="networkidle"):
        page.locator("form[data-steps] button.btn-primary").dblclick()
    assert served.do(staging.applications, holder["person"], "loss") == 1
    assert served.do(staging.frozen, holder["person"]) == "written"


def test_going_back_and_sending_again_takes_one_application(served, sit, holder):
    page = sit()
    page.goto(f"/people/{holder['person']}/applying/loss")
    fill_loss(page)
    page.locator("form[data-steps] button.btn-primary").click()
    page.wait_for_url(TAKEN)
    page.go_back()
    fill_loss(page)
    page.locator("form[data-steps] button.btn-primary").click()
    page.get_by_role("alert").wait_for()
    assert served.do(staging.applications, holder["person"], "loss") == 1


def test_of_two_clerks_with_the_same_person_one_takes_it_and_the_other_is_told(served, sit, holder):
    served.enrol("second")
    pages = [sit("clerk"), sit("second")]
    for page in pages:
        page.goto(f"/people/{holder['person']}/applying/loss")
        fill_loss(page)
    for page in pages:
        page.locator("form[data-steps] button.btn-primary").click()
    pages[0].wait_for_url(TAKEN)
    pages[1].get_by_role("alert").wait_for()
    assert served.do(staging.applications, holder["person"], "loss") == 1


def test_whoever_logs_in_again_over_a_form_finds_it_as_he_left_it(desks, served, sit, holder):
    page = sit()
    page.goto(f"/people/{holder['person']}/applying/loss")
    fill_loss(page)
    assert served.do(staging.rest, "clerk") > 0
    desks.forget("clerk")
    page.locator("form[data-steps] button.btn-primary").click()
    page.locator("dialog section.login form").wait_for()
    assert served.do(staging.frozen, holder["person"]) == "none"
    prove_oneself(page, served, "clerk")
    page.locator("#here-again").wait_for()
    assert page.input_value('[name="field.loss_reason"]') == "公交车上遗失"
    page.keyboard.press("Enter")  # the button has the focus again
    page.wait_for_url(TAKEN)
    assert served.do(staging.frozen, holder["person"]) == "written"


def test_somebody_else_who_logs_in_over_a_form_finds_nothing_of_it(desks, served, sit, holder):
    page = sit()
    page.goto(f"/people/{holder['person']}/applying/loss")
    fill_loss(page)
    served.do(staging.rest, "clerk")
    desks.forget("clerk")
    page.locator("form[data-steps] button.btn-primary").click()
    page.locator("dialog section.login form").wait_for()
    with page.expect_navigation():
        prove_oneself(page, served, "supervisor")
    assert page.input_value('[name="field.loss_reason"]') == ""
    assert served.do(staging.frozen, holder["person"]) == "none"
