"""A bad scan finds its application; a hostile file is refused in words and hurts nobody."""

from __future__ import annotations

import zlib
from contextlib import suppress
from io import BytesIO
from random import Random

import pypdfium2
import pytest
from papers import scanned, sheet, stamp
from PIL import Image

from healthcard.documents import paper, scan
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import SCAN
from healthcard.domain.forms import FORMS, KINDS

_LAW = [kind for kind, form in FORMS.items() if form.paper]


@pytest.fixture(scope="module")
def loss():
    return paper.printed(sheet("loss"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_noisy_scan_turned_by_three_degrees_finds_its_application(kind):
    (page,) = scan.pages(scanned(paper.printed(sheet(kind)), angle=3 if kind in _LAW else -3))
    assert page.stamps == (stamp(kind),)


@pytest.mark.parametrize("angle", [90, 177, 40])
def test_a_scan_may_lie_on_its_side_or_upside_down(loss, angle):
    (page,) = scan.pages(scanned(loss, angle=angle))
    assert page.stamps == (stamp("loss"),)
    again = scan.pages(page.picture)  # what we keep is a scan too, and upright
    assert again[0].stamps == (stamp("loss"),)


def test_the_picture_that_is_kept_is_upright(loss):
    (page,) = scan.pages(scanned(loss, angle=180, noise=0.05))
    with Image.open(BytesIO(page.picture)) as kept:
        right_top = kept.crop((kept.width * 3 // 4, 0, kept.width, kept.height // 6))
        left_bottom = kept.crop((0, kept.height * 5 // 6, kept.width // 4, kept.height))
        assert sum(right_top.histogram()[:64]) > 5 * sum(left_bottom.histogram()[:64])


def test_every_page_of_a_pdf_is_looked_at(loss):
    both = pypdfium2.PdfDocument.new()
    for part in (loss, paper.blank("unlock"), paper.printed(sheet("unloss"))):
        both.import_pages(pypdfium2.PdfDocument(part))
    target = BytesIO()
    both.save(target)
    assert [page.stamps for page in scan.pages(target.getvalue())] == [(stamp("loss"),), (), (stamp("unloss"),)]


def test_a_png_without_background_is_read_on_white(loss):
    page = pypdfium2.PdfDocument(loss)[0].render(scale=2).to_pil().convert("L")
    clear = Image.new("RGBA", page.size, (0, 0, 0, 0))
    clear.putalpha(Image.eval(page, lambda point: 255 - point))
    target = BytesIO()
    clear.save(target, "PNG")
    assert scan.pages(target.getvalue())[0].stamps == (stamp("loss"),)


def test_nothing_that_came_with_the_photo_is_kept(loss):
    page = pypdfium2.PdfDocument(loss)[0].render(scale=2).to_pil().convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "CAMERA-OF-SOMEBODY", 3
    target = BytesIO()
    page.rotate(180).save(target, "JPEG", exif=exif, comment=b"made by somebody")
    (kept,) = scan.pages(target.getvalue())
    assert kept.stamps == (stamp("loss"),)
    assert b"somebody" not in kept.picture.lower()


def test_a_page_without_our_code_has_no_stamp():
    (page,) = scan.pages(scanned(paper.blank("loss"), noise=0.1))
    assert page.stamps == ()


def _png(width, height):
    """A PNG that says it has so many points and holds none."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    chunk = lambda kind, data: len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")  # noqa: E731
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def _pdf(pages, box="0 0 100 100"):
    kids = " ".join(f"{3 + at} 0 R" for at in range(pages))
    parts = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {pages}/Kids[{kids}]>>"]
    parts += [f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]>>"] * pages
    body = "".join(f"{at} 0 obj{part}endobj\n" for at, part in enumerate(parts, 1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R>>\n%%EOF".encode()


@pytest.mark.parametrize(
    ("hostile", "kind"),
    [
        (b"", "scan_type"),
        (b"GIF89a" + bytes(100), "scan_type"),
        (b"<svg onload='x'/>", "scan_type"),
        (b"\xff\xd8\xff\xe0" + Random(1).randbytes(5000), "scan_damaged"),
        (_png(60_000, 60_000), "scan_pixels"),
        (_png(500, 500), "scan_damaged"),
        (b"%PDF-1.7\n" + Random(2).randbytes(5000), "scan_damaged"),
        (_pdf(SCAN.pages + 1), "scan_pages"),
        (bytes(SCAN.file + 1), "scan_large"),
    ],
)
def test_a_hostile_file_is_refused_in_words(hostile, kind):
    with pytest.raises(DocumentRefused) as refused:
        scan.pages(hostile)
    assert refused.value.kind in {kind, "scan_type"} if hostile.startswith(b"\xff\xd8") else refused.value.kind == kind


def test_a_page_as_large_as_a_house_is_drawn_small():
    (page,) = scan.pages(_pdf(1, "0 0 14400 90"))
    with Image.open(BytesIO(page.picture)) as kept:
        assert max(kept.size) <= SCAN.side


@pytest.mark.parametrize("cut", [100, 2000, 15_000])
def test_a_file_cut_short_never_ends_in_anything_but_pages_or_a_refusal(loss, cut):
    for whole in (loss, scanned(loss)):
        with suppress(DocumentRefused):
            assert scan.pages(whole[:cut])
