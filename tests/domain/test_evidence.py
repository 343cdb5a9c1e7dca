"""What has to be shown at the desk, act by act and by who comes; nothing counts that was not marked as seen."""

import pytest

from healthcard.domain import evidence
from healthcard.domain.evidence import (
    ACTS,
    PAPERS,
    REQUIREMENTS,
    Presenter,
    PresenterRefused,
    missing,
    required,
    verifies,
)
from healthcard.domain.forms import KINDS, form


def names(rows):
    return {row.papers[0] for row in rows}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_application_wants_something_of_the_holder(kind):
    wanted = missing(kind, "holder", ())
    assert wanted
    assert all(row.article and row.zh and row.en for row in wanted)


@pytest.mark.parametrize("act", [act for act in ACTS if act not in ("temporary_return",)])
def test_the_holder_shows_who_he_is_in_every_act(act):
    assert "identity" in names(required(act, "holder", reason="lost"))


def test_a_loss_is_reported_without_card_and_number():
    assert names(required("loss", "holder")) == {"identity"}


def test_a_loss_is_lifted_with_the_card_itself():
    assert [row.papers for row in missing("unloss", "holder", ["identity", "loss_ticket"])] == [("card",)]
    assert missing("unloss", "holder", ["identity", "card"]) == ()


@pytest.mark.parametrize("act", ["unloss", "unlock"])
@pytest.mark.parametrize("by", ["agent", "relative"])
def test_no_agent_lifts_a_loss_or_unlocks(act, by):
    with pytest.raises(PresenterRefused):
        required(act, by)


@pytest.mark.parametrize("act", ["first_issue", "hand_over", "loss", "replacement", "temporary", "return"])
def test_an_agent_shows_himself_and_his_authority_besides_the_holders_papers(act):
    assert {"agent_identity", "authority"} <= names(required(act, "agent", reason="lost"))
    assert names(missing(act, "agent", ["agent_identity"], reason="lost")) >= {"authority"}


def test_a_guardian_proves_the_guardianship_by_any_of_its_papers():
    seen = ["identity", "guardian_identity"]
    (lacking,) = missing("loss", "guardian", seen)
    assert lacking.zh == "载明监护关系的户口簿或出生医学证明或确定监护人的判决、决定或公证文书"
    for paper in lacking.papers:
        assert missing("loss", "guardian", [*seen, paper]) == ()


@pytest.mark.parametrize(("reason", "wanted"), [("lost", False), ("damaged", True), ("changed", True), ("other", True)])
def test_the_old_card_comes_back_at_hand_over_unless_it_was_lost(reason, wanted):
    assert ("card" in names(missing("hand_over", "holder", ["identity"], reason=reason))) is wanted


def test_the_temporary_card_comes_back_at_hand_over():
    lacking = missing("hand_over", "holder", ["identity"], reason="lost", temporary="issued")
    assert names(lacking) == {"temporary_card"}


def test_changed_information_is_proved():
    assert names(missing("replacement", "holder", ["identity"], reason="changed")) == {"change_proof"}
    assert missing("replacement", "holder", ["identity", "household_register"], reason="changed") == ()


def test_a_death_is_reported_by_a_relative_with_the_certificate_and_kinship():
    lacking = names(missing("termination", "relative", (), reason="death"))
    assert lacking == {"death_certificate", "relative_identity", "kinship_register"}


@pytest.mark.parametrize("reason", ["holder", "4", ""])
def test_a_relative_cannot_end_the_card_of_the_living(reason):
    with pytest.raises(PresenterRefused):
        required("termination", "relative", reason=reason)


def test_nothing_is_ticked_by_itself():
    for act in ACTS:
        for by in Presenter:
            try:
                wanted = [row for row in required(act, by, reason="death", temporary="issued") if not row.optional]
            except PresenterRefused:
                continue
            assert list(missing(act, by, (), reason="death", temporary="issued")) == wanted


def test_what_is_no_document_was_not_seen():
    with pytest.raises(KeyError):
        missing("loss", "holder", ["promise"])
    with pytest.raises(KeyError):
        required("holiday", "holder")
    with pytest.raises(ValueError, match="neighbour"):
        required("loss", "neighbour")


def test_the_table_knows_the_answers_of_the_forms():
    for row in REQUIREMENTS:
        kind = "replacement" if row.act == "hand_over" else row.act
        for fact in set(row.when) - {"temporary"}:
            assert set(row.when[fact]) <= {choice.name for choice in form(kind).field(fact).choices}


def test_the_table_names_documents_and_acts_that_exist():
    assert {name for row in REQUIREMENTS for name in row.papers} == set(PAPERS)
    assert set(KINDS) <= set(ACTS)
    named = {act for way in evidence.VERIFICATIONS.values() for act in way.acts}
    assert named <= {*ACTS, "oral_loss"}


@pytest.mark.parametrize("act", [*KINDS, "oral_loss", "hand_over"])
def test_a_person_seen_with_his_document_is_verified_for_every_act(act):
    assert verifies("document_and_face", act)


def test_questions_on_the_telephone_are_enough_for_an_oral_report_alone():
    assert [act for act in [*ACTS, "oral_loss"] if verifies("questions", act)] == ["oral_loss"]
    assert [act for act in [*ACTS, "oral_loss"] if verifies("known_account", act)] == ["oral_loss"]


def test_papers_of_an_absent_holder_verify_no_holder_and_unlock_nothing():
    assert verifies("documents_of_absent", "loss", "agent")
    assert not verifies("documents_of_absent", "loss", "holder")
    assert not verifies("documents_of_absent", "unlock", "guardian")
    with pytest.raises(KeyError):
        verifies("guess", "loss")
