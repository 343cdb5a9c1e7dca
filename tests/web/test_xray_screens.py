"""A card seen through: chip beside record, differences in red, the reading in words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest


@pytest.fixture
def virtual(monkeypatch):
    """As in a demo: virtual cards lie in their slots."""
    from healthcard.services.stage import virtual_reader

    monkeypatch.setattr(virtual_reader, "is_there", lambda: True)


def _page(browser, path, language="zh-hans"):
    client = browser("clerk")
    client.cookies["django_language"] = language
    return client.get(path).content.decode()


def test_a_card_as_it_was_made_agrees_with_the_record(browser, world, virtual):
    page = _page(browser, f"/cards/{world.card}/xray")
    assert "芯片内容与登记一致" in page
    assert "DDF1/EF05" in page
    assert 'class="differs"' not in page
    assert not re.search(r"\d{17}[\dX]", re.sub(r"\d{22}", "", page))


def test_what_differs_is_marked_and_counted(browser, world, virtual, monkeypatch):
    from healthcard.services.workshop import xray

    told = xray.image_of
    monkeypatch.setattr(xray, "image_of", lambda card, plan: _with_another_text(told(card, plan)))
    page = _page(browser, f"/cards/{world.card}/xray", "en")
    assert page.count('class="differs"') == 1
    assert "The chip and the record differ. Items: 1" in page


def _with_another_text(image):
    """The image with the last character of one text of the first file changed."""
    first = image.files[0]
    item = next(each for each in image.layout.file(first.path).items if each.type == "ans")
    records = list(first.records)
    records[item.record - 1] = records[item.record - 1][:-1] + b"#"
    return replace(image, files=(replace(first, records=tuple(records)), *image.files[1:]))


def test_the_reading_is_told_command_by_command_and_without_content(browser, world, virtual):
    page = _page(browser, f"/cards/{world.card}/xray", "en")
    commands = re.findall(r'<td class="code">([0-9A-F ]+)</td>', page)
    assert len(commands) > 50
    assert "SELECT" in page


def test_a_card_without_a_chip_says_so(browser, world, virtual):
    assert "there is no finished chip" in _page(browser, f"/cards/{world.ordered}/xray", "en")


def test_where_nobody_sits_at_a_station_the_reader_is_asked_for(browser, world):
    answer = browser("clerk").post(f"/cards/{world.card}/xray/read")
    assert answer.status_code == 409


def test_the_journal_of_the_making_is_told_command_by_command(browser, world):
    from healthcard.services import scope
    from healthcard.storage.models import AuditEntry, PersoIntent

    chinese = _page(browser, f"/cards/{world.card}/journal")
    commands = re.findall(r'<td class="code">([0-9A-F]{2}(?: [0-9A-F]{2}){3})</td>', chinese)
    scope.limit(scope.EVERYBODY)
    assert len(commands) >= PersoIntent.objects.filter(job__card=world.card).count() > 50
    assert "建立 DDF1" in chinese
    assert "成功" in chinese
    english = _page(browser, f"/cards/{world.card}/journal", "en")
    assert "answered by the chip" in english
    assert not re.search("[\u4e00-\u9fff]", english.partition("<table")[2].rpartition("</table>")[0])
    browser("auditor").get(f"/cards/{world.card}/journal")
    assert AuditEntry.objects.filter(action="journal.read", card=world.card).count() == 1


def test_every_status_word_is_explained_in_chinese():
    import tomllib
    from importlib.resources import files

    from django.utils.translation import gettext, override

    told = tomllib.loads(files("healthcard.card.wire").joinpath("status.toml").read_text("utf-8"))
    tables = (told["general"], *told["command"].values())
    sentences = {text for table in tables for name, text in table.items() if name != "name"}
    with override("zh-hans"):
        assert not [text for text in sentences if gettext(text) == text]
