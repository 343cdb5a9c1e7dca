"""The checker itself works: what is planted past every guard, one violation for each invariant, is found."""

from __future__ import annotations

import pytest

from healthcard.fsck import INVARIANTS, asked

# People by number % 6: 0 plain, 1 lost and found, 2 locked and unlocked, 3 ended, 4 replaced, 5 in the making.
FIRST = "(SELECT min(id) FROM card WHERE life = 'issued')"
ENDED = "(SELECT min(id) FROM card WHERE life = 'ended')"
OF_ENDED = f"(SELECT resident_id FROM card WHERE id = {ENDED})"
SERIAL = "(SELECT issue_serial FROM card WHERE id = 1)"
PLANTED = {
    "I-01": f"UPDATE card SET life = 'issued', resident_id = (SELECT resident_id FROM card WHERE id = {FIRST}) "
    f"WHERE id = {FIRST} + 1",
    "I-02": "UPDATE card_event SET changes = '{}' WHERE event = 'replaced'",
    "I-03": f"UPDATE card SET kind = 'temporary' WHERE id = {FIRST}",
    "I-04": "UPDATE issue_serial SET last = 1",
    "I-05": "UPDATE resident_key SET resident_id = 2 WHERE resident_id = 1 AND kind = 'document'",
    "I-06": f"UPDATE perso_job SET state = 'scrapped' WHERE card_id = {FIRST}",
    "I-07": f"UPDATE card SET home_path = '/1/' WHERE id = {FIRST}",
    "I-08": f"UPDATE card SET loss = 'written' WHERE id = {FIRST}",
    "I-09": "UPDATE card_event SET event = 'unlossed' WHERE event = 'unlocked'",
    "I-10": f"UPDATE verification SET usable = true, reason = 'usable' WHERE card_id = {ENDED}",
    "I-11": "INSERT INTO card_event (card_id, version, person_version, event, changes, operation, organisation_id, at) "
    f"SELECT id, version + 1, 99, 'handed_over', '{{\"life\": \"issued\"}}', gen_random_uuid(), 3, now() "
    f"FROM card WHERE id = {ENDED}",
    "I-12": "UPDATE card_event SET operation = gen_random_uuid() WHERE event = 'replaced'",
    "I-13": "UPDATE card_event SET event = 'oral_lapsed' WHERE event = 'unlossed'",
    "I-14": f"UPDATE verification SET started = started + interval '40 years' WHERE card_id = {FIRST}",
    "I-16": "UPDATE application SET by = 'agent' WHERE kind = 'unlock'",
    "I-15": f"UPDATE card SET chip_end = 'locked' WHERE id = {FIRST}",
    "I-17": "UPDATE transfer SET written_items = 6",
    "I-18": "UPDATE registration SET card_id = (SELECT min(id) FROM card WHERE end_reason = 'replaced')",
    "I-22": "UPDATE recovery SET destroyed_at = now(), witness_id = 1, second_witness_id = 1, certificate = '\\x00'",
    "I-24": "UPDATE card_event SET changes = changes || '{\"place\": \"lost\"}' WHERE event = 'replaced'",
    "I-25": "UPDATE perso_outcome SET sw = 27010 WHERE job_id = 1",
    "I-32": "UPDATE card_event SET at = at + interval '1 second' WHERE card_id = 1 AND version = 1",
    "I-33": "UPDATE audit_entry SET body = body || '\\x20' WHERE chain = 1 AND seq = 2",
    "I-35": "GRANT UPDATE ON card_event TO healthcard_app",
    "I-36": "UPDATE audit_entry SET account = 2 WHERE chain = 1 AND seq = 2",
    "I-37": "UPDATE application SET reviewed_by_id = accepted_by_id WHERE id = 1",
    "I-38": "UPDATE account SET person_digest = (SELECT identity_digest FROM resident WHERE id = 1) WHERE id = 1",
    "I-39": "UPDATE organisation SET path = '/1/3/' WHERE id = 3",
    "I-40": "INSERT INTO idempotent_answer (client, key, fingerprint, status, body) "
    "VALUES ('c', 'k', '\\x00', 200, '')",
    "I-41": "UPDATE idempotent_answer SET request = repeat('0', 32) "
    "WHERE key = (SELECT min(key) FROM idempotent_answer)",
    "I-53": "DELETE FROM resident_key WHERE resident_id = 1 AND kind = 'name'",
    "I-54": "DELETE FROM application_scan WHERE id = (SELECT min(id) FROM application_scan)",
    "I-55": "UPDATE day_close SET sums = jsonb_set(sums, '{acts,test.act}', '1')",
    "I-44": "UPDATE card_change SET usable = NOT usable WHERE id = (SELECT min(id) FROM card_change)",
    "I-08 rows": "UPDATE application SET opinion = 'no' WHERE id = 1",
    "I-47": f"UPDATE verification SET present = true, nonce = '\\x00' WHERE card_id = {FIRST}",
}


