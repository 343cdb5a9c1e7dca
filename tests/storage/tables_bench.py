"""Changes of rows that tests of the tables try, and cards brought as far as they want."""

from __future__ import annotations

CHIP = {"product": "jia", "chip8": b"8" * 8, "answer_to_reset": b"a" * 13, "layout": "full"}


def sql(statement):
    def run():
        from django.db import connection

        connection.cursor().execute(statement)

    return run


def made(card, happen):
    changed(card, **CHIP)()
    happen(card, "ordered")
    finish(card)
    happen(card, "made")


def finish(card):
    from django.utils import timezone

    from healthcard.storage.models import PersoIntent, PersoJob, PersoOutcome

    now = timezone.now()
    job = PersoJob.objects.create(card=card, state="writing", plan_digest=bytes(32), opened_at=now)
    PersoIntent.objects.create(job=job, index=0, act="create DF", path="MF", digest=bytes(32))
    PersoOutcome.objects.create(job=job, index=0, sw=0x9000, how="sent")
    changed(job, state="finished", closed_at=now)()


def changed(row, **fields):
    return lambda: type(row).objects.filter(pk=row.pk).update(**fields)
