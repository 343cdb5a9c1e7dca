"""Filled forms of synthetic people for the tests of papers and scans."""

from __future__ import annotations

from io import BytesIO
from random import Random

import pypdfium2
from PIL import Image

from healthcard.documents.paper import Review, Sheet
from healthcard.documents.stamp import Stamp
from healthcard.domain.form_fields import Type
from healthcard.domain.forms import form

NUMBER = "110101199003070134"
_BY_TYPE = {
    Type.DAY: "2026-11-23",
    Type.PHONE: "13900000000",
    Type.NUMBER: NUMBER,
    Type.DOCUMENT_KIND: "03",
    Type.DOCUMENT_NUMBER: "E00000000",
    Type.FLAG: True,
}


def stamp(kind, sequence=12):
    return Stamp(kind=kind, number=f"261123-000001-{sequence:08d}-3", signature=Random(kind).randbytes(16))


def filled(kind):
    """Every field of a form filled in; texts say which field they stand in."""
    values = {field.key: _BY_TYPE.get(field.type, f"内容{at}") for at, field in enumerate(form(kind).fields)}
    for field in form(kind).fields:
        if field.choices:
            values[field.key] = field.choices[-1].code
        if field.columns:
            values[field.key] = [{column.key: f"新{column.zh}" for column in field.columns}]
    values.pop("review")
    return values


def sheet(kind, **changed):
    review = Review(opinion="情况属实", reviewer="李静", day="2026-11-24")
    return Sheet(**{"kind": kind, "values": filled(kind), "stamp": stamp(kind), "review": review} | changed)


def text(pdf):
    """All text of a PDF without blanks, line ends and places to break a word."""
    pages = (page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))
    return "".join("".join(pages).replace("\u200b", "").split())


def scanned(pdf, *, angle=3, dots=150, noise=0.25):
    """A PDF's first page as a bad scanner gives it: turned, noisy, JPEG of quality 60."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=dots / 72).to_pil().convert("L")
    turned = page.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=250)
    spoilt = Image.blend(turned, Image.effect_noise(turned.size, 60), noise)
    target = BytesIO()
    spoilt.save(target, "JPEG", quality=60)
    return target.getvalue()
