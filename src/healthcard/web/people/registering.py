"""Somebody put on file (采集): the official form whole, who came, what he showed, that he consented."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from healthcard.domain.permissions import Permission
from healthcard.services.line.devices import Device
from healthcard.services.people import extra_fields, registering
from healthcard.services.people.registering import Entry
from healthcard.web import uploads
from healthcard.web.desk import devices
from healthcard.web.desk.words import chosen
from healthcard.web.people import cells, coming, refusals
from healthcard.web.people.coming import Came
from healthcard.web.people.refusals import Refusal, refusal_of
from healthcard.web.screen import ScreenRequest, acting_screen, screen

PICTURE = 1 << 20  # bytes of a photo as it comes from a camera


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the clerk entered; empty before he did."""

    cells: dict[str, str] = field(default_factory=dict, repr=False)
    extra: dict[str, str] = field(default_factory=dict, repr=False)
    consented: bool = False
    came: Came = field(default_factory=Came)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A field of the province's own, with what was typed."""

    key: str
    title: str
    size: int
    required: bool
    value: str


@screen(Permission.RESIDENT_IMPORT)
def asked(request: ScreenRequest) -> HttpResponse:
    """The empty form."""
    return _form(request, Typed())


@acting_screen(Permission.RESIDENT_IMPORT)
def handed_in(request: ScreenRequest) -> HttpResponse:
    """Put him on file and go to his page; a refusal leads back to the form as it was typed."""
    typed = _typed(request.POST)
    if request.POST.get("turn"):
        return _form(request, typed)
    done = refusal_of(lambda: _registered(request, typed))
    return _form(request, typed, done) if isinstance(done, Refusal) else done


def photo_of(request: ScreenRequest) -> bytes:
    """The photo from the camera of the desk, or as a file; raises Invalid where there is none."""
    return devices.taken(request, Device.CAMERA) or uploads.sent(request, "photo", PICTURE)


def _registered(request: ScreenRequest, typed: Typed) -> HttpResponse:
    entry = Entry(
        cells=typed.cells,
        extra=typed.extra,
        photo=photo_of(request) if request.FILES.get("photo") or request.POST.get(Device.CAMERA) else b"",
        consented=typed.consented,
        signature=devices.taken(request, Device.SIGNATURE),
        **typed.came.given(),
    )
    made = registering.register(request.actor, entry)
    devices.forget(request)
    messages.success(request, _("The person is on file."))
    for line in made.warnings_en if chosen("", "en") else made.warnings:
        messages.warning(request, line)
    return redirect("person", person=made.id)


def _typed(post: QueryDict) -> Typed:
    return Typed(
        cells=cells.typed(post),
        extra={name.removeprefix("extra."): post.get(name, "") for name in post if name.startswith("extra.")},
        consented="consented" in post,
        came=coming.came(post),
    )


def _form(request: ScreenRequest, typed: Typed, refused: Refusal | None = None) -> HttpResponse:
    against = refused or Refusal()
    page = {
        "areas": cells.areas(typed.cells, against.problems),
        "extra": _extra(request, typed),
        "consented": typed.consented,
        **coming.page(typed.came, coming.REGISTERING),
        **devices.carried(request),
    }
    return refusals.form(request, "people/registering.html", page, against.why)


def _extra(request: ScreenRequest, typed: Typed) -> tuple[Extra, ...]:
    return tuple(
        Extra(
            key=each.key,
            title=chosen(each.zh, each.en),
            size=each.size,
            required=each.required,
            value=typed.extra.get(each.key, ""),
        )
        for each in extra_fields.listed(request.actor)
    )
