"""What the database itself refuses, asked as the application role."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest

CHIP = {"product": "jia", "chip8": b"8" * 8, "answer_to_reset": b"a" * 13, "layout": "full"}


@pytest.fixture
def refused(db):
    """Run a change that the database must refuse, and name what refused it."""
    from django.db import Error, connection, transaction

    def commit(change):
        with transaction.atomic():
            change()
            connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    def check(change, pattern):
        with pytest.raises(Error, match=pattern):
            commit(change)

    return check


def _sql(statement):
    def run():
        from django.db import connection

        connection.cursor().execute(statement)

    return run


def _made(card, happen):
    _set(card, **CHIP)()
    happen(card, "ordered")
    _finish(card)
    happen(card, "made")


def _finish(card):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoJob, PersoOutcome

    now = timezone.now()
    job = PersoJob.objects.create(card=card, state="writing", plan_digest=bytes(32), opened_at=now)
    PersoIntent.objects.create(job=job, index=0, act="create DF", path="MF", digest=bytes(32))
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    _set(job, state="finished", closed_at=now)()


def _set(row, **fields):
    return lambda: type(row).objects.filter(pk=row.pk).update(**fields)


def test_a_person_has_one_formal_card_in_the_making(new_card, new_person, refused, happen):
    person = new_person(1)
    first = new_card(1, person)
    refused(lambda: new_card(2, person), "card_one_formal_in_making")
    _set(first, ended_because="torn")()
    happen(first, "scrapped")
    new_card(4, person)


def test_a_temporary_card_belongs_to_an_application(new_card, refused):
    refused(lambda: new_card(3, kind="temporary"), "card_temporary_application")


def test_a_person_is_registered_once(new_person, refused):
    new_person(1)
    refused(lambda: new_person(1), "identity_digest")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"identity_digest": b"short"}, "resident_digest"),
        ({"sealed": b"plain text"}, "resident_sealed"),
        ({"document_masked": "99010119900101001X"}, "resident_masked"),
        ({"birth_year": 1066}, "resident_birth_year"),
        ({"document_kind": "ID"}, "resident_document_kind"),
    ],
)
def test_a_resident_that_breaks_a_rule_is_refused(new_person, refused, fields, constraint):
    refused(lambda: new_person(7, **fields), constraint)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"issue_serial": "12345"}, "card_issue_serial"),
        ({"issuer_code": "8" * 21}, "card_issuer_code"),
        ({"city": "99"}, "card_city"),
        ({"key_version": 0}, "card_key_version"),
        ({"kind": "other"}, "card_kind"),
        ({"life": "reborn"}, "a card begins planned"),
        ({"loss": "written"}, "a card begins planned"),
        ({"version": 3}, "a card begins planned"),
        ({"valid_until": date(2026, 1, 1)}, "card_validity"),
        ({"chip8": b"8" * 8}, "card_chip_whole"),
        ({**CHIP, "chip8": b"7"}, "card_chip_whole"),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused(new_card, refused, fields, constraint):
    refused(lambda: new_card(7, **fields), constraint)


def test_a_serial_and_a_chip_are_used_once(new_card, new_person, refused):
    new_card(1, **CHIP)
    refused(lambda: new_card(1, new_person(2)), "card_serial")
    refused(lambda: new_card(3, **CHIP), "card_chip")
    refused(lambda: new_card(3, **{**CHIP, "answer_to_reset": b"b" * 13}), "card_chip")
    new_card(4, **{**CHIP, "product": "yi"})


def test_serial_holder_kind_and_chip_of_a_card_never_change(new_card, new_person, refused):
    card, other = new_card(1), new_person(9)
    for change in ({"issue_serial": "0000000099"}, {"resident": other}, {"kind": "temporary"}):
        refused(_set(card, **change), "permission denied")
    _set(card, **CHIP)()
    refused(_set(card, chip8=b"9" * 8), "chip of a card never changes")


LET_GO = {"product": "", "chip8": None, "answer_to_reset": None}


def test_a_card_that_was_never_begun_lets_its_chip_go(new_card, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoJob, PersoOutcome

    now = timezone.now()
    card = new_card(1, **CHIP)
    _set(card, **LET_GO)()
    _set(card, **CHIP)()
    job = PersoJob.objects.create(card=card, state="writing", plan_digest=bytes(32), opened_at=now)
    refused(_set(card, **LET_GO), "chip of a card never changes")
    PersoIntent.objects.create(job=job, index=0, act="create DF", path="MF", digest=bytes(32))
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    _set(job, state="refused", reason="written to all the same", closed_at=now)()
    refused(_set(card, **LET_GO), "chip of a card never changes")


@pytest.mark.parametrize("column", ["life", "loss", "place", "app_lock", "chip_end", "end_reason", "version"])
def test_the_application_changes_no_fact_of_a_card(new_card, refused, column):
    new_card(1)
    refused(_sql(f"UPDATE card SET {column} = {column}"), "permission denied")


def test_a_scrapped_card_never_comes_back(new_card, refused, happen):
    card = new_card(1)
    refused(lambda: happen(card, "scrapped"), "card_scrapped")
    _set(card, ended_because="torn")()
    happen(card, "scrapped")
    for event in ("ordered", "made", "scrapped"):
        refused(lambda event=event: happen(card, event), "does not follow life = scrapped")


def test_a_made_card_never_returns_to_be_planned(new_card, refused, happen):
    card = new_card(1)
    _made(card, happen)
    refused(lambda: happen(card, "ordered"), "does not follow life = made")


def test_card_and_job_move_together_or_not_at_all(new_card, refused, happen):
    card = new_card(1, **CHIP)
    happen(card, "ordered")
    refused(lambda: happen(card, "made"), "its job says otherwise")
    refused(lambda: _finish(card), "its job says otherwise")


def test_nothing_happens_to_a_card_without_an_entry_in_the_audit(new_card, refused, happen):
    card = new_card(1)
    refused(lambda: happen(card, "ordered", audited=False), "an act without its audit entry")


def test_an_event_sets_what_its_rule_sets_and_nothing_else(new_card, refused, happen):
    card = new_card(1)
    refused(lambda: happen(card, "ordered", loss="written"), "does not set loss")
    refused(lambda: happen(card, "ordered", place="holder"), "has to set place")
    refused(lambda: happen(card, "reborn"), "there is no event reborn")


@pytest.mark.parametrize("state", ["finished", "scrapped", "refused", "planned"])
def test_a_job_begins_open_and_without_a_plan_it_has_not_committed(new_card, refused, state):
    from django.utils import timezone

    from healthcard.storage.models import PersoJob

    now = timezone.now()
    fields = {"plan_digest": bytes(32), "opened_at": now, "closed_at": None if state == "planned" else now}
    card = new_card(1)
    refused(lambda: PersoJob.objects.create(card=card, state=state, reason="so", **fields), "a job begins planned")


def test_a_job_without_intents_has_not_finished(job, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent

    now = timezone.now()
    PersoIntent.objects.create(job=job, index=2, act="erase DF", path="MF", digest=bytes(32), standby=True)
    _set(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    refused(_set(job, state="finished", closed_at=now), "without intents has not finished")


def test_intents_come_before_the_first_outcome_and_before_the_end(job, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoOutcome

    def intend(index):
        PersoIntent.objects.create(job=job, index=index, act="create DF", path="MF", digest=bytes(32))

    now = timezone.now()
    intend(0)
    _set(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    intend(1)
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    refused(lambda: intend(2), "intents come before the first outcome")
    _set(job, state="scrapped", reason="torn", closed_at=now)()
    refused(lambda: intend(2), "jobs that are open")


@pytest.mark.parametrize(
    "change",
    [
        {"city": "990200"},
        {"key_version": 2},
        {"issued_on": date(2026, 1, 2)},
        {"application_plan": "another 2"},
        {"layout": "small"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_a_bound_chip_was_made_from_never_changes(new_card, refused, change):
    card = new_card(1)
    _set(card, **change)()
    bound = new_card(2, **CHIP)
    refused(_set(bound, **change), "what is on the chip of a card never changes")
    _set(bound, **LET_GO, **change)()


def test_a_card_has_one_open_job(job, refused):
    from healthcard.storage.models import PersoJob

    refused(lambda: PersoJob.objects.create(card=job.card), "perso_job_one_open")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "writing"}, "perso_job_plan"),
        ({"state": "refused"}, "perso_job_(closed|reason)"),
        ({"state": "lost"}, "perso_job_"),
        ({"plan_digest": b"short"}, "perso_job_plan"),
    ],
)
def test_a_job_that_breaks_a_rule_is_refused(job, refused, fields, constraint):
    refused(_set(job, **fields), constraint)


def test_a_job_with_an_open_or_failed_intent_has_not_finished(job, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoOutcome

    now = timezone.now()
    for index in (0, 1):
        PersoIntent.objects.create(job=job, index=index, act="create DF", path="MF", digest=bytes(32))
    PersoIntent.objects.create(job=job, index=2, act="erase DF", path="MF", digest=bytes(32), standby=True)
    _set(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    refused(_set(job, state="finished", closed_at=now), "has not finished")
    PersoOutcome.objects.create(job=job, index=1, sw=0x6581, how="sent")
    refused(_set(job, state="finished", closed_at=now), "has not finished")


def test_a_closed_job_stays_closed_and_its_plan_stays(job, refused):
    from django.utils import timezone

    now = timezone.now()
    _set(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    refused(_set(job, plan_digest=bytes(31) + b"1"), "plan of a job never change")
    _set(job, state="scrapped", reason="torn", closed_at=now)()
    refused(_set(job, state="writing", closed_at=None), "the job is closed")


def test_the_chip_of_a_job_stays(job, refused):
    refused(_set(job, chip8=b"8" * 8), "perso_job_chip")
    _set(job, product="jia", chip8=b"8" * 8)()
    for change in ({"product": "yi"}, {"chip8": b"9" * 8}, {"product": "", "chip8": None}):
        refused(_set(job, **change), "never changed")


def test_an_outcome_needs_a_job_that_writes(job, refused):
    from healthcard.storage.models import PersoOutcome

    refused(lambda: PersoOutcome.objects.create(job=job, index=5, sw=0x9000, how="sent"), "jobs that write")


def test_the_last_outcome_of_an_intent_counts(job, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoOutcome

    now = timezone.now()
    PersoIntent.objects.create(job=job, index=0, act="create DF", path="MF", digest=bytes(32))
    _set(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    for sw in (0x9000, 0x6581):
        PersoOutcome.objects.create(job=job, index=0, sw=sw, how="sent")
    refused(_set(job, state="finished", closed_at=now), "has not finished")
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="found")
    _set(job, state="finished", closed_at=now)()


@pytest.mark.parametrize("table", ["perso_intent", "perso_outcome"])
@pytest.mark.parametrize("act", ["UPDATE {} SET index = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_journal_is_written_once(refused, table, act):
    refused(_sql(act.format(table)), "permission denied")


@pytest.mark.parametrize("table", ["card", "issue_serial", "perso_job", "resident", "roster_import", "account"])
def test_the_application_removes_nothing(refused, table):
    refused(_sql(f"DELETE FROM {table}"), "permission denied")


@pytest.mark.parametrize(
    "table", ["perso_intent", "perso_outcome", "issuer_identity", "card", "perso_job", "key_binding"]
)
def test_not_even_the_tables_owner_removes_what_happened(installation, superuser, table):
    import psycopg

    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        connection.execute("SET ROLE healthcard_owner")
        with pytest.raises(psycopg.errors.RestrictViolation, match="never changed or removed"):
            connection.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("statement", ["CREATE TABLE t (n int)", "CREATE TEMP TABLE t (n int)", "CREATE ROLE r"])
def test_the_application_makes_no_tables_and_no_roles(refused, statement):
    refused(_sql(statement), "permission denied")


def test_issue_serials_only_go_up(db, refused):
    from healthcard.storage.models import IssueSerial

    row = IssueSerial.objects.create(issuer_code="9" * 22, last=5)
    _set(row, last=6)()
    refused(_set(row, last=5), "only go up")


def test_the_application_role_is_neither_superuser_nor_owner(db):
    from healthcard.storage import schema

    schema.check_role()


def test_a_mighty_role_is_refused(installation, superuser):
    from django.db import connections

    from healthcard.storage import schema
    from healthcard.storage.roles import UnsafeRole

    plain = connections["default"]
    mighty = plain.copy()
    mighty.settings_dict = {**plain.settings_dict, "USER": superuser["user"], "PASSWORD": superuser["password"]}
    connections["default"] = mighty
    try:
        with pytest.raises(UnsafeRole, match="postgres"):
            schema.check_role()
    finally:
        mighty.close()
        connections["default"] = plain


def test_a_member_of_the_owners_role_is_refused(installation, superuser):
    import psycopg

    from healthcard.storage import schema
    from healthcard.storage.roles import APPLICATION, OWNER, UnsafeRole

    with psycopg.connect(dbname="postgres", autocommit=True, **superuser) as connection:
        connection.execute(f"GRANT {OWNER} TO {APPLICATION}")
        try:
            with pytest.raises(UnsafeRole, match="belongs to a role"):
                schema.check_role()
        finally:
            connection.execute(f"REVOKE {OWNER} FROM {APPLICATION}")
    schema.check_role()


def test_every_table_has_its_line_in_the_grants(db):
    from django.db import connection

    text = files("healthcard.storage").joinpath("grants.sql").read_text("utf-8")
    lists = re.findall(r"GRANT [A-Z, ]+ ON (?!ALL|FUNCTION)([^;]+?) TO", text, re.DOTALL)
    granted = set(re.findall(r"\w+", " ".join(lists)))
    assert set(connection.introspection.table_names()) == granted


def test_setting_up_again_changes_nothing(installation):
    from healthcard.storage import schema

    installation.set_up_database()
    assert schema.is_current()


def test_the_models_and_the_migrations_agree(installation):
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_card_is_not_handed_over_without_a_completed_application(new_card, refused, happen):
    card = new_card(1)
    _made(card, happen)
    happen(card, "arrived")
    refused(lambda: happen(card, "handed_over"), "an application that is completed by it")


@pytest.fixture
def application(new_person, province):
    from healthcard.storage.models import Application

    return Application.objects.create(
        number="1", kind="loss", resident=new_person(5), desk=province, sealed=bytes(60), presented=["01"]
    )


def test_what_was_asked_for_does_not_change(application, refused):
    for change in ({"sealed": bytes(61)}, {"presented": []}, {"by": "agent"}, {"reason": "other"}):
        refused(_set(application, **change), "what was asked for does not change")


def test_a_closed_application_does_not_change(application, refused):
    from django.utils import timezone

    _set(application, state="withdrawn", closed_at=timezone.now())()
    for change in ({"outcome": "otherwise"}, {"receipt": "9"}, {"closed_at": None, "state": "accepted"}):
        refused(_set(application, **change), "does not (change|go)")


def test_a_version_of_the_parameters_does_not_change(province, refused):
    from healthcard.storage.models import ParameterSet

    row = ParameterSet.objects.create(issuer=province, version=1, values={}, valid_from=date(2026, 1, 1))
    for change in ({"values": {"loss.oral_days": 1}}, {"valid_from": date(2025, 1, 1)}, {"version": 2}):
        refused(_set(row, **change), "a version of the parameters does not change")
