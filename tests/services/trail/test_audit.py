"""The audit: chains that fit, anchors that hold, and an attacker who owns the database."""

from __future__ import annotations

import random
from collections import Counter
from uuid import uuid4

import pytest
from audit_attacks import ATTACKS, Attacker, Keys, is_found

from healthcard.keys import anchors
from healthcard.keys.errors import AnchorRefused
from keys import masters

ROUNDS = 12  # of every attack
ENTRIES = 90


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return masters.make(tmp_path_factory.mktemp("audit") / "store.json")


@pytest.fixture
def keys(store, tmp_path, monkeypatch):
    """A key service of our own, so that its anchors are those of this test's chains."""
    from healthcard.services.trail import anchoring, auditing, newest

    keys = Keys(store, tmp_path / anchors.NAME)
    monkeypatch.setattr(anchoring, "key_service", keys)
    monkeypatch.setattr(auditing, "key_service", keys)
    monkeypatch.setattr(newest, "key_service", keys)
    monkeypatch.setattr(anchoring, "_CAUGHT_UP", set())
    return keys


@pytest.fixture
def actor():
    from healthcard.services.actor import Actor

    return Actor(account=None, name="test", organisation=1, permissions=frozenset(), path="/1/", terminal="desk-1")


@pytest.fixture
def write(committed_db, actor):
    """Append entries for people by number; committed each."""
    from django.db import transaction

    from healthcard.services import audit

    def append(resident=None, **more):
        with transaction.atomic():
            audit.write(actor=actor, action="loss.accept", operation=uuid4(), resident=resident, **more)

    return append


@pytest.fixture
def filled(write, keys):
    """Chains of some length, anchored several times."""
    from healthcard.services.trail import anchoring

    for number in range(1, ENTRIES + 1):
        write(number if number % 10 else None, rule="written_loss", article="12(3)", facts={"number": number})
        if number % 25 == 0 or number == ENTRIES:
            anchoring.anchor_now()


@pytest.fixture
def attacker(filled, superuser):
    import psycopg

    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        attacker = Attacker(connection, random.Random(20261123))
        yield attacker
        attacker.undo()
        attacker.forget()


def verify():
    from healthcard.services.trail import auditing

    return auditing.verify()


def test_an_untouched_audit_is_whole_and_every_chain_is_used(filled):
    verdict = verify()
    assert (verdict.faults, verdict.gaps) == ([], [])
    assert verdict.entries == ENTRIES
    assert verdict.anchors >= 9


def test_every_attack_of_the_databases_owner_is_found_at_its_place(attacker):
    found = Counter()
    for name in ATTACKS * ROUNDS:
        chain, seq = getattr(attacker, name)()
        faults = verify().faults
        assert is_found(name, chain, seq, faults), (name, chain, seq, faults)
        attacker.undo()
        found[name] += 1
    assert found.total() >= 200
    assert set(found) == set(ATTACKS)
    assert verify().faults == []


def test_a_chain_written_anew_is_told_between_two_anchors(attacker):
    attacker.chain_anew()
    (fault, *_) = verify().faults
    assert "written anew" in fault.what


def test_what_was_never_anchored_is_found_as_soon_as_it_does_not_fit_itself(attacker, write):
    write(1, facts={"late": True})
    assert verify().faults == []
    last = "(SELECT max(seq) FROM audit_entry WHERE chain = 1)"
    attacker.sql.execute(f"UPDATE audit_entry SET card = 7 WHERE chain = 1 AND seq = {last}")
    assert [fault.chain for fault in verify().faults] == [1]


def test_a_cut_chain_is_an_alarm_at_the_next_anchor(attacker, write):
    from healthcard.services.trail import anchoring

    attacker.older_snapshot()
    with pytest.raises(AnchorRefused, match=r"audit verify"):
        anchoring.anchor_now()


def newest(most):
    from healthcard.services.trail import newest

    return newest.verify(most)


def test_within_a_request_the_newest_entries_of_each_chain_are_read(filled, write):
    write(1, facts={"late": True})
    few, all_of_them = newest(2), newest(1000)
    assert (few.faults, few.complete, few.entries < ENTRIES) == ([], False, True)
    assert (all_of_them.faults, all_of_them.complete, all_of_them.entries) == ([], True, ENTRIES + 1)


CUT = (
    "UPDATE audit_chain SET seq = seq - 1, hash = (SELECT previous FROM audit_entry WHERE chain = 1 AND seq = {last})"
    " WHERE chain = 1; DELETE FROM audit_entry WHERE chain = 1 AND seq = {last}"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = body || '\\x20' WHERE chain = 1 AND seq = {last}",
        "UPDATE audit_entry SET previous = decode(repeat('00', 32), 'hex') WHERE chain = 1 AND seq = {last} - 1",
        "UPDATE audit_entry SET card = 7 WHERE chain = 1 AND seq = {last}",
        "DELETE FROM audit_entry WHERE chain = 1 AND seq = {last}",
        CUT,
    ],
    ids=["body", "link", "column", "gone", "cut"],
)
def test_what_is_wrong_with_the_newest_ones_is_found_within_a_request(attacker, statement):
    attacker.sql.execute(statement.format(last="(SELECT max(seq) FROM audit_entry WHERE chain = 1)"))
    assert [fault.chain for fault in newest(4).faults] == [1]


def test_a_chain_written_anew_does_not_reach_its_anchor(attacker):
    chain, _ = attacker.chain_anew()
    assert chain in {fault.chain for fault in newest(1000).faults}


def test_of_older_entries_a_request_does_not_say_that_they_are_whole(attacker):
    attacker.sql.execute("UPDATE audit_entry SET card = 7 WHERE chain = 1 AND seq = 1")
    assert (newest(2).faults, newest(2).complete) == ([], False)
    assert [fault.chain for fault in newest(1000).faults] == [1]


def test_personal_data_is_sealed_for_its_person(helpers, write):
    from django.db import connection

    write(5, sealed={"name": "王小明"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_entry WHERE resident = 5")
        (body,) = cursor.fetchone()
    assert "王小明".encode() not in bytes(body)
    assert b'"sealed":"' in bytes(body)


def test_it_is_read_by_a_role_that_may_only_read(filled, superuser, monkeypatch):
    import psycopg
    from django.db import connection

    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as owner:
        owner.execute("DROP ROLE IF EXISTS audit_reader")
        owner.execute("CREATE ROLE audit_reader; GRANT USAGE ON SCHEMA public TO audit_reader")
        owner.execute("GRANT SELECT ON audit_chain, audit_entry, audit_anchor TO audit_reader")
        owner.execute("GRANT audit_reader TO healthcard_app")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE audit_reader")
            assert verify().whole
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
            owner.execute("DROP OWNED BY audit_reader")
            owner.execute("DROP ROLE audit_reader")
