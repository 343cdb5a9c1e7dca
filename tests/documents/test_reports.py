"""A report shows where to look and what to do, and nothing that belongs to a person or to a spreadsheet's formulas."""

from __future__ import annotations

import csv
import json
import stat
from datetime import date

import openpyxl
import pytest

from healthcard.documents import report
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import XLSX
from healthcard.documents.roster_file import HEADINGS, write_roster
from healthcard.domain import synthetic
from healthcard.domain.findings import Finding
from healthcard.domain.roster import judge

FINDINGS = (
    Finding(column="居民身份证号码", value="110*************2X", rule="number_check"),
    Finding(column="性别", value="=1+1", rule="code_unknown", detail="GB/T 2261.1-2003"),
)


def written(path) -> str:
    with report.report_to(path) as kept:
        kept.write(7, FINDINGS)
        kept.write(8, ())
    return path.read_text("utf-8-sig")


def test_a_csv_report_names_row_column_value_rule_and_what_to_do(tmp_path):
    rows = list(csv.reader(written(tmp_path / "report.csv").splitlines()))
    assert rows[0] == list(report.HEADINGS)
    assert rows[1][:5] == ["7", "居民身份证号码", "110*************2X", "错误", "number_check"]
    assert rows[1][5].startswith("校验码不符")
    assert rows[1][6]
    assert "check character" in rows[1][7]
    assert rows[1][8]
    assert "GB/T 2261.1-2003" in rows[2][5]
    assert len(rows) == 3


def test_a_csv_report_opens_in_a_spreadsheet_program_as_utf8(tmp_path):
    written(tmp_path / "report.csv")
    assert (tmp_path / "report.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_no_cell_of_a_csv_report_can_run(tmp_path):
    rows = list(csv.reader(written(tmp_path / "report.csv").splitlines()))
    assert rows[2][2] == "'=1+1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "|", "%"])
def test_whatever_begins_like_a_formula_is_guarded(start):
    assert report.guarded(f"{start}x") == f"'{start}x"
    assert report.guarded("x=1") == "x=1"


def test_a_json_report_is_one_array(tmp_path):
    found = json.loads(written(tmp_path / "report.json"))
    assert [each["row"] for each in found] == [7, 7]
    assert found[0]["severity"] == "error"
    assert found[0]["problem"]["zh"] != found[0]["problem"]["en"]
    assert set(found[0]["what_to_do"]) == {"zh", "en"}


def test_a_json_report_of_nothing_is_an_empty_array(tmp_path):
    with report.report_to(tmp_path / "report.json"):
        pass
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == []


def test_a_report_is_for_its_owner_alone(tmp_path):
    written(tmp_path / "report.csv")
    assert stat.S_IMODE((tmp_path / "report.csv").stat().st_mode) == 0o600


def test_no_report_is_kept_when_nobody_asks():
    with report.report_to(None) as kept:
        kept.write(1, FINDINGS)


def test_a_report_of_another_kind_is_refused(tmp_path):
    with pytest.raises(DocumentRefused, match=r"\.csv or \.json"), report.report_to(tmp_path / "report.pdf"):
        pass


def test_the_report_of_a_broken_row_holds_nothing_whole(tmp_path):
    person = synthetic.resident(0)
    cells = {"name": person.name + "1", "citizen_number": person.document.number[:-1] + "0", "phone_1": "15400000001x"}
    row = judge(2, cells, today=date(2025, 6, 1))
    with report.report_to(tmp_path / "report.csv") as kept:
        kept.write(row.number, row.findings)
    text = (tmp_path / "report.csv").read_text("utf-8")
    assert len(row.findings) > 3
    assert person.name not in text
    assert person.document.number[:-1] not in text
    assert "15400000001" not in text


# rosters written


def test_every_cell_of_a_written_workbook_is_text(tmp_path):
    path = tmp_path / "roster.xlsx"
    write_roster(path, map(synthetic.as_form_row, synthetic.residents(5)))
    sheet = openpyxl.load_workbook(path).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.value for cell in sheet[1]] == HEADINGS
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_value_that_begins_like_a_formula_stays_text_in_a_workbook(tmp_path):
    path = tmp_path / "roster.xlsx"
    write_roster(path, [{"姓名": "=1+1"}])
    assert openpyxl.load_workbook(path).active["A2"].data_type == "s"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_written_roster_is_for_its_owner_alone_and_tells_its_progress(tmp_path, suffix):
    path, heard = tmp_path / f"roster{suffix}", []
    assert write_roster(path, [{}, {}], on_row=heard.append) == 2
    assert heard == [1, 2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_workbook_has_no_more_rows_than_we_would_read(tmp_path):
    with pytest.raises(DocumentRefused, match="20,000"):
        write_roster(tmp_path / "roster.xlsx", ({} for _ in range(XLSX.rows + 1)))


def test_a_roster_of_another_kind_is_not_written(tmp_path):
    with pytest.raises(DocumentRefused):
        write_roster(tmp_path / "roster.ods", [])
    assert not (tmp_path / "roster.ods").exists()
