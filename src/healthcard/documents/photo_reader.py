"""Decodes one picture and writes it small; runs in the reading process alone (see `child`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import PHOTO

_QUALITIES = range(88, 24, -6)


def messages(source: BinaryIO) -> Iterator[dict[str, Any]]:
    """One message with the photo in base64; raises DocumentRefused."""
    Image.MAX_IMAGE_PIXELS = PHOTO.pixels
    picture = _decoded(source)
    _check(picture)
    yield {"photo": b64encode(_written(picture)).decode()}


def _decoded(source: BinaryIO) -> Image.Image:
    try:
        opened = Image.open(source, formats=("JPEG", "PNG"))
        if opened.width * opened.height > PHOTO.pixels:
            raise DocumentRefused("photo_pixels", str(PHOTO.pixels // 1_000_000))
        opened.draft("RGB", (4 * PHOTO.width, 4 * PHOTO.height))  # a JPEG is decoded no larger than needed
        return ImageOps.exif_transpose(opened).convert("RGB")
    except UnidentifiedImageError:
        raise DocumentRefused("photo_type") from None
    except Image.DecompressionBombError:
        raise DocumentRefused("photo_pixels", str(PHOTO.pixels // 1_000_000)) from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as error:
        raise DocumentRefused("photo_damaged", type(error).__name__) from None


def _check(picture: Image.Image) -> None:
    """Large enough, upright like a document's photo, and not one plain colour."""
    if picture.width < PHOTO.width or picture.height < PHOTO.height:
        raise DocumentRefused("photo_small", f"{PHOTO.width} x {PHOTO.height}")
    if not PHOTO.narrowest <= 100 * picture.height // picture.width <= PHOTO.tallest:
        raise DocumentRefused("photo_shape")
    low, high = picture.convert("L").getextrema()
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)) or high - low < PHOTO.contrast:
        raise DocumentRefused("photo_plain")


def _written(picture: Image.Image) -> bytes:
    """The best quality that fits the chip; nothing of what came with the picture (place, camera) stays in it."""
    small = ImageOps.fit(picture, (PHOTO.width, PHOTO.height), Image.Resampling.LANCZOS)
    small.info.clear()  # comment, profile, resolution
    for quality in _QUALITIES:
        target = BytesIO()
        small.save(target, "JPEG", quality=quality, optimize=True, progressive=False, subsampling=2)
        if target.tell() <= PHOTO.card:
            return target.getvalue()
    return _smaller(small)


def _smaller(picture: Image.Image) -> bytes:
    """Noise that no quality makes small enough: without colour, and soft."""
    soft = picture.convert("L").resize((PHOTO.width // 4, PHOTO.height // 4)).resize((PHOTO.width, PHOTO.height))
    target = BytesIO()
    soft.save(target, "JPEG", quality=_QUALITIES[-1], optimize=True, progressive=False)
    if target.tell() > PHOTO.card:
        raise DocumentRefused("photo_damaged", "noise")
    return target.getvalue()
