from __future__ import annotations

import gettext
import re
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from healthcard.domain.synthetic import residents as synthetic

PATHS = [
    "/applications",
    "/applications/{application}",
    "/papers",
    "/residents",
    "/residents/{holder}",
    "/people/{holder}",
    "/people/{without}/applying/first_issue",
    "/people/new",
    "/people/{holder}/record",
    "/people/{holder}/correction",
    "/people/{holder}/photo",
    "/people/{holder}/documents",
    "/people/{holder}/rights",
    "/stock",
    "/stock?place=maker",
    "/stock/group?card={card}",
    "/stock/returned",
    "/day",
    "/day/mine",
    "/day/due",
    "/applications/{application}/taken",
    "/applications/{application}/steps/hand-over",
    "/cards/{card}/steps/dispatch",
    "/people/{holder}/steps/oral-loss",
    "/people/elsewhere",
    "/reader/look",
    "/desk",
    "/cards",
    "/cards/{card}",
    "/cards/{ordered}",
    "/cards/{card}/life",
    "/login",
    "/password",
]


def _text(browser, path, role="clerk", language="zh-hans"):
    client = browser(role)
    client.cookies["django_language"] = language
    return client.get(path).content.decode()


def test_a_list_of_residents_shows_nobody_whole(browser, world):
    page = _text(browser, "/residents")
    for person in synthetic(50):
        assert person.document.number not in page
        assert len(person.name) < 3 or person.name not in page
    assert page.count("<tr>") == 51


def test_a_resident_is_shown_with_his_cards(browser, world):
    assert f'href="/cards/{world.card}"' in _text(browser, f"/residents/{world.holder}")
    assert "此人还没有卡" in _text(browser, f"/residents/{world.without}")


def test_a_card_shows_what_its_chip_holds_and_how_it_was_made(browser, world):
    page = _text(browser, f"/cards/{world.card}")
    for text in ("0000 000 001", "DDF1/EF05", "发卡机构名称", "示范省卫生厅", "写入初始 PIN", "结束个人化", "9000"):
        assert text in page
    assert not re.search(r"\d{17}[\dX]", re.sub(r"\d{22}", "", page))


def test_a_card_says_in_english_what_its_files_items_and_codes_are(browser, world):
    page = _text(browser, f"/cards/{world.card}", language="en")
    for text in ("Issuer data", "issue serial no", "01 Han"):
        assert text in page
    assert not re.search(
        r"[\u3400-\u9fff]",
        re.sub(r'<(\w+)[^>]* lang="zh[^>]*>.*?</\1>', "", page.split('id="chip"')[1].split('id="journal"')[0]),
    )


def test_a_card_on_order_has_no_chip_and_no_journal_yet(browser, world):
    page = _text(browser, f"/cards/{world.ordered}", language="en")
    assert "there is no finished chip to read" in page
    assert "Nobody has begun to make this card." in page


def test_a_chip_that_cannot_be_read_does_not_hide_the_record(browser, world, installation):
    (image,) = installation.state.chips.glob("*.img")
    hidden = image.with_suffix(".away")
    image.rename(hidden)
    try:
        page = _text(browser, f"/cards/{world.card}", language="en")
    finally:
        hidden.rename(image)
    assert "The chip cannot be read now" in page
    assert "Every step" in page


@pytest.mark.parametrize(("role", "words"), [("auditor", "Your role does not read chips."), ("maker", "Every step")])
def test_a_role_sees_of_a_card_what_it_may(browser, world, role, words):
    page = _text(browser, f"/cards/{world.card}", role=role, language="en")
    assert words in page
    assert ("/residents/" in page) == (role == "auditor")


def test_a_long_list_goes_on_to_the_next_page(browser, world):
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    home = Resident.objects.values_list("home", flat=True)[0]
    residents.stored(list(synthetic(60, seed=9)), home)
    after = re.search(r'href="(/residents\?after=\d+)"', _text(browser, "/residents")).group(1)
    assert "最新" in _text(browser, after)


