"""What may be asked for now agrees with what the services take."""

from __future__ import annotations

import pytest
from desk import request

from healthcard.domain.permissions import NotAllowed


def _allowed(actor, person):
    from healthcard.services.desk import possible

    return {each.kind for each in possible.acts(actor, person) if each.allowed}


def test_somebody_without_a_card_may_ask_for_his_first_and_is_told_why_nothing_else(adult, issuer, clerk):
    from healthcard.services.desk import possible

    found = {each.kind: each for each in possible.acts(clerk, adult)}
    assert {kind for kind, each in found.items() if each.allowed} == {"first_issue"}
    loss = found["loss"]
    assert (loss.zh, loss.article) == ("此人名下没有可挂失的卡", "12(3)")
    assert loss.advice_zh
    assert loss.en


def test_an_open_application_stands_before_another_of_its_kind(adult, issuer, clerk):
    from healthcard.services.desk import issue

    issue.ask(clerk, request("first_issue", adult))
    assert _allowed(clerk, adult) == {"temporary"}


def test_a_card_in_use_and_a_frozen_one_allow_different_acts(issued, adult, clerk):
    from healthcard.services.desk import loss, possible

    card, _ = issued
    assert _allowed(clerk, adult) == {"loss", "unlock", "replacement", "update", "termination", "return"}
    loss.report(clerk, request("loss", adult))
    assert _allowed(clerk, adult) == {"unloss", "replacement", "termination", "return"}
    unloss = next(each for each in possible.acts(clerk, adult) if each.kind == "unloss")
    assert unloss.card == card


def test_who_takes_no_applications_is_not_told(adult, issuer, reviewer):
    from healthcard.services.desk import possible

    with pytest.raises(NotAllowed):
        possible.acts(reviewer, adult)


def test_what_needs_no_application_is_told_with_the_rule_that_stands_against_it(issued, adult, clerk):
    from healthcard.services.desk import loss, possible

    def allowed():
        return {each.kind for each in possible.at_once(clerk, adult) if each.allowed}

    assert allowed() == {"oral-loss"}
    loss.report_oral(clerk, adult, channel="counter", identity="document_and_face")
    assert allowed() == {"withdraw-oral"}
    lost = next(each for each in possible.at_once(clerk, adult) if each.kind == "lose-temporary")
    assert (lost.article, bool(lost.zh and lost.advice_en)) == ("12(7)", True)
