"""Pictures from outside become photos for the card, or are refused in words; nothing else of them stays."""

from __future__ import annotations

import zlib
from io import BytesIO
from random import Random

import pytest
from PIL import Image

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.photo import shrunk
from healthcard.domain.portrait import portrait


def _picture(width=480, height=640, *, noise=0, form="JPEG", **how):
    random, image = Random(7), Image.new("RGB", (width, height), (240, 240, 245))
    face = Image.new("RGB", (width // 2, height // 2), (190, 150, 130))
    image.paste(face, (width // 4, height // 4))
    for _ in range(noise):
        image.putpixel((random.randrange(width), random.randrange(height)), (random.randrange(256),) * 3)
    target = BytesIO()
    image.save(target, form, **how)
    return target.getvalue()


@pytest.mark.parametrize(
    "picture",
    [_picture(), _picture(form="PNG"), _picture(noise=60_000, quality=60), _picture(160, 200), portrait(Random(1))],
)
def test_a_picture_becomes_an_upright_jpeg_that_fits_the_chip(picture):
    photo = shrunk(picture)
    assert len(photo) <= 3072
    with Image.open(BytesIO(photo)) as image:
        image.load()
        assert (image.format, image.size) == ("JPEG", (160, 200))


def test_nothing_that_came_with_the_picture_stays_in_it():
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "CAMERA-OF-SOMEBODY", {1: "N", 2: (30.0, 15.0, 0.0)}
    photo = shrunk(_picture(exif=exif, comment=b"made by somebody"))
    assert b"CAMERA" not in photo
    assert b"somebody" not in photo
    with Image.open(BytesIO(photo)) as image:
        assert not image.getexif()


def test_a_picture_taken_on_its_side_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90 degrees
    with Image.open(BytesIO(shrunk(_picture(640, 480, exif=exif)))) as image:
        assert image.size == (160, 200)


def _bomb():
    """A PNG that says it has 60,000 x 60,000 points."""
    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    chunk = lambda kind, data: len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")  # noqa: E731
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (b"", "photo_type"),
        (b"GIF89a" + bytes(50), "photo_type"),
        (b"\xff\xd8\xff" + bytes(3000) + b"\xff\xd9", "photo_"),
        (_picture()[:2000], "photo_damaged"),
        (_picture(100, 140), "photo_small"),
        (_picture(640, 480), "photo_shape"),
        (_picture(200, 500), "photo_shape"),
        (_bomb(), "photo_pixels"),
        (bytes(716_801), "photo_large"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(picture, kind):
    with pytest.raises(DocumentRefused) as refusal:
        shrunk(picture)
    assert refusal.value.kind.startswith(kind)
    assert refusal.value.zh


def test_a_plain_colour_is_no_photo():
    target = BytesIO()
    Image.new("RGB", (480, 640), (200, 200, 200)).save(target, "PNG")
    with pytest.raises(DocumentRefused) as refusal:
        shrunk(target.getvalue())
    assert refusal.value.kind == "photo_plain"


def test_noise_that_no_quality_makes_small_still_fits():
    data = Random(3).randbytes(320 * 400 * 3)
    target = BytesIO()
    Image.frombytes("RGB", (320, 400), data).save(target, "PNG")
    assert len(shrunk(target.getvalue())) <= 3072
