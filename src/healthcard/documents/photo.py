"""Photos checked and shrunk for the card (item 385): a JPEG or PNG becomes a small upright JPEG and nothing else.

A picture from outside is decoded by a child process with little memory, never by ours; it lies on no disk.
"""

from __future__ import annotations

import os
from base64 import b64decode

from healthcard.documents.bounded import Work, messages
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import PHOTO

_MODULE = "healthcard.documents.photo_reader"


def shrunk(picture: bytes) -> bytes:
    """The photo for the card: a baseline JPEG of at most `PHOTO.card` bytes. Raises DocumentRefused."""
    if len(picture) > PHOTO.file:
        raise DocumentRefused("photo_large", str(PHOTO.file // 1024))
    with os.fdopen(os.memfd_create("photo"), "w+b") as source:
        source.write(picture)
        source.flush()
        source.seek(0)
        made = list(messages(Work(module=_MODULE, arguments={}, cpu=PHOTO.cpu), source))
    try:
        (photo,) = (b64decode(message["photo"], validate=True) for message in made)
    except (KeyError, TypeError, ValueError):
        raise DocumentRefused("stopped", "no photo") from None
    if not (photo.startswith(b"\xff\xd8\xff") and photo.endswith(b"\xff\xd9") and len(photo) <= PHOTO.card):
        raise DocumentRefused("stopped", "no photo")
    return photo
