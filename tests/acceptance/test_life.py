"""The whole life of cards as the demo tells it: each step with its article, then the checks, the DEMO line last."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import pytest
from demo_story import Story

from healthcard.cli.life import opening
from healthcard.cli.life.story import STEPS

pytestmark = pytest.mark.xdist_group("pcscd")  # the demo is told once, for one worker

SOUND = re.compile(r"fsck invariants=[1-9]\d* violations=0; audit entries=[1-9]\d* anchors=\d+ faults=0")
ENTERED = re.compile(r"^  (.*)$")


@pytest.fixture
def told(story: Story) -> list[str]:
    """What the demo said after A's story."""
    lines = story.out.splitlines()
    return lines[next(place for place, line in enumerate(lines) if line.startswith("各环节经接口办理")) + 1 :]


def test_every_step_is_told_with_its_article_and_what_came_of_it(told: list[str]) -> None:
    heads = [line for line in told if not line.startswith("  ")][:-2]
    assert heads == [f"{step.article} {step.title}, holder {step.who}" for step in STEPS]
    assert all(re.match(r"第[一二三四五六七八九十]+条", head) for head in heads)
    assert len([line for line in told if ENTERED.match(line)]) == len(STEPS)


def test_afterwards_record_and_audit_are_whole_and_the_demo_line_is_the_last(told: list[str]) -> None:
    checked, last = told[-2:]
    assert SOUND.fullmatch(checked)
    assert last.startswith("DEMO residents=50 ")


def test_the_demo_tells_nobodys_name_number_or_telephone(story: Story) -> None:
    told = story.out + story.err
    for form in islice(opening.people(), len(opening.PRODUCT)):
        cells = [form.get(key, "") for key in ("name", "citizen_number", "document_number", "phone_1", "address")]
        assert any(cells)
        assert not [cell for cell in cells if cell and cell in told]


def test_the_steps_enter_the_system_over_http_alone() -> None:
    """Only the opening knows the installation; a station's driver and one-time codes are any client's."""
    folder = Path(opening.__file__).parent
    steps = [path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "opening.py"]
    taken = {
        line for text in steps for line in text.splitlines() if re.match(r"from healthcard\.(services|storage)", line)
    }
    assert taken == {
        "from healthcard.services.authority import totp",
        "from healthcard.services.line import driver",
        "from healthcard.services.line.driver import Json",
    }


def test_three_people_live_through_what_the_measures_know() -> None:
    titles = " ".join(step.title for step in STEPS)
    for word in (
        "损坏换卡",
        "临时卡使用",
        "换领新卡",
        "丢失补卡",
        "首次发卡",
        "口头挂失",
        "书面挂失",
        "解挂",
        "密码锁定",
        "解锁",
        "退回",
        "终止使用",
        "销毁",
    ):
        assert word in titles
    assert {step.who for step in STEPS} == {1, 2, 3}


def test_the_readme_shows_how_the_demo_ends(story: Story) -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    shown = text.split("its last lines are\n\n```\n", 1)[1].split("```", 1)[0].splitlines()
    told = story.out.splitlines()[-len(shown) :]
    for line, like in zip(told, shown, strict=True):
        assert re.fullmatch(re.escape(like).replace(re.escape("..."), r"\d+(\.\d)?"), line)
