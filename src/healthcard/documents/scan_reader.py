"""Looks for the code on photos and scans of papers; runs in the reading process alone (see `child`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import zxingcpp
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import SCAN
from healthcard.documents.stamp import parse

_INCH = 72  # points of a PDF
_HEAD = 1024  # bytes in which a PDF says that it is one
_WHITE = 255
_MILLION = 1_000_000
_STRAIGHT = 1  # degrees that nobody sees
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_BINARIZERS = (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram)


def messages(source: BinaryIO) -> Iterator[dict[str, Any]]:
    """One message for each page: its picture in base64 and the texts of the stamps on it; raises DocumentRefused."""
    data = source.read(SCAN.file + 1)
    if len(data) > SCAN.file:
        raise DocumentRefused("scan_large", str(SCAN.file // 1_048_576))
    Image.MAX_IMAGE_PIXELS = SCAN.pixels
    for page in _pdf_pages(data) if b"%PDF-" in data[:_HEAD] else _picture(data):
        texts, turned = _codes(page)
        yield {"codes": texts, "picture": b64encode(_written(_upright(page, turned))).decode()}


def _picture(data: bytes) -> Iterator[Image.Image]:
    """A photo, decoded no larger than needed and turned as the camera was held."""
    try:
        opened = Image.open(BytesIO(data), formats=("JPEG", "PNG"))
        if opened.width * opened.height > SCAN.pixels:
            raise DocumentRefused("scan_pixels", str(SCAN.pixels // _MILLION))
        opened.draft("L", (SCAN.side, SCAN.side))
        page = ImageOps.exif_transpose(_flat(opened))
    except UnidentifiedImageError:
        raise DocumentRefused("scan_type") from None
    except Image.DecompressionBombError:
        raise DocumentRefused("scan_pixels", str(SCAN.pixels // _MILLION)) from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as error:
        raise DocumentRefused("scan_damaged", type(error).__name__) from None
    page.thumbnail((SCAN.side, SCAN.side), Image.Resampling.LANCZOS)
    yield page


def _flat(opened: Image.Image) -> Image.Image:
    """In grey; what can be seen through is white, as on paper."""
    exif = opened.getexif()
    if opened.has_transparency_data:
        paper = Image.new("RGBA", opened.size, (_WHITE,) * 4)
        grey = Image.alpha_composite(paper, opened.convert("RGBA")).convert("L")
    else:
        grey = opened.convert("L")
    grey.info["exif"] = exif.tobytes()
    return grey


def _pdf_pages(data: bytes) -> Iterator[Image.Image]:
    """The pages of a PDF, drawn; nothing in it is run."""
    try:
        document = pypdfium2.PdfDocument(data)
        if len(document) > SCAN.pages:
            raise DocumentRefused("scan_pages", str(SCAN.pages))
        if not len(document):
            raise DocumentRefused("scan_damaged", "pages")
        for page in document:
            yield _drawn(page)
    except pypdfium2.PdfiumError as error:
        raise DocumentRefused("scan_locked" if "password" in str(error).lower() else "scan_damaged", "PDF") from None


def _drawn(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = page.get_size()
    if not (width >= 1 and height >= 1):
        raise DocumentRefused("scan_damaged", "PDF")
    scale = min(SCAN.dots / _INCH, SCAN.side / max(width, height))
    drawn: Image.Image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
    return drawn.convert("L")


def _codes(page: Image.Image) -> tuple[list[str], int]:
    """The stamps on a page and by how many degrees it is turned; the first way of looking that finds one decides."""
    for look in _looks(page):
        for binarizer in _BINARIZERS:
            found = zxingcpp.read_barcodes(look, _FORMATS, binarizer=binarizer)
            ours = {each.text: each.orientation for each in found if parse(each.text)}
            if ours:
                return sorted(ours), next(iter(ours.values()))
    return [], 0


def _looks(page: Image.Image) -> Iterator[Image.Image]:
    """The page as it is, softened against noise, enlarged: cheap ways first."""
    yield page
    yield page.filter(ImageFilter.GaussianBlur(1))
    yield ImageOps.autocontrast(page.filter(ImageFilter.MedianFilter(3)), cutoff=2)
    if max(page.size) <= SCAN.side * 3 // 4:
        yield page.resize((page.width * 2, page.height * 2), Image.Resampling.BICUBIC)


def _upright(page: Image.Image, turned: int) -> Image.Image:
    if abs(turned) <= _STRAIGHT:
        return page
    return page.rotate(turned, Image.Resampling.BICUBIC, expand=True, fillcolor=_WHITE)


def _written(page: Image.Image) -> bytes:
    """As JPEG; nothing of what came with the file (place, camera, scripts) stays in it."""
    page.info.clear()
    for quality in range(SCAN.quality, 10, -15):
        target = BytesIO()
        page.save(target, "JPEG", quality=quality)
        if target.tell() <= SCAN.page:
            return target.getvalue()
    raise DocumentRefused("scan_damaged", "noise")
