"""Workbooks made by hand, good ones and ones that no spreadsheet program would write."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from random import Random
from xml.sax.saxutils import escape

from healthcard.domain import form

GOOD = {
    "姓名": "测试甲",
    "性别": "女",
    "民族": "汉族",
    "出生日期": "19491231",
    "居民身份证号码": "11010519491231002X",
    "联系人姓名1": "测试乙",
    "联系人关系1": "配偶",
    "联系人电话1": "15400000001",
}
HEADINGS = list(GOOD)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BOOK = (
    f'<workbook {MAIN} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="sheet" Target="worksheets/sheet1.xml"/></Relationships>'
)


def letters(column: int) -> str:
    """The letters of a column counted from 1."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def row(number: int, values: Sequence[str]) -> str:
    cells = "".join(cell(f"{letters(index)}{number}", value) for index, value in enumerate(values, 1) if value)
    return f'<row r="{number}">{cells}</row>'


def sheet(*rows: str, before: str = "") -> str:
    start = f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet {MAIN}><sheetData>'
    return f"{start}{''.join(rows)}</sheetData></worksheet>"


def good_rows() -> list[str]:
    return [row(1, HEADINGS), row(2, list(GOOD.values()))]


def packed(parts: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these parts."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(cells: str | bytes | None = None, **more: str | bytes) -> bytes:
    """A workbook with one sheet; `more` are further parts, "__" standing for "/" and "_xml" for ".xml"."""
    extra = {
        name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): text for name, text in more.items()
    }
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/sheet1.xml": sheet(*good_rows()) if cells is None else cells,
    }
    return packed({**parts, **extra})


def repeated(head: bytes, piece: bytes, times: int, tail: bytes) -> bytes:
    return head + piece * times + tail


def bomb() -> bytes:
    """Forty megabytes of blanks in a few kilobytes."""
    return workbook(sheet(*good_rows()).encode() + b" " * 40_000_000)


def lying_about_size(content: bytes, part: str, size: int) -> bytes:
    """`content` with the directory's size of `part` set to `size`."""
    start = content.index(part.encode(), content.index(b"PK\x01\x02")) - 46
    return content[: start + 24] + struct.pack("<I", size) + content[start + 28 :]


def overlapping() -> bytes:
    """A directory of many parts that all point at the same packed bytes."""
    content = Random(1).randbytes(20_000) + bytes(980_000)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(content) + packer.flush()
    check, size = zlib.crc32(content), len(content)
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, check, len(kernel), size, 1, 0) + b"a" + kernel
    directory = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, check, len(kernel), size, 3, 0, 0, 0, 0, 0, 0)
        + f"{index:03}".encode()
        for index in range(100)
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 100, 100, len(directory), len(local), 0)
    return local + directory + end


def csv_text(*rows: Mapping[str, str], headings: Sequence[str] = HEADINGS) -> str:
    lines = [",".join(headings), *(",".join(each.get(heading, "") for heading in headings) for each in rows)]
    return "\r\n".join(lines) + "\r\n"


def whole_form(values: Mapping[str, str]) -> list[str]:
    return [values.get(column.heading, "") for column in form.COLUMNS.values()]
