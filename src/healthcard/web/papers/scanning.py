"""Blank forms to print, and the form that comes back: its scan finds its application and stays with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDictKeyError

from healthcard.domain.forms import FORMS
from healthcard.domain.permissions import Permission
from healthcard.services.desk import scans
from healthcard.services.errors import Invalid
from healthcard.web.screen import ScreenRequest, acting_screen, screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A form that can be printed blank."""

    kind: str
    number: str
    zh: str
    en: str


BLANKS = tuple(Blank(kind=each.kind, number=each.number, zh=each.zh, en=each.en) for each in FORMS.values())


@screen(Permission.APPLICATION_ACCEPT)
def first(request: ScreenRequest) -> HttpResponse:
    """The forms there are, and where a scan is handed in."""
    return render(request, "papers/first.html", {"blanks": BLANKS})


@acting_screen(Permission.APPLICATION_ACCEPT)
def sent(request: ScreenRequest) -> HttpResponse:
    """Keep a scan with the application its code names, and show where it went."""
    found = scans.file(request.actor, _file(request))
    pages = scans.attached(request.actor, found.application)
    return render(request, "papers/kept.html", {"scan": found, "pages": pages, "title": FORMS[found.kind]})


@screen(Permission.APPLICATION_VIEW)
def page(request: ScreenRequest, application: int, page: int) -> HttpResponse:
    """One page that is kept, as a picture."""
    return HttpResponse(scans.picture(request.actor, application, page), content_type="image/jpeg")


def _file(request: ScreenRequest) -> bytes:
    try:
        given = request.FILES["scan"]
    except MultiValueDictKeyError:
        raise Invalid("scan", "请选择文件", "choose a file") from None
    if not isinstance(given, UploadedFile) or given.size is None or given.size > scans.LARGEST:
        raise Invalid("scan", "文件过大，请降低分辨率后重试", "too large: scan it at a lower resolution")
    return bytes(given.read())
