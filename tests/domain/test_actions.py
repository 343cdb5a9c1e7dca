"""Every act the services write into the audit has its words."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from healthcard.domain.actions import ACTIONS, words

NAMED = re.compile(r"""\b(?:act|acting|_asked|audit\.write)\([^"]*?"([a-z_]+\.[a-z_]+)\"""")


def test_every_act_the_services_name_has_words():
    services = Path(str(files("healthcard") / "services"))
    named = {name for path in services.rglob("*.py") for name in NAMED.findall(path.read_text("utf-8"))}
    assert len(named) > 60
    assert named - ACTIONS.keys() == set()


def test_every_act_has_words_in_both_languages():
    for each in ACTIONS.values():
        assert re.search("[\u4e00-\u9fff]", each.zh)
        assert re.fullmatch("[ -~]+", each.en)


def test_an_act_that_is_not_in_the_table_stays_as_it_is_called():
    assert (words("old.act").zh, words("old.act").en) == ("old.act", "old.act")
