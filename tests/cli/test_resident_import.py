"""`healthcard resident import`: good rows come in, bad ones are named, and nothing comes in twice."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.roster_file import write_roster
from healthcard.domain import synthetic


@pytest.fixture
def bring_in(helpers, province):
    from healthcard.cli.resident import command

    def run(*arguments: object):
        return CliRunner().invoke(command, ["import", *map(str, arguments)])

    return run


@pytest.fixture
def roster(tmp_path):
    """Forty residents, two of them with broken rows (6 and 9) and two whose names are to be reviewed or cut."""
    rows = [synthetic.as_form_row(person) for person in synthetic.residents(40, seed=3, reviewed=False)]
    rows[4]["性别"] = "3"
    rows[7] |= {"居民身份证号码": "110105194912310021", "其他证件名称": "", "其他证件号码": ""}
    path = tmp_path / "roster.csv"
    write_roster(path, rows)
    return path


def on_file() -> int:
    from healthcard.storage.models import Resident

    return Resident.objects.count()


def test_good_rows_come_in_and_bad_ones_are_counted(bring_in, roster):
    done = bring_in(roster)
    assert "40 rows: 38 put on file, 0 known already, 2 refused" in done.output
    assert done.exit_code == 1
    assert on_file() == 38


def test_a_file_imported_again_adds_nobody(bring_in, roster):
    bring_in(roster)
    done = bring_in(roster, "--json")
    counts = json.loads(done.stdout)
    assert (counts["rows"], counts["stored"], counts["known"], counts["refused"]) == (40, 0, 38, 2)
    assert on_file() == 38


def test_people_come_in_whole(bring_in, roster):
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    bring_in(roster)
    first = Resident.objects.order_by("pk").values_list("pk", flat=True)[0]
    person = residents.opened(first)
    assert (person.name, person.document) == (synthetic.resident(0, 3).name, synthetic.resident(0, 3).document)


def test_the_report_names_every_bad_row(bring_in, roster, tmp_path):
    done = bring_in(roster, "--report", tmp_path / "report.csv")
    assert "report.csv" in done.output
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    errors = [(each["行号"], each["栏目"], each["规则"]) for each in rows if each["级别"] == "错误"]
    assert errors == [("6", "性别", "code_unknown"), ("9", "居民身份证号码", "number_check")]
    assert {each["规则"] for each in rows if each["级别"] == "提示"} == {"name_cut", "name_review"}


def test_a_roster_without_a_fault_ends_with_status_0(bring_in, tmp_path):
    path = tmp_path / "good.xlsx"
    write_roster(path, map(synthetic.as_form_row, synthetic.residents(5)))
    assert bring_in(path).exit_code == 0
    assert on_file() == 5


def test_a_file_that_is_no_roster_brings_nobody_in(bring_in, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", "utf-8")
    assert isinstance(bring_in(tmp_path / "x.csv").exception, DocumentRefused)
    assert on_file() == 0


def test_headings_nobody_read_are_told(bring_in, tmp_path):
    rows = [synthetic.as_form_row(person) for person in synthetic.residents(2)]
    path = tmp_path / "more.csv"
    write_roster(path, rows)
    heading, *lines = path.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join([f"{heading},备注", *(f"{line}," for line in lines)]), "utf-8-sig")
    assert "Not on the form, not read: 备注" in bring_in(path).output
    assert json.loads(bring_in(path, "--json").stdout)["unread"] == ["备注"]


def test_a_reviewed_spelling_is_set_from_the_command_line(bring_in, roster):
    from healthcard.cli.resident import command
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    bring_in(roster)
    number = Resident.objects.order_by("pk").values_list("pk", flat=True)[0]
    done = CliRunner().invoke(command, ["chip-name", str(number), "王吉"])
    assert (done.exit_code, residents.opened(number).chip_name) == (0, "王吉")
    assert "the chip will carry 王吉" in done.output