@pytest.mark.parametrize("path", PATHS)
def test_no_page_runs_scripts_or_loads_from_elsewhere(browser, world, path):
    answer = browser("anonymous" if path == "/login" else "clerk").get(path.format(**vars(world)))
    page = answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://(?!www\.w3\.org)", page)
    assert all(each.startswith(' src="/static/') for each in re.findall(r"<script([^>]*)>", page))
    assert not re.search(r"<script[^>]*>[^<]", page)
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", PATHS)
def test_no_template_asks_the_database(browser, world, path, monkeypatch):
    from django.db import connection
    from django.template import base

    def refuse(*_):
        raise AssertionError("a template asked the database")

    render = base.Template._render

    def guarded(template, context):
        with connection.execute_wrapper(refuse):
            return render(template, context)

    client = browser("anonymous" if path == "/login" else "clerk")
    monkeypatch.setattr(base.Template, "_render", guarded)
    assert client.get(path.format(**vars(world))).status_code == 200


def test_what_the_browser_prefers_does_not_change_the_language(browser):
    client = browser("clerk")
    assert "居民" in client.get("/residents", headers={"accept-language": "en"}).content.decode()
    client.post("/language", {"language": "en", "next": "/residents"})
    answer = client.get("/residents")
    assert "Home organisation" in answer.content.decode()
    assert answer.headers["Content-Language"] == "en"


def test_a_form_from_elsewhere_is_refused_with_advice(browser):
    answer = browser("clerk", enforce_csrf_checks=True).post("/logout")
    assert answer.status_code == 403
    assert "请重新打开页面" in answer.content.decode()


@pytest.mark.parametrize(("path", "kind"), [("style.css", "text/css"), ("mark.svg", "image/svg+xml")])
def test_what_pages_need_is_served_by_us(browser, path, kind):
    answer = browser("anonymous").get(f"/static/{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(kind)
    assert b"".join(answer.streaming_content)


def test_an_address_without_a_screen_is_not_found(browser):
    assert browser("anonymous").get("/nowhere").status_code == 404


@contextmanager
def _broken(monkeypatch):
    from healthcard.services.workshop import cards

    def fail(*_, **__):
        raise RuntimeError("99010119900101001X")

    monkeypatch.setattr(cards, "listed", fail)
    yield


def test_a_fault_of_ours_shows_no_details(browser, monkeypatch):
    with _broken(monkeypatch):
        answer = browser("clerk", raise_request_exception=False).get("/cards")
    assert answer.status_code == 500
    assert "99010119900101001X" not in answer.content.decode()
    assert "系统出现故障" in answer.content.decode()


WEB = Path(str(files("healthcard.web")))
PLACES = ("templates/**/*.html", "*/templates/**/*.html", "**/*.py")
SAID = re.compile(r"""{% translate ["'](.+?)["']|\b_\(\s*"(.+?)"\s*,?\s*\)|gettext_lazy\("(.+?)"\)""")


def _catalogs():
    for path in sorted(WEB.rglob("django.po")):
        with path.open("rb") as source:
            yield path, {str(each.id): str(each.string) for each in read_po(source) if each.id}


def test_the_compiled_words_are_those_of_the_catalogs():
    for path, words in _catalogs():
        with path.with_suffix(".mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        assert words
        for english, chinese in words.items():
            assert chinese
            assert compiled.gettext(english) == chinese


def test_every_word_of_the_screens_is_in_a_catalog():
    texts = [path.read_text("utf-8") for place in PLACES for path in WEB.glob(place)]
    said = {next(filter(None, words)) for text in texts for words in SAID.findall(text)}
    known = {english for _, words in _catalogs() for english in words}
    assert said - known == set()


def test_no_two_rooms_translate_one_word_differently():
    found = {}
    for _, words in _catalogs():
        for english, chinese in words.items():
            assert found.setdefault(english, chinese) == chinese
