"""A refusal that leaves the line arrives at the door as the error it was; what is unforeseen says nothing of itself."""

from __future__ import annotations

import json

import pytest


def _errors():
    from healthcard.card.wire.errors import CardGone
    from healthcard.domain.lifecycle import GUARDS, Facts, TransitionRefused
    from healthcard.domain.lifecycle import refusal as refused_by_facts
    from healthcard.domain.permissions import NotAllowed, Permission
    from healthcard.keys.errors import ServiceGone
    from healthcard.services.errors import Conflict, Invalid, NotFound, Refused, TooMany
    from healthcard.services.idempotency import KeyReused
    from healthcard.services.line.failures import LineGone
    from healthcard.services.workshop.chips import Unreadable

    refusal = Refused("loss_open", "12(3)", "冻结", "frozen", {"since": 3}, "请解挂", "release it")
    return {
        "refused": (refusal, Refused, ("rule", "article", "zh", "facts", "advice_zh", "advice_en")),
        "transition": (
            TransitionRefused(next(iter(GUARDS.values())), life="made"),
            TransitionRefused,
            ("rule", "facts"),
        ),
        "a fact": (refused_by_facts(Facts(life="ended"), "unlocked"), TransitionRefused, ("rule", "guard")),
        "not allowed": (NotAllowed("somebody", Permission.DESK_ACT), NotAllowed, ("permission",)),
        "invalid": (Invalid("card", "有误", "wrong"), Invalid, ("field", "zh")),
        "too many": (TooMany("later", 60), TooMany, ("seconds",)),
        "conflict": (Conflict("不行", "no"), Conflict, ("zh",)),
        "not found": (NotFound("no"), NotFound, ()),
        "key reused": (KeyReused("no"), KeyReused, ()),
        "keys gone": (ServiceGone("no keys"), ServiceGone, ()),
        "line gone": (LineGone("no line"), LineGone, ()),
        "card": (CardGone("pulled"), Unreadable, ()),
    }


@pytest.mark.parametrize("name", list(range(12)))
def test_errors_are_the_same_on_both_sides(installation, name):
    from healthcard.services.line import failures

    error, kind, fields = list(_errors().values())[name]
    raised = failures.raised(json.loads(json.dumps(failures.told(error))))
    assert (type(raised), str(raised)) == (kind, str(error))
    assert all(getattr(raised, field) == getattr(error, field) for field in fields)


def test_what_nobody_foresaw_says_nothing_of_itself(installation):
    from healthcard.services.line import failures

    told = failures.told(RuntimeError("张三 110105194912310021"))
    assert "张三" not in json.dumps(told, ensure_ascii=False)
    assert isinstance(failures.raised(told), failures.ActBroken)


@pytest.mark.parametrize("question", [{}, {"actor": {}}, {"actor": {"permissions": ["fly"]}}, {"actor": None}])
def test_a_question_the_line_cannot_read_is_refused_and_breaks_nothing(installation, question):
    from healthcard.services.line import server
    from healthcard.services.line.seats import Seats
    from healthcard.services.line.sessions import Sessions
    from healthcard.services.line.stations import Stations

    sessions = Sessions(acts={})
    assert server.answered(sessions, Stations(sessions, Seats()), question)["refused"]["kind"] == "Invalid"


def test_an_act_that_breaks_is_told_and_logged_without_what_it_said(db, province, console, caplog):
    from healthcard.services.line.sessions import Sessions

    def broken(call):
        raise RuntimeError("张三")

    sessions = Sessions(acts={"break": broken})
    state = sessions.open(console, "break", {}, "")
    assert state["refused"]["kind"] == "ActBroken"
    assert "RuntimeError" in caplog.text
    assert "张三" not in caplog.text
