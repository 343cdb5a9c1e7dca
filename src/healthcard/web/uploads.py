"""Files that people hand in: read whole, never larger than the service takes."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from healthcard.services.errors import Invalid


def sent(request: HttpRequest, name: str, largest: int) -> bytes:
    """The file in the field `name`; raises Invalid where none was chosen, or more than `largest` bytes."""
    given = request.FILES.get(name)
    if not isinstance(given, UploadedFile):
        raise Invalid(name, "请选择文件", "choose a file")
    if given.size is None or given.size > largest:
        raise Invalid(name, "文件过大，请降低分辨率后重试", "too large: scan it at a lower resolution")
    return bytes(given.read())
