"""Good rows come in, whatever program saved the file; each bad row is named by its number."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import BOOK, GOOD, HEADINGS, MAIN, RELATIONS, cell, csv_text, packed, row, sheet, workbook

from healthcard.documents import roster_reader
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.roster import read_roster
from healthcard.documents.roster_file import write_roster
from healthcard.documents.wire import from_plain, to_plain
from healthcard.domain import form, roster, synthetic

TODAY = date(2025, 6, 1)
FORM = [column.heading for column in form.COLUMNS.values()]
PEOPLE = list(synthetic.residents(60, seed=4, reviewed=False))


def judged(content: bytes, kind: str) -> list[roster.Row]:
    """The rows of a file's content, read here and not in a child process."""
    if kind == "csv":
        path_rows = _from_csv(content)
    else:
        path_rows = roster_reader.messages(io.BytesIO(content), kind="xlsx", today=TODAY.isoformat())
    return [from_plain(json.loads(json.dumps(plain))) for message in path_rows for plain in message["rows"]]


def _from_csv(content: bytes):
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield from roster_reader.messages(file, kind="csv", today=TODAY.isoformat())


def rules(rows: list[roster.Row]) -> list[tuple[int, str, str]]:
    return [(each.number, finding.column, finding.rule) for each in rows for finding in each.findings]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_roster_written_is_a_roster_read(tmp_path, suffix):
    path = tmp_path / f"roster{suffix}"
    assert write_roster(path, map(synthetic.as_form_row, PEOPLE)) == 60
    progress: list[tuple[int, int]] = []
    batches = list(read_roster(path, on_progress=lambda done, total: progress.append((done, total)), today=TODAY))
    rows = [each for batch in batches for each in batch.rows]
    assert [each.resident for each in rows] == [replace(person, photo=b"") for person in PEOPLE]
    assert [each.number for each in rows] == list(range(2, 62))
    assert progress == sorted(progress)
    assert progress[-1][0] == progress[-1][1] > 0


def test_batches_are_small_and_keep_the_order(tmp_path, monkeypatch):
    monkeypatch.setattr(roster_reader, "BATCH", 7)
    text = csv_text(*[GOOD] * 20)
    messages = list(_from_csv(text.encode()))
    assert [len(message["rows"]) for message in messages] == [0, 7, 7, 6]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_csv_is_read_in_every_usual_encoding(encoding, newline):
    rows = judged(csv_text(GOOD).replace("\r\n", newline).encode(encoding), "csv")
    assert [each.findings for each in rows] == [()]
    assert rows[0].resident
    assert rows[0].resident.name == "测试甲"


def test_a_rare_character_in_gb18030_arrives_whole():
    rows = judged(csv_text({**GOOD, "姓名": "测𠮷䶮"}).encode("gb18030"), "csv")
    assert rows[0].resident
    assert rows[0].resident.name == "测𠮷䶮"


def test_one_row_in_another_encoding_spoils_only_itself():
    lines = csv_text(GOOD, GOOD, GOOD).encode().split(b"\r\n")
    lines[2] = csv_text(GOOD).encode("gb18030").split(b"\r\n")[1]
    rows = judged(b"\r\n".join(lines), "csv")
    assert [each.resident is not None for each in rows] == [True, False, True]
    assert (3, "姓名", "text_characters") in rules(rows)


def test_quoted_cells_may_hold_commas_and_line_ends():
    rows = judged(csv_text({**GOOD, "姓名": '"测试\n甲"', "性别": '"女"'}, GOOD).encode(), "csv")
    assert [each.number for each in rows] == [2, 3]
    assert rows[0].resident
    assert rows[0].resident.name == "测试甲"


def test_headings_may_stand_below_a_title_and_blank_rows_are_passed_over():
    rows = judged(("居民健康卡基础数据采集表\r\n\r\n" + csv_text(GOOD) + "\r\n,,,\r\n").encode(), "csv")
    assert [(each.number, each.resident is not None) for each in rows] == [(4, True)]


