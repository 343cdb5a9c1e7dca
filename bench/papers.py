"""Papers: forms printed one after the other, and a bad scan that comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO

import pypdfium2
from PIL import Image

from bench import Figure
from healthcard.documents import paper, scan
from healthcard.documents.paper import Sheet
from healthcard.documents.stamp import Stamp
from healthcard.domain.form_fields import Type
from healthcard.domain.forms import FORMS, form

FORMS_PRINTED = 100
SCANS = 5
ANGLE, DOTS, NOISE, QUALITY = 3, 150, 0.25, 60


def measure() -> Iterator[Figure]:
    """The four forms of the Measures in turns, each of another person; then scans of one of them."""
    kinds = [kind for kind, each in FORMS.items() if each.paper]
    printed = paper.printed(_sheet(kinds[0], 0))
    started = time.monotonic()
    for at in range(FORMS_PRINTED):
        paper.printed(_sheet(kinds[at % len(kinds)], at))
    yield Figure(name=f"papers: {FORMS_PRINTED} forms", value=time.monotonic() - started, unit="s", bound="<= 3")
    yield Figure(name="papers: one form", value=len(printed) / 1024, unit="KB")
    spoilt = _scanned(printed)
    started = time.monotonic()
    found = sum(len(page.stamps) for _ in range(SCANS) for page in scan.pages(spoilt))
    yield Figure(name="papers: a noisy scan read", value=(time.monotonic() - started) / SCANS, unit="s")
    yield Figure(name="papers: noisy scans that found their application", value=found / SCANS, unit="", bound=">= 1")


def _sheet(kind: str, at: int) -> Sheet:
    values = {
        field.key: f"内容{at}" for field in form(kind).fields if field.type is Type.TEXT and field.key != "review"
    }
    values |= {"application_date": "2026-11-23", "card_number": f"{at:018d}", "citizen_number": f"{at:018d}"}
    return Sheet(
        kind=kind, values=values, stamp=Stamp(kind=kind, number=f"261123-000001-{at:08d}-0", signature=bytes(16))
    )


def _scanned(pdf: bytes) -> bytes:
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=DOTS / 72).to_pil().convert("L")
    turned = page.rotate(ANGLE, Image.Resampling.BICUBIC, expand=True, fillcolor=250)
    target = BytesIO()
    Image.blend(turned, Image.effect_noise(turned.size, 60), NOISE).save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
