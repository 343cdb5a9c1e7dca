"""What the database itself refuses of jobs at chips and their journals, asked as the application role."""

from __future__ import annotations

import pytest
from tables_bench import changed, sql


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
    changed(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    refused(changed(job, state="finished", closed_at=now), "without intents has not finished")


def test_intents_come_before_the_first_outcome_and_before_the_end(job, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoOutcome

    def intend(index):
        PersoIntent.objects.create(job=job, index=index, act="create DF", path="MF", digest=bytes(32))

    now = timezone.now()
    intend(0)
    changed(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    intend(1)
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    refused(lambda: intend(2), "intents come before the first outcome")
    changed(job, state="scrapped", reason="torn", closed_at=now)()
    refused(lambda: intend(2), "jobs that are open")


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
    refused(changed(job, **fields), constraint)


def test_a_job_with_an_open_or_failed_intent_has_not_finished(job, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoOutcome

    now = timezone.now()
    for index in (0, 1):
        PersoIntent.objects.create(job=job, index=index, act="create DF", path="MF", digest=bytes(32))
    PersoIntent.objects.create(job=job, index=2, act="erase DF", path="MF", digest=bytes(32), standby=True)
    changed(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    refused(changed(job, state="finished", closed_at=now), "has not finished")
    PersoOutcome.objects.create(job=job, index=1, sw=0x6581, how="sent")
    refused(changed(job, state="finished", closed_at=now), "has not finished")


def test_a_closed_job_stays_closed_and_its_plan_stays(job, refused):
    from django.utils import timezone

    now = timezone.now()
    changed(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    refused(changed(job, plan_digest=bytes(31) + b"1"), "plan of a job never change")
    changed(job, state="scrapped", reason="torn", closed_at=now)()
    refused(changed(job, state="writing", closed_at=None), "the job is closed")


def test_the_chip_of_a_job_stays(job, refused):
    refused(changed(job, chip8=b"8" * 8), "perso_job_chip")
    changed(job, product="jia", chip8=b"8" * 8)()
    for change in ({"product": "yi"}, {"chip8": b"9" * 8}, {"product": "", "chip8": None}):
        refused(changed(job, **change), "never changed")


def test_an_outcome_needs_a_job_that_writes(job, refused):
    from healthcard.storage.models import PersoOutcome

    refused(lambda: PersoOutcome.objects.create(job=job, index=5, sw=0x9000, how="sent"), "jobs that write")


def test_the_last_outcome_of_an_intent_counts(job, refused):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoOutcome

    now = timezone.now()
    PersoIntent.objects.create(job=job, index=0, act="create DF", path="MF", digest=bytes(32))
    changed(job, state="writing", plan_digest=bytes(32), opened_at=now)()
    for sw in (0x9000, 0x6581):
        PersoOutcome.objects.create(job=job, index=0, sw=sw, how="sent")
    refused(changed(job, state="finished", closed_at=now), "has not finished")
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="found")
    changed(job, state="finished", closed_at=now)()


@pytest.mark.parametrize("table", ["perso_intent", "perso_outcome"])
@pytest.mark.parametrize("act", ["UPDATE {} SET index = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_journal_is_written_once(refused, table, act):
    refused(sql(act.format(table)), "permission denied")