def test_a_row_with_more_cells_than_headings_stays_out():
    rows = judged((csv_text(GOOD).rstrip() + ",多,出\r\n").encode(), "csv")
    assert rows[0].resident is None
    assert rules(rows) == [(2, "", "row_width")]


def test_bad_rows_stay_out_and_good_ones_come_in():
    rows = judged(csv_text(GOOD, {**GOOD, "性别": "3"}, GOOD).encode(), "csv")
    assert [each.resident is not None for each in rows] == [True, False, True]
    assert rules(rows) == [(3, "性别", "code_unknown")]


def test_headings_and_sheets_that_are_not_on_the_form_are_named(tmp_path):
    path = tmp_path / "roster.xlsx"
    book = openpyxl.Workbook()
    book.active.append([*HEADINGS, "备注"])
    book.active.append([*GOOD.values(), "x"])
    book.create_sheet("填写说明")
    book.save(path)
    first = next(iter(read_roster(path, today=TODAY)))
    assert first.unread == ("备注", "填写说明")


@pytest.mark.parametrize("gone", ["姓名", "联系人电话1", "居民身份证号码"])
def test_a_roster_without_a_mandatory_column_is_refused(gone):
    headings = [heading for heading in HEADINGS if heading != gone]
    with pytest.raises(DocumentRefused) as refusal:
        judged(csv_text(GOOD, headings=headings).encode(), "csv")
    assert refusal.value.kind == ("columns_missing" if gone.startswith("联系人") else "no_headings")
    assert gone in str(refusal.value) or refusal.value.kind == "no_headings"


# what spreadsheet programs make of cells; openpyxl writes, we read


def saved(*rows: list[object], formats: dict[str, str] | None = None, **settings: object) -> bytes:
    book = openpyxl.Workbook(**settings)
    for cells in rows:
        book.active.append(cells)
    for place, code in (formats or {}).items():
        book.active[place].number_format = code
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_cell(heading: str, value: object, **settings: object) -> list[roster.Row]:
    cells = [value if each == heading else text for each, text in GOOD.items()]
    return judged(saved(HEADINGS, cells, **settings), "xlsx")


@pytest.mark.parametrize("code", ["yyyy-mm-dd", "yyyy/m/d", "m/d/yy", 'yyyy"年"m"月"d"日"', "[$-804]yyyy-mm-dd;@"])
def test_a_day_typed_as_a_day_is_read_as_one(code):
    rows = with_cell("出生日期", date(1949, 12, 31), formats={"D2": code})
    assert rows[0].findings == ()


def test_a_bare_number_is_no_day():
    assert rules(with_cell("出生日期", 18263)) == [(2, "出生日期", "date_shape")]


def test_a_day_of_the_calendar_from_1904_is_read_by_that_calendar():
    book = BOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    styles = f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    cells = row(2, list(GOOD.values())).replace(cell("D2", "19491231"), '<c r="D2" s="1"><v>16801</v></c>')
    rows = judged(workbook(sheet(row(1, HEADINGS), cells), xl__workbook_xml=book, xl__styles_xml=styles), "xlsx")
    assert rows[0].findings == ()


def test_codes_and_telephones_typed_as_numbers_are_read_as_typed():
    rows = with_cell("联系人电话1", 15400000001)
    assert rows[0].resident
    assert rows[0].resident.contacts[0].phone == "15400000001"
    assert with_cell("性别", 2)[0].findings == ()


def test_an_identity_number_typed_as_a_number_has_lost_its_end_and_says_so():
    number = 110105194912310030
    assert rules(with_cell("居民身份证号码", number)) == [(2, "居民身份证号码", "number_spoilt")]


@pytest.mark.parametrize("heading", ["姓名", "联系人姓名1"])
def test_a_formula_is_refused_whatever_it_shows(heading):
    rows = with_cell(heading, '=HYPERLINK("http://x")')
    assert rows[0].resident is None
    assert "HYPERLINK" not in str(rules(rows))


@pytest.mark.parametrize(("value", "rule"), [(True, "code_unknown"), ("#N/A", "code_unknown")])
def test_truth_values_and_errors_are_no_codes(value, rule):
    assert rules(with_cell("性别", value)) == [(2, "性别", rule)]


