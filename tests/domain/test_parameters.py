"""An issuer's parameters: every figure of the Measures that a region decides, typed, bounded and dated elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcard.domain import parameters
from healthcard.domain.parameters import PARAMETERS, ParameterRefused, Parameters, Type, validate

KINDS = [
    "first_issue",
    "loss",
    "unloss",
    "unlock",
    "replacement",
    "temporary",
    "update",
    "termination",
    "return",
    "move",
]


def refused(values: dict[str, object]) -> ParameterRefused:
    with pytest.raises(ParameterRefused) as refusal:
        validate(values)
    return refusal.value


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("loss.oral_days", 10),
        ("loss.oral_channels", ("phone", "web", "app", "counter")),
        ("loss.releasable_until", "making"),
        ("loss.cancel_days", 0),
        ("loss.ticket_accepted", True),
        ("temporary.days", 60),
        ("temporary.most_days", 180),
        ("temporary.extensions", 1),
        ("temporary.one_per_person", True),
        ("pin.tries", 3),
        ("pin.unlocks", 10),
        ("pin.change_initial", True),
        ("age.guardian", 16),
        ("age.consent", 14),
        ("deadline.replacement", 15),
        ("card.valid_years", 10),
        ("retention.production_days", 30),
        ("maker.certificate_check", "block"),
        ("fee.first", 0),
    ],
)
def test_the_defaults_are_those_written_down_for_issuers(name, default):
    assert Parameters().value(name) == default


@pytest.mark.parametrize("group", ["agent", "review", "elsewhere", "deadline"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_application_says_who_may_where_and_how_soon(group, kind):
    assert f"{group}.{kind}" in PARAMETERS


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS)
def test_every_parameter_has_words_in_both_languages_a_source_and_a_certainty(parameter):
    assert all((parameter.zh, parameter.en, parameter.source))
    assert parameter.certainty in {"A", "B", "C", "D"}
    assert parameter.unit in parameters.UNITS or parameter.type is not Type.INTEGER


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS)
def test_the_text_of_every_default_reads_back_as_the_default(parameter):
    assert parameter.read(parameters.shown(parameter.default)) == parameter.default


@pytest.mark.parametrize("name", ["agent.unlock", "agent.unloss"])
def test_no_issuer_can_let_an_agent_unlock_or_lift_a_loss(name):
    assert not Parameters().allows(name)
    assert name in str(refused({name: True}))


@pytest.mark.parametrize("name", ["review.first_issue", "review.replacement", "review.termination"])
def test_no_issuer_can_drop_the_second_person_where_a_card_is_made_or_ended(name):
    assert "none" in str(refused({name: "none"}))


def test_no_issuer_can_allow_two_usable_cards():
    refused({"temporary.suspends_old_card": False})
    refused({"temporary.one_per_person": False})


def test_a_refusal_names_the_parameter_what_was_wrong_and_what_is_allowed():
    refusal = refused({"loss.oral_days": 31})
    assert refusal.name == "loss.oral_days"
    assert str(refusal) == "Parameter loss.oral_days cannot be 31. Allowed: 1–30 days."
    assert refusal.zh == "参数 loss.oral_days 不能设为 31。允许：1–30 天。"


@pytest.mark.parametrize("value", ["ten", "", "1.5", "-1", None, True, 1.0, "٣", "9" * 50, ["10"]])
def test_what_is_no_whole_number_is_refused(value):
    assert "whole number" in str(refused({"loss.oral_days": value}))


@pytest.mark.parametrize("value", ["yes", 1, 0, None, ""])
def test_what_is_neither_true_nor_false_is_refused(value):
    assert "true or false" in str(refused({"pin.change_initial": value}))


@pytest.mark.parametrize("value", [[], ["fax"], ["web", "web"], "web,,phone", [1], None])
def test_a_list_of_codes_takes_allowed_codes_once(value):
    refused({"loss.oral_channels": value})


def test_an_unknown_name_is_refused_by_name():
    assert refused({"loss.oral_day": 3}).en == "Parameter loss.oral_day does not exist."


def test_the_text_of_a_form_is_read_into_types():
    given_texts = {"loss.oral_days": "15", "pin.change_initial": "False", "loss.oral_channels": "web, phone"}
    assert validate(given_texts) == {
        "loss.oral_days": 15,
        "pin.change_initial": False,
        "loss.oral_channels": ("web", "phone"),
    }


@pytest.mark.parametrize(
    "values",
    [
        {"temporary.days": 200},
        {"temporary.most_days": 30},
        {"age.guardian": 14, "age.consent": 16},
        {"deadline.replacement": 0, "deadline.replacement_on_site": 1},
    ],
)
def test_parameters_that_contradict_each_other_are_refused(values):
    assert "cannot be more than parameter" in str(refused(values))


def test_parameters_are_complete_frozen_and_typed():
    held = Parameters(values={"loss.oral_days": "3"})
    assert held.number("loss.oral_days") == 3
    assert held.code("review.loss") == "second_person"
    assert held.codes("review.levels") == ("county", "city")
    assert held.allows("agent.loss")
    with pytest.raises(TypeError):
        held.values["loss.oral_days"] = 4


@pytest.mark.parametrize(
    ("read", "name"),
    [("number", "pin.change_initial"), ("allows", "pin.tries"), ("code", "pin.tries"), ("codes", "review.loss")],
)
def test_asking_a_parameter_for_another_type_is_an_error_of_the_program(read, name):
    with pytest.raises(TypeError, match=name):
        getattr(Parameters(), read)(name)
    with pytest.raises(KeyError):
        getattr(Parameters(), read)("loss.unknown")


def test_a_default_outside_its_own_bounds_stops_the_table():
    bounds = 'type = "integer"\nunit = "days"\ndefault = 9\nleast = 1\nmost = 3\n'
    words = 'zh = "x"\nen = "x"\nsource = "x"\ncertainty = "A"\n'
    with pytest.raises(ParameterRefused, match=r"a\.b cannot be 9"):
        parameters.load(f"[a.b]\n{bounds}{words}")


@given(
    st.sampled_from(sorted(PARAMETERS)),
    st.one_of(st.integers(-5, 10**6), st.text(max_size=8), st.booleans(), st.none()),
)
def test_whatever_is_accepted_lies_in_the_table(name, value):
    parameter = PARAMETERS[name]
    try:
        typed = parameter.read(value)
    except ParameterRefused:
        return
    in_range = isinstance(typed, int) and parameter.least <= typed <= parameter.most
    listed = set(typed) <= set(parameter.allowed) if isinstance(typed, tuple) else typed in parameter.allowed
    assert in_range if parameter.type is Type.INTEGER else listed