@pytest.fixture
def planted(checked):
    """What the checker finds after a statement past every guard; rolled back."""

    def run(statement):
        with checked.transaction(force_rollback=True):
            checked.execute("SET LOCAL session_replication_role = replica")
            _without_constraints(checked)
            checked.execute(statement)
            checked.execute("SET LOCAL ROLE healthcard_fsck")  # what its role cannot see, it cannot find
            return {found.id: found.violations for found in asked(checked)}

    return run


def _without_constraints(connection):
    """The owner may drop what stands in his way; the checker must not rely on it."""
    checks = "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint WHERE contype = 'c'"
    for table, name in connection.execute(checks + " AND connamespace = 'public'::regnamespace").fetchall():
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    connection.execute("DROP INDEX IF EXISTS card_one_formal_per_person, card_one_formal_in_making, card_one_temporary")


def test_every_invariant_has_its_planted_violation():
    assert set(PLANTED) == {each.id for each in INVARIANTS} | {"I-33", "I-36", "I-08 rows"}


@pytest.mark.parametrize("number", PLANTED)
def test_a_planted_violation_is_found(planted, number):
    assert planted(PLANTED[number])[number] > 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lock_order SET carried_out_by_id = ordered_by_id WHERE wish = 'lock'",
        "DELETE FROM lock_order WHERE wish = 'release'",
    ],
)
def test_a_lock_by_one_person_or_by_nobody_is_found(planted, statement):
    assert planted(statement)["I-37"] > 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE day_close SET sums = jsonb_set(sums, '{cards,made}', '1')",
        "UPDATE day_close SET sums = jsonb_set(sums, '{fees}', '[]')",
        "UPDATE day_close SET sums = jsonb_set(sums, '{accounts}', '[2, 3]')",
        "UPDATE day_close SET until = until - interval '1 hour'",
        "UPDATE day_close SET day = day + 1",
        "UPDATE day_close SET account_id = 2",
        "UPDATE day_close SET since = until - interval '40 days'",
    ],
    ids=["cards", "fees", "somebody left out", "an hour", "the day", "who closed it", "a gap"],
)
def test_a_closed_day_that_says_something_else_is_found(planted, statement):
    assert planted(statement)["I-55"] > 0


WRITTEN = (
    "card_id, version, person_version, event, changes, operation, application_id, account_id, credential_id,"
    " organisation_id, at"
)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE anybody; GRANT DELETE ON card_event TO anybody",
        "ALTER TABLE application_scan DISABLE ROW LEVEL SECURITY",
        f"REVOKE INSERT ({WRITTEN}) ON card_event FROM healthcard_app",
        "ALTER TABLE recovery OWNER TO healthcard_app",
        "ALTER TABLE card DISABLE TRIGGER ALL",
    ],
    ids=["any role", "fence", "owner alone", "another owner", "guards"],
)
def test_rights_beyond_those_that_are_granted_are_found(planted, statement):
    assert planted(statement)["I-35"] > 0


def test_a_cut_tail_of_the_audit_is_found(planted):
    tail = "(SELECT max(seq) FROM audit_entry WHERE chain = 1)"
    assert planted(f"DELETE FROM audit_entry WHERE chain = 1 AND seq = {tail}")["I-33"] == 1
