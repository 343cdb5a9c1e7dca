from __future__ import annotations

import json

import pytest

from healthcard.domain.synthetic import as_form_row
from healthcard.domain.synthetic import residents as synthetic


@pytest.fixture
def roster(tmp_path):
    from healthcard.documents.roster_file import write_roster

    def write(count, name="roster.csv"):
        path = tmp_path / name
        write_roster(path, map(as_form_row, synthetic(count)))
        return path

    return write


@pytest.fixture
def intake(helpers, province):
    from healthcard.services.people import intake

    return intake


def test_a_roster_comes_on_file_and_a_second_time_adds_nothing(intake, roster, console):
    from healthcard.services.people import residents

    first = intake.import_roster(console, roster(30))
    again = intake.import_roster(console, roster(30))
    assert (first.rows, first.stored, first.known, first.refused) == (30, 30, 0, 0)
    assert (again.rows, again.stored, again.known, again.refused) == (30, 0, 30, 0)
    assert len(residents.listed(console).people) == 30


def test_bad_rows_stay_out_and_are_told_by_number(intake, roster, console, tmp_path):
    path = roster(5)
    lines = path.read_text("utf-8-sig").splitlines()
    number = next(synthetic(1)).document.number
    spoilt = lines[1].replace(number, number[:-1] + ("0" if number[-1] != "0" else "1"))
    path.write_text("\n".join([lines[0], spoilt, *lines[2:]]), "utf-8-sig")
    result = intake.import_roster(console, path, report=tmp_path / "report.json")
    assert (result.rows, result.stored, result.refused) == (5, 4, 1)
    findings = json.loads((tmp_path / "report.json").read_text())
    assert any(finding["severity"] == "error" for finding in findings)
    assert number[:-1] not in (tmp_path / "report.json").read_text()


def test_somebody_known_whose_row_differs_is_told_and_stays_as_he_was(intake, roster, console, tmp_path):
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    path = roster(5)
    intake.import_roster(console, path)
    before = [residents.opened(row.pk) for row in Resident.objects.order_by("pk")]
    person = next(synthetic(1))
    lines = path.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace(person.phones[0], "15400000000"), *lines[2:]]), "utf-8-sig")
    result = intake.import_roster(console, path, report=tmp_path / "report.json")
    assert (result.stored, result.known, result.refused) == (0, 5, 0)
    known = [each for each in json.loads((tmp_path / "report.json").read_text()) if each["rule"] == "known"]
    assert [(each["row"], each["severity"]) for each in known] == [(2, "warning")]
    assert person.document.number not in str(known)
    assert [residents.opened(row.pk) for row in Resident.objects.order_by("pk")] == before


def test_a_photo_and_a_reviewed_spelling_make_no_row_differ(intake, roster, console, tmp_path):
    from healthcard.services.people import corrections
    from healthcard.storage.models import Resident

    path = roster(2)
    intake.import_roster(console, path)
    for row in Resident.objects.all():
        corrections.review_chip_name(console, row.pk, "王吉")
        corrections.set_photo(console, row.pk, next(synthetic(1)).photo)
    intake.import_roster(console, path, report=tmp_path / "report.json")
    assert '"known"' not in (tmp_path / "report.json").read_text()


def test_headings_that_are_not_on_the_form_are_told_without_numbers(intake, roster, console):
    path = roster(2)
    heading, *rows = path.read_text("utf-8-sig").splitlines()
    strange = f"{heading},备注,{next(synthetic(1)).document.number}"
    path.write_text("\n".join([strange, *(f"{row},," for row in rows)]), "utf-8-sig")
    first, second = intake.import_roster(console, path).unread
    assert first == "备注"
    assert "*" in second


def test_every_run_is_on_record_with_its_file_and_its_counts(intake, roster, as_role):
    import hashlib

    from healthcard.storage.models import RosterImport

    clerk = as_role("clerk")
    path = roster(4)
    intake.import_roster(clerk, path)
    (run,) = RosterImport.objects.all()
    assert bytes(run.file_digest) == hashlib.new("sm3", path.read_bytes()).digest()
    assert (run.rows, run.stored, run.file_kind, run.operator_id) == (4, 4, "csv", clerk.account)
    assert run.finished_at is not None


def test_what_is_no_roster_leaves_no_trace(intake, console, tmp_path):
    from healthcard.documents.errors import DocumentRefused
    from healthcard.storage.models import RosterImport

    path = tmp_path / "letter.csv"
    path.write_text("Dear all,\nnothing here\n")
    with pytest.raises(DocumentRefused):
        intake.import_roster(console, path)
    assert not RosterImport.objects.exists()


def test_progress_goes_from_nothing_to_the_whole_file(intake, roster, console):
    heard = []
    path = roster(20)
    intake.import_roster(console, path, on_progress=lambda done, size: heard.append((done, size)))
    assert heard[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize("role", ["maker", "auditor", "admin"])
def test_only_clerks_import(intake, roster, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    with pytest.raises(NotAllowed):
        intake.import_roster(as_role(role), roster(1))
