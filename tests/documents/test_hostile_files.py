"""A file made to hurt is refused in plain words, soon, and costs nothing but its own reading process."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import workbooks as made
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import GOOD, HEADINGS, csv_text, row, sheet, workbook

from healthcard.documents import bounded, child, roster_reader
from healthcard.documents.archive import Archive
from healthcard.documents.bounded import Work
from healthcard.documents.errors import DocumentError, DocumentRefused
from healthcard.documents.limits import CSV, READER, XLSX
from healthcard.documents.roster import read_roster
from healthcard.documents.sheet import Sheet
from healthcard.documents.workbook import open_book

CPU_SECONDS = 2.0
GOOD_BOOK = workbook()


def changed(content: bytes, before: bytes, after: bytes) -> bytes:
    assert before in content
    assert len(before) == len(after)
    return content.replace(before, after)


def encrypted() -> bytes:
    """Every part marked as encrypted, in the local headers and in the directory."""
    content = bytearray(GOOD_BOOK)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


def entity_flood() -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY e0 "ha">{levels}]>'
    return workbook(sheet(row(1, HEADINGS), row(2, ["&e9;"]).replace("&amp;", "&"), before=doctype))


def outside_entity() -> bytes:
    doctype = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    return workbook(sheet(*made.good_rows(), before=doctype))


def deep() -> bytes:
    return workbook(b"<worksheet>" + b"<a>" * 200_000)


def many_rows() -> bytes:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(3, 800_003))
    return workbook(sheet(*made.good_rows(), "@").encode().replace(b"@", rows))


def far_row() -> bytes:
    return workbook(sheet(*made.good_rows(), row(1_048_576, ["x"])))


def wide() -> bytes:
    cells = "".join(f'<c r="{made.letters(n)}2"><v>1</v></c>' for n in range(1, 16_385))
    return workbook(sheet(row(1, HEADINGS), f'<row r="2">{cells}</row>'))


def flood_of_texts() -> bytes:
    texts = "".join(f"<si><t>{n}</t></si>" for n in range(XLSX.strings + 1))
    return workbook(xl__sharedStrings_xml=f"<sst>{texts}</sst>")


def many_parts() -> bytes:
    return workbook(**{f"xl__media__{n}": "x" for n in range(XLSX.members)})


def twice_the_same_part() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return made.packed(_Twice())


class _Twice(dict):
    def items(self):
        return [("xl/workbook.xml", made.BOOK), ("xl/workbook.xml", made.BOOK)]


def linked() -> bytes:
    relations = made.RELATIONS.replace('Target="worksheets', 'TargetMode="External" Target="http://x/worksheets')
    return made.packed({"xl/workbook.xml": made.BOOK, "xl/_rels/workbook.xml.rels": relations})


def smaller_than_it_says() -> bytes:
    return made.lying_about_size(GOOD_BOOK, "xl/worksheets/sheet1.xml", 200)


def cell_of_megabytes() -> bytes:
    return workbook(sheet(row(1, HEADINGS), row(2, [os.urandom(300_000).hex()])))


def endless_quotation() -> bytes:
    return csv_text(GOOD).encode() + b'"' + b"x,\r\n" * 500_000


HOSTILE: list[tuple[str, str, str, Callable[[], bytes]]] = [
    ("a bomb", "a.xlsx", "ratio", made.bomb),
    ("parts that overlap", "a.xlsx", "expands", made.overlapping),
    ("a part larger than it says", "a.xlsx", "damaged", smaller_than_it_says),
    ("a file beyond its size", "a.xlsx", "too_large", lambda: GOOD_BOOK + os.urandom(XLSX.file)),
    ("800,000 rows", "a.xlsx", "rows", many_rows),
    ("a value in the last row there is", "a.xlsx", "rows", far_row),
    ("16,384 columns", "a.xlsx", "columns", wide),
    ("a million texts", "a.xlsx", "strings", flood_of_texts),
    ("a cell of 600,000 characters", "a.xlsx", "cell", cell_of_megabytes),
    ("elements in elements", "a.xlsx", "damaged", deep),
    ("entities in entities", "a.xlsx", "doctype", entity_flood),
    ("an entity from a file", "a.xlsx", "doctype", outside_entity),
    ("a document type alone", "a.xlsx", "doctype", lambda: workbook(sheet(before="<!DOCTYPE x>"))),
    ("no XML", "a.xlsx", "damaged", lambda: workbook("<worksheet><row")),
    ("a text that is not there", "a.xlsx", "damaged", lambda: workbook('<w><row><c t="s"><v>9</v></c></row></w>')),
    ("a text far away", "a.xlsx", "damaged", lambda: workbook('<w><row><c t="s"><v>000000000009</v></c></row></w>')),
    ("rows that go back", "a.xlsx", "damaged", lambda: workbook(sheet(row(5, HEADINGS), row(4, HEADINGS)))),
    (
        "a cell with no place",
        "a.xlsx",
        "damaged",
        lambda: workbook(sheet('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>')),
    ),
    ("a macro", "a.xlsx", "active", lambda: workbook(xl__vbaProject_bin=b"x")),
    ("links to other files", "a.xlsx", "active", lambda: workbook(xl__externalLinks__externalLink1_xml="<x/>")),
    ("a sheet elsewhere", "a.xlsx", "active", linked),
    ("an object inside", "a.xlsx", "active", lambda: workbook(xl__embeddings__oleObject1_bin=b"x")),
    ("a part outside", "a.xlsx", "path", lambda: made.packed({"../../etc/passwd": "x", "xl/workbook.xml": made.BOOK})),
    ("a part at the root", "a.xlsx", "path", lambda: made.packed({"/etc/passwd": "x", "xl/workbook.xml": made.BOOK})),
    ("a part with a drive", "a.xlsx", "path", lambda: made.packed({"c:\\x": "x", "xl/workbook.xml": made.BOOK})),
    ("too many parts", "a.xlsx", "members", many_parts),
    ("one part twice", "a.xlsx", "members", twice_the_same_part),
    ("a password", "a.xlsx", "encrypted", encrypted),
    ("an old workbook", "a.xlsx", "old_workbook", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ("a picture", "a.xlsx", "type", lambda: b"\xff\xd8\xff\xe0" + bytes(600)),
    ("another archive", "a.xlsx", "type", lambda: made.packed({"readme.txt": "x"})),
    ("a page before the archive", "a.xlsx", "type", lambda: b"%PDF-1.7\n" + GOOD_BOOK),
    ("something after the archive", "a.xlsx", "damaged", lambda: GOOD_BOOK + b"\x00" * 40),
    ("an unknown packing", "a.xlsx", "damaged", lambda: made.packed({"xl/workbook.xml": made.BOOK}, method=12)),
    ("nothing at all", "a.xlsx", "empty", lambda: b""),
    ("half a workbook", "a.xlsx", "damaged", lambda: GOOD_BOOK[: len(GOOD_BOOK) // 2]),
    ("no sheet", "a.xlsx", "damaged", lambda: workbook(xl__workbook_xml="<workbook/>")),
    ("nothing but blanks", "a.csv", "empty", lambda: b" \r\n\r\n"),
    ("a workbook called .csv", "a.csv", "type", lambda: GOOD_BOOK),
    ("UTF-16", "a.csv", "encoding", lambda: csv_text(GOOD).encode("utf-16")),
    ("machine code", "a.csv", "type", lambda: b"\x7fELF" + os.urandom(5000)),
    ("zeros", "a.csv", "encoding", lambda: b"a\x00" * 5000),
    ("a quotation without end", "a.csv", "cell", endless_quotation),
    ("a line without end", "a.csv", "line", lambda: csv_text(GOOD).encode() + b"x" * (CSV.line + 10)),
    ("a thousand columns", "a.csv", "columns", lambda: csv_text(GOOD).encode() + b"," * 1000),
    ("old line ends", "a.csv", "cell", lambda: csv_text(GOOD).replace("\r\n", "\r").encode()),
    ("no headings", "a.csv", "no_headings", lambda: b"a,b,c\r\n1,2,3\r\n"),
]


@pytest.mark.parametrize(("file", "kind", "build"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE])
def test_a_hostile_file_is_refused_soon_and_in_words(tmp_path, file, kind, build):
    path = tmp_path / file
    path.write_bytes(build())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(DocumentRefused) as refusal:
        list(read_roster(path))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert refusal.value.kind == kind
    assert refusal.value.zh
    assert "{detail}" not in f"{refusal.value}{refusal.value.zh}"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < CPU_SECONDS


def test_every_limit_of_a_workbook_is_met_by_a_hostile_file():
    kinds = {kind for _, _, kind, _ in HOSTILE}
    assert {"too_large", "expands", "ratio", "members", "rows", "columns", "strings", "cell"} <= kinds


@pytest.mark.parametrize("name", ["missing.csv", "folder.csv", "pipe.csv", "null.csv"])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, name):
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    with pytest.raises(DocumentRefused) as refusal:
        list(read_roster(tmp_path / name))
    assert refusal.value.kind == ("missing" if name == "missing.csv" else "not_a_file")


def read_here(content: bytes) -> int:
    """How many rows the content has; raises DocumentRefused."""
    read = roster_reader.messages(io.BytesIO(content), kind="xlsx", today="2025-06-01")
    return sum(len(message["rows"]) for message in read)


def read_or_refused(content: bytes) -> int | str:
    """The rows read, or the sentence of the refusal; nothing else may come of any content."""
    try:
        return read_here(content)
    except DocumentError as refusal:
        return str(refusal)


def test_a_workbook_cut_anywhere_is_refused():
    content = workbook(sheet(*made.good_rows(), *(row(n, [os.urandom(40).hex()]) for n in range(3, 900))))
    assert len(content) > 40_000
    for length in [*range(1, 300), *range(1024, len(content), 1024), len(content) - 1]:
        with pytest.raises(DocumentRefused):
            read_here(content[:length])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(GOOD_BOOK) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_spoilt_bytes_is_read_or_refused(place, spoilt):
    content = GOOD_BOOK[:place] + spoilt + GOOD_BOOK[place + len(spoilt) :]
    assert read_or_refused(content) != ""


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_sheet_is_read_or_refused(cells):
    content = workbook(b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>")
    assert read_or_refused(content) != ""


_HEAD = csv_text().encode()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: _HEAD + tail)))
def test_any_text_is_read_or_refused(content):
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        try:
            rows = sum(len(each["rows"]) for each in roster_reader.messages(file, kind="csv", today="2025-06-01"))
        except DocumentError as refusal:
            rows = len(str(refusal))
    assert rows or content.startswith(_HEAD)


def test_a_row_tag_cut_in_two_by_the_chunks_is_still_counted(monkeypatch):
    monkeypatch.setattr("healthcard.documents.archive.CHUNK", 7)
    archive = Archive(io.BytesIO(workbook(sheet(*(row(n, ["x"]) for n in range(1, 21_000))))))
    with pytest.raises(DocumentRefused, match="20,000"):
        Sheet(archive, open_book(archive)).survey()


def test_exactly_the_rows_allowed_are_read(monkeypatch):
    monkeypatch.setattr("healthcard.documents.sheet.XLSX", replace(XLSX, rows=5))
    rows = [row(n, ["x"]) for n in range(2, 16)]
    archive = Archive(io.BytesIO(workbook(sheet(row(1, HEADINGS), *rows))))
    source = Sheet(archive, open_book(archive))
    source.survey()
    assert len(list(source.rows())) == 15


# the reading process itself


def work(cpu: int = 20) -> Work:
    return Work(module="healthcard.documents.roster_reader", arguments={"kind": "csv", "today": "2025-06-01"}, cpu=cpu)


def long_roster(tmp_path: Path, rows: int) -> Path:
    path = tmp_path / "long.csv"
    line = ",".join(GOOD.values()) + "\r\n"
    path.write_text(csv_text() + line * rows, "utf-8")
    return path


def test_a_reader_out_of_time_is_ended_and_said_so(tmp_path):
    with long_roster(tmp_path, 100_000).open("rb") as source, pytest.raises(DocumentRefused) as refusal:
        list(bounded.messages(work(cpu=1), source))
    assert refusal.value.kind == "time"


def test_a_reader_that_falls_silent_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(bounded, "READER", replace(READER, silence=0))
    with long_roster(tmp_path, 1000).open("rb") as source, pytest.raises(DocumentRefused) as refusal:
        list(bounded.messages(work(), source))
    assert refusal.value.kind == "time"


def test_a_reader_out_of_memory_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(bounded, "READER", replace(READER, memory=72_000_000))
    texts = "".join(f"<si><t>{n:040}</t></si>" for n in range(500_000))
    path = tmp_path / "a.xlsx"
    path.write_bytes(made.packed({**book_parts(), "xl/sharedStrings.xml": f"<sst>{texts}</sst>"}))
    with pytest.raises(DocumentRefused) as refusal:
        list(read_roster(path))
    assert refusal.value.kind == "memory"


def book_parts() -> dict[str, str]:
    return {"xl/workbook.xml": made.BOOK, "xl/_rels/workbook.xml.rels": made.RELATIONS}


def test_whoever_stops_listening_ends_the_reader(tmp_path, monkeypatch):
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    batches = read_roster(long_roster(tmp_path, 50_000))
    next(batches)
    batches.close()
    assert [process.returncode is not None for process in started] == [True]


def test_a_reader_gets_no_secret_of_ours(monkeypatch):
    monkeypatch.setenv("HEALTHCARD_DATABASE_URL", "postgresql://user:secret@host/db")
    assert "secret" not in str(bounded._environment(5))


def run_child(*arguments: str, code: str = "") -> subprocess.CompletedProcess[bytes]:
    environment = {"READER_CPU": "5", "READER_MEMORY": str(READER.memory)}
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "healthcard.documents.child", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, input=b"", timeout=60, check=False)


def test_a_reader_does_no_other_work():
    assert run_child("os", "{}").returncode == 2


@pytest.mark.parametrize(
    "deed", ["open('reader-wrote', 'w').write('x' * 9999)", "bytearray(10**9)", "__import__('os').fork()"]
)
def test_a_limited_process_can_write_no_file_take_no_memory_and_start_no_process(deed, tmp_path):
    if "fork" in deed and os.geteuid() == 0:
        deed = "__import__('os').setuid(65534); " + deed  # the superuser has no limit of processes
    limit = "from healthcard.documents.child import limit; limit(cpu=5, memory=200_000_000)"
    code = f"import os; {limit}; os.chdir({str(tmp_path)!r}); {deed}"
    done = run_child(code=code)
    assert done.returncode != 0
    assert any(word in done.stderr for word in (b"OSError", b"MemoryError", b"BlockingIOError"))


def test_an_answer_that_is_no_message_is_not_believed():
    for text in (b"", b"[1]", b"\xff", b'{"rows"'):
        with pytest.raises(DocumentRefused):
            bounded._message(text)


@pytest.mark.parametrize("rows", [None, [[]], [[1, None, [["x"]]]], [[1, ["a"], []]], 7])
def test_rows_that_are_no_rows_are_not_believed(rows):
    from healthcard.documents.roster import _batch

    with pytest.raises(DocumentRefused, match="unexpectedly"):
        _batch({"rows": rows})


def test_the_child_says_messages_with_their_length():
    out = io.BytesIO()
    child.answer(out, [{"rows": ["测"]}])
    assert out.getvalue() == b'\x00\x00\x00\x10{"rows":["\xe6\xb5\x8b"]}\x00\x00\x00\x0c{"end":true}'
