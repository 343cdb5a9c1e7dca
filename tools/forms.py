"""Write docs/forms/: the four forms of the Measures as we print them, blank beside filled in by a made-up person."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image

from healthcard.documents import paper
from healthcard.documents.paper import Review, Sheet
from healthcard.documents.stamp import Stamp
from healthcard.domain.forms import FORMS

TARGET = Path(__file__).resolve().parent.parent / "docs" / "forms"
SCALE = 1.2  # points of the picture to one of the page
COLOURS = 16
NUMBER = "110101199003070134"
VALUES = {
    "name": "张晓明",
    "application_date": "2026-11-23",
    "card_number": NUMBER,
    "old_card": f"{NUMBER} 0000000012",
    "phone": "13900000000",
    "citizen_number": NUMBER,
    "loss_date": "2026-11-20",
    "lock_date": "2026-11-20",
    "loss_reason": "乘公交车时遗失",
    "unloss_reason": "已在家中找回",
    "lock_reason": "连续输错密码",
    "reason": "3",
    "changes": [{"item": "姓名", "old": "张小明", "new": "张晓明", "reason": "户籍更名"}],
}


def picture(kind: str) -> Image.Image:
    """The form of `kind`, blank on the left, filled in on the right."""
    stamp = Stamp(kind=kind, number="261123-000001-00000012-3", signature=bytes(16))
    review = Review(opinion="情况属实，同意", reviewer="李静", day="2026-11-24")
    values = {field.key: VALUES[field.key] for field in FORMS[kind].fields if field.key in VALUES}
    sheet = Sheet(kind=kind, values=values, stamp=stamp, organisation="示范市居民健康卡管理中心", review=review)
    left, right = (drawn(pdf) for pdf in (paper.blank(kind), paper.printed(sheet)))
    both = Image.new("L", (left.width + right.width + 2, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 2, 0))
    return both.quantize(COLOURS)


def drawn(pdf: bytes) -> Image.Image:
    """The first page of a PDF."""
    page: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=SCALE, grayscale=True).to_pil()
    return page


if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for name in (kind for kind, form in FORMS.items() if form.paper):
        picture(name).save(TARGET / f"{name}.png", optimize=True)
