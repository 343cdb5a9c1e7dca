"""People who were put on file before there was an index are found after `healthcard resident index`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from healthcard.domain import synthetic

PEOPLE = 7


@pytest.fixture
def forgotten(helpers, province):
    """People on file whom nothing finds."""
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident, ResidentKey

    people = list(synthetic.residents(PEOPLE))
    residents.stored(people, province.pk)
    ResidentKey.objects.exclude(kind="document").delete()
    return dict(zip(Resident.objects.order_by("pk").values_list("pk", flat=True), people, strict=True))


def lacking():
    """Whom the checker names."""
    from django.db import connection

    from healthcard.fsck import INVARIANTS

    (question,) = (each.sql for each in INVARIANTS if each.id == "I-53")
    with connection.cursor() as cursor:
        cursor.execute(question)
        return [name for (name,) in cursor.fetchall()]


def index():
    from healthcard.cli.resident import command

    return CliRunner().invoke(command, ["index"])


def test_everybody_who_lacks_it_is_indexed_batch_by_batch(forgotten, monkeypatch):
    from healthcard.services.people import indexing
    from healthcard.storage.models import AuditEntry, ResidentKey

    assert set(lacking()) == {f"person {each}" for each in forgotten}
    monkeypatch.setattr(indexing, "AT_ONCE", 3)
    done = index()
    assert done.output == f"{PEOPLE} people are found now who were not.\n"
    assert lacking() == []
    assert AuditEntry.objects.filter(action="resident.index").count() == 3
    for person in forgotten:
        kinds = set(ResidentKey.objects.filter(resident=person).values_list("kind", flat=True))
        assert {"document", "name", "name_birth"} <= kinds


def test_stopped_and_begun_again_it_goes_on(forgotten, monkeypatch):
    from healthcard.services import actor
    from healthcard.services.people import indexing

    monkeypatch.setattr(indexing, "AT_ONCE", 2)

    def stop(done, total):
        assert total == PEOPLE
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        indexing.fill(actor.console(), on_progress=stop)
    assert len(lacking()) == PEOPLE - 2
    assert index().output.startswith(f"{PEOPLE - 2} people")
    assert index().output.startswith("0 people")


def test_a_second_document_that_is_somebody_elses_is_named(forgotten, monkeypatch):
    from dataclasses import replace

    from healthcard.services.people import resident_record, residents
    from healthcard.services.sealing import sealer
    from healthcard.storage.models import Resident

    one, other = list(forgotten)[:2]
    row = Resident.objects.get(pk=one)
    person = replace(residents.opened(one), other_documents=(forgotten[other].document,))
    digest = bytes(row.identity_digest)
    Resident.objects.filter(pk=one).update(sealed=sealer().seal(resident_record.to_bytes(person), digest))
    done = index()
    assert done.exit_code == 1
    assert done.output.startswith(f"{PEOPLE - 1} people")
    assert f"Person {one} has a document" in done.output
    assert lacking() == [f"person {one}"]
