"""What a person can ask about his own data, and what is kept how long."""

from datetime import date, timedelta

import pytest

from healthcard.domain import rights
from healthcard.domain.parameters import PARAMETERS, Parameters
from healthcard.domain.rights import RETENTIONS, RIGHTS, End

DAY = date(2026, 3, 2)
DEFAULTS = Parameters()


@pytest.mark.parametrize("name", ["copy", "correction", "deletion", "restriction", "access_log"])
def test_a_person_can_ask_for_his_rights_himself(name):
    assert rights.may_ask(name, "holder")
    assert RIGHTS[name].article.startswith("个人信息保护法")
    assert all((RIGHTS[name].gives_zh, RIGHTS[name].gives_en))


@pytest.mark.parametrize(
    ("name", "may"), [("copy", True), ("deletion", True), ("restriction", False), ("withdrawal", False)]
)
def test_relatives_ask_for_the_dead_what_the_law_gives_them(name, may):
    assert rights.may_ask(name, "relative") is may


def test_nobody_withdraws_another_grown_ups_consent():
    assert not rights.may_ask("withdrawal", "agent")
    assert rights.may_ask("withdrawal", "guardian")


@pytest.mark.parametrize("record", [name for name, rule in RETENTIONS.items() if rule.end is not End.NEVER])
def test_a_record_is_kept_to_its_last_day_and_not_a_day_longer(record):
    length, years = DEFAULTS.number(RETENTIONS[record].parameter), RETENTIONS[record].unit == "years"
    last = DAY.replace(year=DAY.year + length) if years else DAY + timedelta(days=length)
    assert rights.kept_until(record, DAY, DEFAULTS) == last > DAY


def test_that_a_card_ended_is_kept_for_ever():
    assert rights.kept_until("end_of_card", DAY, DEFAULTS) is None


def test_the_issuer_sets_the_time_within_the_laws_bounds():
    short = Parameters(values={"retention.audit_days": 180})
    assert rights.kept_until("audit", DAY, short) == DAY + timedelta(days=180)
    assert PARAMETERS["retention.audit_days"].least == 180


@pytest.mark.parametrize("rule", RETENTIONS.values(), ids=RETENTIONS)
def test_every_retention_has_its_parameter_in_the_same_unit(rule):
    if rule.end is not End.NEVER:
        assert PARAMETERS[rule.parameter].unit == rule.unit
        assert rule.since
    assert {parameter.name for parameter in PARAMETERS.values() if parameter.name.startswith("retention.")} == {
        rule.parameter for rule in RETENTIONS.values() if rule.parameter
    }


def test_an_unknown_right_or_record_is_an_error_of_the_program():
    with pytest.raises(KeyError):
        rights.may_ask("applause", "holder")
    with pytest.raises(KeyError):
        rights.kept_until("gossip", DAY, DEFAULTS)
