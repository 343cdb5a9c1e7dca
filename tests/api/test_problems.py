"""Refusals as clients see them: RFC 9457, both languages, nothing of our inside."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

TODAY = date(2026, 11, 23)
MEDIA = "application/problem+json"


def _problem(answer, status, name):
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == MEDIA
    told = answer.json()
    assert told["type"] == f"/api/v1/problems#{name}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["title_en"].isascii()
    assert told["detail_en"]
    return told


@pytest.mark.parametrize("path", ["/me", "/cards", "/cards/1", "/residents/1/cards"])
@pytest.mark.parametrize("token", ["", "nobody", "é", "x" * 600])
def test_without_a_known_token_nobody_gets_an_answer(caller, path, token):
    answer = caller(token).get(path)
    _problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_role_without_the_permission_is_refused(caller, world):
    _problem(caller("maker").get(f"/residents/{world.holder}"), 403, "not-allowed")


@pytest.mark.parametrize(
    "path", ["/cards/{}", "/cards/{}/journal", "/cards/{}/chip", "/residents/{}", "/residents/{}/cards"]
)
def test_what_is_not_there_is_not_found(caller, path):
    answers = [caller("clerk").get(path.format(number)) for number in (999_999_999, 2**63 - 1)]
    for answer in answers:
        _problem(answer, 404, "not-found")
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("path", ["/nothing", "/cards/1/nothing", ""])
def test_an_address_that_there_is_not_is_not_found(caller, path):
    _problem(caller("clerk").get(path), 404, "not-found")


def test_the_wrong_method_is_refused_and_the_right_one_named(caller):
    answer = caller("clerk").send("DELETE", "/cards")
    _problem(answer, 405, "method")
    assert answer.headers["Allow"] == "GET"


def test_a_conflict_tells_what_stands_against_it(caller, world):
    from healthcard.services.stage import demo
    from healthcard.services.workshop import cards

    ordered = cards.plan(demo.maker(), world.other, today=TODAY)
    told = _problem(caller("clerk").get(f"/cards/{ordered}/chip"), 409, "conflict")
    assert "no finished chip" in told["detail_en"]


def test_an_error_nobody_foresaw_leaves_only_its_number(caller, monkeypatch, caplog):
    from healthcard.services.workshop import cards

    def broken(*_, **__):
        raise RuntimeError("secret of 990101198001010017")

    monkeypatch.setattr(cards, "listed", broken)
    told = _problem(caller("clerk").get("/cards"), 500, "broken")
    assert "secret" not in str(told)
    assert told["instance"] in caplog.text
    assert "RuntimeError at " in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("raised", "status", "name"),
    [
        ("KeyServiceGone", 503, "unavailable"),
        ("NotWired", 503, "unavailable"),
        ("TooMany", 429, "too-many"),
    ],
)
def test_what_will_pass_says_when_to_come_back(caller, monkeypatch, raised, status, name):
    from healthcard.services import errors
    from healthcard.services.workshop import cards

    def gone(*_, **__):
        raise errors.TooMany("Later.", 7) if raised == "TooMany" else getattr(errors, raised)("gone")

    monkeypatch.setattr(cards, "listed", gone)
    answer = caller("clerk").get("/cards")
    _problem(answer, status, name)
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("state", "status", "name"), [("40P01", 409, "busy"), ("55P03", 409, "busy"), (None, 503, "unavailable")]
)
def test_a_database_that_is_busy_or_gone_is_told_apart(caller, monkeypatch, state, status, name):
    from django.db import OperationalError
    from psycopg import errors

    from healthcard.services.workshop import cards

    def gone(*_, **__):
        raise OperationalError("server closed the connection") from (errors.lookup(state)("x") if state else None)

    monkeypatch.setattr(cards, "listed", gone)
    answer = caller("clerk").get("/cards")
    told = _problem(answer, status, name)
    assert answer.headers["Retry-After"]
    assert "server closed" not in str(told)


def test_a_refusal_by_rule_names_rule_article_facts_and_advice(caller, monkeypatch):
    from healthcard.services import errors
    from healthcard.services.workshop import cards

    def refused(*_, **__):
        raise errors.Refused(
            "loss.open",
            "第十二条（三）",
            "已挂失。",
            "It is reported lost.",
            {"since": "2026-11-23"},
            "先解挂。",
            "Un-lose it.",
        )

    monkeypatch.setattr(cards, "listed", refused)
    told = _problem(caller("clerk").get("/cards"), 409, "refused")
    assert {
        name: told[name] for name in ("rule", "article", "detail", "detail_en", "facts", "advice", "advice_en")
    } == {
        "rule": "loss.open",
        "article": "第十二条（三）",
        "detail": "已挂失。",
        "detail_en": "It is reported lost.",
        "facts": {"since": "2026-11-23"},
        "advice": "先解挂。",
        "advice_en": "Un-lose it.",
    }


def test_every_service_refusal_has_its_problem():
    from healthcard.api import problems
    from healthcard.services import errors

    foreseen = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert {kind for kind in foreseen if kind not in problems.TABLE} == {errors.ServiceError, errors.Worded}


def test_the_type_of_a_problem_leads_to_its_words(caller):
    from healthcard.api import problems

    page = caller("").get("/problems")
    assert page.status_code == 200
    for kind in problems.kinds().values():
        assert f'id="{kind.name}"' in page.content.decode()
        assert kind.title in page.content.decode()
    assert caller("").post("/problems").status_code == 405


def test_the_documentation_lists_every_kind_of_problem_with_its_status():
    from healthcard.api import problems
    from healthcard.domain.lifecycle import Usability

    docs = Path(__file__).parents[2] / "docs"
    text = (docs / "api.md").read_text("utf-8") + (docs / "reasons.md").read_text("utf-8")
    for kind in problems.kinds().values():
        assert f"| `{kind.name}` | {kind.status} |" in text
    for reason in [*Usability, "unknown"]:
        assert f"| `{reason}` |" in text