def test_rich_text_is_joined_and_reading_aids_are_left_out():
    text = '<si><r><t>测</t></r><r><t xml:space="preserve">试 </t></r><rPh sb="0" eb="1"><t>cè</t></rPh></si>'
    texts = f"<sst {MAIN}>{text}</sst>"
    cells = row(2, list(GOOD.values())).replace(cell("A2", "测试甲"), '<c r="A2" t="s"><v>0</v></c>')
    rows = judged(workbook(sheet(row(1, HEADINGS), cells), xl__sharedStrings_xml=texts), "xlsx")
    assert rows[0].resident
    assert rows[0].resident.name == "测试"


def test_a_prefix_before_every_element_changes_nothing():
    plain = sheet(row(1, HEADINGS), row(2, list(GOOD.values())))
    prefixed = plain.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?").replace("xmlns=", "xmlns:x=")
    assert judged(workbook(prefixed), "xlsx") == judged(workbook(plain), "xlsx")


def test_the_first_visible_sheet_is_read():
    book = BOOK.replace("<sheets>", '<sheets><sheet name="隐藏" sheetId="2" r:id="rId2" state="hidden"/>')
    rows = judged(workbook(xl__workbook_xml=book), "xlsx")
    assert len(rows) == 1


def test_rows_and_cells_without_names_follow_one_another():
    texts = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in HEADINGS)
    values = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in GOOD.values())
    rows = judged(workbook(sheet(f"<row>{texts}</row>", f"<row>{values}</row>")), "xlsx")
    assert [(each.number, each.findings) for each in rows] == [(2, ())]


def test_stored_parts_are_read_like_packed_ones():
    parts = {"xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": RELATIONS}
    parts["xl/worksheets/sheet1.xml"] = sheet(row(1, HEADINGS), row(2, list(GOOD.values())))
    assert len(judged(packed(parts, method=0), "xlsx")) == 1


@given(st.integers(0, 10_000), st.booleans())
def test_a_judged_row_crosses_the_pipe_unchanged(index, broken):
    person = synthetic.resident(index, reviewed=False)
    cells = roster.from_headings(synthetic.as_form_row(person))
    judged_row = roster.judge(index, {**cells, "sex": "?"} if broken else cells, today=TODAY)
    assert from_plain(json.loads(json.dumps(to_plain(judged_row)))) == judged_row


def test_a_path_object_of_another_kind_is_refused(tmp_path: Path):
    for name, kind in [("a.xls", "old_workbook"), ("a.xlsm", "active"), ("a.pdf", "type"), ("a", "type")]:
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(DocumentRefused) as refusal:
            list(read_roster(tmp_path / name))
        assert refusal.value.kind == kind


# a row is judged by its own cells alone: what stands before or after it, in its batch or in its file, changes nothing

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_CELLS = st.one_of(
    st.sampled_from(["", "1", "2", "99", "测𠮷", "20200101", "=1", "护照", "SYN0000001", GOOD["居民身份证号码"]]),
    _TEXTS,
)
_ROWS = st.one_of(
    st.just(GOOD),
    st.dictionaries(st.sampled_from(FORM), _CELLS, min_size=1, max_size=12),
    st.dictionaries(st.sampled_from(FORM), _CELLS, max_size=3).map(lambda some: {**GOOD, **some}),
)


def judged_together(rows: list[dict[str, str]]) -> list[tuple[object, object]]:
    text = io.StringIO()
    writer = csv.DictWriter(text, FORM)
    writer.writeheader()
    writer.writerows(rows)
    with patch.object(roster_reader, "BATCH", 3):
        found = judged(text.getvalue().encode(), "csv")
    return [(each.resident, each.findings) for each in found]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_ROWS, max_size=10), st.randoms())
def test_a_batch_is_its_rows_one_by_one_whatever_their_order(rows, shuffle):
    alone = {id(each): judged_together([each]) for each in rows}
    shuffle.shuffle(rows)
    assert judged_together(rows) == [said for each in rows for said in alone[id(each)]]
