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
    from healthcard.services import intake

    return intake


def test_a_roster_comes_on_file_and_a_second_time_adds_nothing(intake, roster, console):
    from healthcard.services import residents

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
