"""The database holds to the life-cycle table by itself: events inserted as the application role, past every service."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from healthcard.domain.lifecycle import RULES, Facts, apply, usable
from healthcard.domain.lifecycle.rules import VALUES

LATER = datetime(2040, 1, 1, tzinfo=UTC)
FOR_TEMPORARY = {"temporary_ended"}
REFUSED = psycopg.errors.RestrictViolation


@pytest.fixture
def server(installation, superuser):
    """A connection of the superuser's, rolled back in the end."""
    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SELECT set_config('healthcard.scope', '/', true)")
        connection.execute(
            "INSERT INTO organisation (id, code, name, kind, division, path, credit_code)"
            " VALUES (1, '1', 'o', 'ministry', '990000', '/1/', '')"
        )
        yield connection
        connection.rollback()


@pytest.fixture
def card(server):
    """Put a card with these facts on file, whatever the guards say; its id."""

    def put(facts: Facts, *, kind="formal", valid_until="2046-01-01"):
        server.execute("SET LOCAL session_replication_role = replica")
        number = server.execute("SELECT coalesce(max(id), 0) + 1 FROM card").fetchone()[0]
        row = {fact: facts.get(fact) for fact in VALUES} | {
            "id": number,
            "issuer_id": 1,
            "issuer_code": "9" * 22,
            "issue_serial": f"{number:010d}",
            "resident_id": number,
            "kind": kind,
            "application_id": 1 if kind == "temporary" else None,
            "product": "jia",
            "layout": "full",
            "application_plan": "p",
            "key_version": 1,
            "city": "990000",
            "issued_on": "2026-01-01",
            "valid_until": valid_until,
            "chip8": number.to_bytes(8, "big"),
            "answer_to_reset": b"a",
            "ended_because": "why",
            "made_at": LATER,
            "loss_until": facts.loss_until,
            "home_path": "/1/",
        }
        server.execute(
            f"INSERT INTO card ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values())
        )
        server.execute("SET LOCAL session_replication_role = origin")
        return number

    return put


@pytest.fixture
def happen(server):
    """Insert an event as the application role; undone when refused."""

    def insert(number, event, changes, version=1):
        with server.transaction():
            server.execute("SET LOCAL ROLE healthcard_app")
            server.execute(
                "INSERT INTO card_event (card_id, version, event, changes, operation, organisation_id)"
                " VALUES (%s, %s, %s, %s, %s, 1)",
                (number, version, event, Jsonb(changes), uuid4()),
            )
            server.execute("RESET ROLE")

    return insert


def allowed(event):
    rule = RULES[event]
    chosen = {fact: min(rule.requires.get(fact, values), key=values.index) for fact, values in VALUES.items()}
    if chosen["life"] == "ended":
        chosen["end_reason"] = "holder"
    return Facts(**chosen, loss_until=datetime(2026, 1, 2, tzinfo=UTC) if chosen["loss"] == "oral" else None)


def written(event):
    changes = {fact: values[-1] for fact, values in RULES[event].sets.items()}
    if "loss_until" in RULES[event].carries:
        changes["loss_until"] = LATER.isoformat() if event == "oral_loss" else None
    return changes


def run_as(server, role, statement, *values):
    with server.transaction():
        server.execute(f"SET LOCAL ROLE {role}")
        server.execute(statement, values)


def kind_of(event):
    return "temporary" if event in FOR_TEMPORARY else "formal"


@pytest.mark.parametrize("event", sorted(RULES))
def test_each_row_happens_and_leaves_what_the_table_says(server, card, happen, event):
    before, changes = allowed(event), written(event)
    number = card(before, kind=kind_of(event))
    happen(number, event, changes)
    after = apply(before, event, {name: value for name, value in changes.items() if name != "loss_until"})
    columns = ", ".join(VALUES)
    row = server.execute(f"SELECT {columns}, version FROM card WHERE id = %s", [number]).fetchone()
    assert row == (*(after.get(fact) for fact in VALUES), 1)


@pytest.mark.parametrize("event", sorted(RULES))
def test_each_row_is_refused_for_every_value_it_does_not_allow(card, happen, event):
    rule, count = RULES[event], 0
    for fact, values in rule.requires.items():
        for value in set(VALUES[fact]) - set(values):
            wrong = replace(allowed(event), **{fact: value})
            if value == "oral" or wrong.loss != "oral":
                wrong = replace(wrong, loss_until=LATER if wrong.loss == "oral" else None)
            reason = "holder" if wrong.life == "ended" else ""
            number = card(replace(wrong, end_reason=reason), kind=kind_of(event))
            with pytest.raises(REFUSED, match="does not follow"):
                happen(number, event, written(event))
            count += 1
    assert count


@pytest.mark.parametrize("event", sorted(RULES))
def test_each_row_is_refused_with_other_changes_and_out_of_turn(card, happen, event):
    number, right = card(allowed(event), kind=kind_of(event)), written(event)
    for fact in RULES[event].sets:
        with pytest.raises(REFUSED, match="has to set"):
            happen(number, event, {**right, fact: "elsewhere"})
        with pytest.raises(REFUSED, match="has to set"):
            happen(number, event, {name: value for name, value in right.items() if name != fact})
    with pytest.raises(REFUSED, match="does not set"):
        happen(number, event, {**right, "version": 7})
    for version in (0, 2):
        with pytest.raises(psycopg.errors.SerializationFailure, match="not the next one"):
            happen(number, event, right, version=version)


def test_the_way_of_an_application_is_no_event_of_a_card(card, happen):
    number = card(Facts(life="ended", end_reason="death", place="recovered"))
    with pytest.raises(REFUSED, match="there is no event"):
        happen(number, "application.accepted", {"state": "approved"})


def test_an_event_whose_number_is_chosen_is_refused(server, card):
    number = card(Facts(life="issued", place="holder"))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run_as(
            server,
            "healthcard_app",
            "INSERT INTO card_event (id, card_id, version, event, changes, operation, organisation_id)"
            " VALUES (1, %s, 1, 'pin_locked', '{\"pin_locked\": true}', gen_random_uuid(), 1)"
            " ON CONFLICT (id) DO NOTHING",
            number,
        )


def test_an_oral_report_lapses_at_its_deadline_and_not_before(card, happen):
    number = card(Facts(life="issued", place="holder", loss="oral", loss_until=LATER))
    with pytest.raises(REFUSED, match="not lapsed yet"):
        happen(number, "oral_lapsed", {"loss": "none", "loss_until": None})


def test_an_ended_card_stays_ended_even_for_the_owner_of_the_tables(server, card):
    number = card(Facts(life="ended", end_reason="death", place="recovered"))
    back = "UPDATE card SET life = 'issued', end_reason = '', version = version + 1 WHERE id = %s"
    with pytest.raises(REFUSED, match="stays ended"):
        run_as(server, "healthcard_owner", back, number)


@pytest.mark.parametrize("event", sorted(RULES))
def test_no_event_brings_an_ended_card_back(server, card, happen, event):
    for place in ("recovered", "lost", "holder", "destroyed"):
        number = card(Facts(life="ended", end_reason="death", place=place), kind=kind_of(event))
        with suppress(REFUSED):
            happen(number, event, written(event))
        assert server.execute("SELECT life FROM card WHERE id = %s", [number]).fetchone() == ("ended",)


@pytest.mark.parametrize("column", [*VALUES, "loss_until", "valid_until", "version", "resident_id", "kind"])
def test_the_application_role_changes_no_fact_by_hand(server, card, column):
    number = card(Facts(life="ended", end_reason="death", place="recovered"))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run_as(server, "healthcard_app", f"UPDATE card SET {column} = {column} WHERE id = %s", number)


def test_the_application_role_puts_no_living_copy_of_an_ended_card_on_file(server, card):
    number = card(Facts(life="ended", end_reason="death", place="recovered"))
    columns = (
        "issuer_id, issuer_code, resident_id, kind, product, layout, application_plan, key_version, city, issued_on"
    )
    copy = (
        f"INSERT INTO card ({columns}, valid_until, ended_because, issue_serial, life, place, made_at)"
        f" SELECT {columns}, valid_until, '', '0000099999', 'issued', 'holder', now() FROM card WHERE id = %s"
    )
    with pytest.raises(REFUSED, match="begins planned"):
        run_as(server, "healthcard_app", copy, number)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run_as(server, "healthcard_app", "DELETE FROM card WHERE id = %s", number)


def test_a_card_under_an_oral_report_leaves_no_room_for_a_second_one(server, card, happen):
    """The report lapses by time alone: the holder would then have two usable cards."""
    lost = card(Facts(life="issued", place="holder", loss="oral", loss_until=LATER))
    other = card(Facts(life="issued", place="holder", app_lock="temporary"), kind="temporary")
    server.execute("SET LOCAL session_replication_role = replica")
    server.execute("UPDATE card SET resident_id = %s WHERE id = %s", [lost, other])
    server.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(REFUSED, match="two usable cards"):
        happen(other, "app_unlocked", {"app_lock": "none"})


def test_usable_means_the_same_to_the_database_and_to_the_rules(server, card):
    now, today = server.execute("SELECT now(), (now() AT TIME ZONE 'Asia/Shanghai')::date").fetchone()
    times = {"oral": [now - timedelta(seconds=1), now, now + timedelta(seconds=1)]}
    count = 0
    for life, loss, lock, suspended in product(VALUES["life"], VALUES["loss"], VALUES["app_lock"], VALUES["suspended"]):
        for until, last in product(
            times.get(loss, [None]), [today - timedelta(days=1), today, today + timedelta(days=1)]
        ):
            ended = "death" if life == "ended" else ""
            facts = Facts(
                life=life,
                loss=loss,
                app_lock=lock,
                suspended=suspended,
                end_reason=ended,
                loss_until=until,
                valid_until=last,
            )
            number = card(facts, valid_until=last)
            said = server.execute("SELECT unusable_because(card, now()) FROM card WHERE id = %s", [number]).fetchone()
            assert said == (usable(facts, now, today).value,), facts
            count += 1
    assert count == 450
