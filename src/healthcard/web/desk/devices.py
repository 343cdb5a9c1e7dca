"""The devices of the desk on the screens: a button in a form, how the asking stands, and what was taken into the form.

The parts of a page made here are swapped in where they stand; a form carries the id of the session alone, and what is
filled in from an identity card is told to that page and then forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from healthcard.domain.evidence import Presenter
from healthcard.domain.identity import CITIZEN
from healthcard.domain.permissions import Permission
from healthcard.services.desk import devices, reader_acts
from healthcard.services.desk.reader_acts import DONE, FAILED, Progress
from healthcard.services.errors import Conflict, Invalid, NotFound, Refused
from healthcard.services.line.devices import Device
from healthcard.services.people import finding
from healthcard.services.stage import virtual_reader
from healthcard.web.desk.words import chosen
from healthcard.web.screen import ScreenRequest, acting_screen, screen, told

DIGITS = 18  # of a person's id at most
SESSION = re.compile(r"[A-Za-z0-9_-]{20,40}")  # an id the card line gave
TYPES = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png"}  # by the first two bytes
VERIFY, FILL, SEARCH, PICTURE = "verify", "fill", "search", "picture"  # what it is used for
USES = {Device.IDENTITY_CARD: (VERIFY, FILL, SEARCH), Device.CAMERA: (PICTURE,), Device.SIGNATURE: (PICTURE,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A field of the form that an identity card fills, by its name there."""

    name: str
    value: str


@acting_screen(Permission.DESK_ACT)
def asked(request: ScreenRequest, device: str) -> HttpResponse:
    """Ask the device; or with `stop` give up the asking."""
    known = _device(device)
    if session := request.POST.get("stop", ""):
        reader_acts.stop(request.actor, session)
        return _part(request, known)
    try:
        return _part(request, known, devices.ask(request.actor, known))
    except (Refused, Conflict) as refusal:
        return _part(request, known, why=told(refusal))


@screen(Permission.DESK_ACT)
def shown(request: ScreenRequest, device: str, session: str) -> HttpResponse:
    """How the asking stands, for a page that is open."""
    return _part(request, _device(device), session)


@screen(Permission.DESK_ACT)
def picture(request: ScreenRequest, device: str, session: str) -> HttpResponse:
    """What a camera or a signature pad took, for the clerk to look at before it is kept."""
    taken = devices.picture(request.actor, session, _device(device))
    kind = TYPES.get(taken[:2])
    if kind is None:
        raise Invalid(device, "设备给出的图片无法读取", "The device gave no picture.")
    return HttpResponse(taken, content_type=kind)


@acting_screen(Permission.DESK_ACT)
def used(request: ScreenRequest, session: str) -> HttpResponse:
    """Take what the identity card says into the form, or find its holder."""
    use = _USED.get(request.POST.get("use", ""))
    if use is None:
        raise NotFound("An identity card is not used for that.")
    try:
        return use(request, session)
    except (Refused, Conflict, Invalid) as refusal:
        return _part(request, Device.IDENTITY_CARD, why=told(refusal))


def taken(request: ScreenRequest, device: Device) -> bytes:
    """The picture that a form which was posted brings from a device; b"" without one. Raises Refused."""
    session = request.POST.get(device.value, "")
    return devices.picture(request.actor, session, device) if session else b""


def forget(request: ScreenRequest) -> None:
    """The act is done: nothing that devices took for its form is kept."""
    for device in Device:
        if session := request.POST.get(device.value, ""):
            devices.forget(request.actor, session)


def carried(request: ScreenRequest) -> dict[str, str]:
    """For a form that is shown again: the sessions in which devices took something for it."""
    given = request.POST if request.method == "POST" else request.GET
    said = {device.value: given.get(device.value, "") for device in USES}
    return {f"session_{name}": text if SESSION.fullmatch(text) else "" for name, text in said.items()}


def _verify(request: ScreenRequest, session: str) -> HttpResponse:
    """Whoever came is verified by his card: the holder's is compared with the record, another's is entered."""
    person = _person(request)
    card = devices.identity_card(request.actor, session)
    way = Filled(name="identity", value=devices.VERIFIED)
    if request.POST.get("by", Presenter.HOLDER) != Presenter.HOLDER:
        filled = (
            Filled(name="delegate.name", value=card.name),
            Filled(name="delegate.document_kind", value=CITIZEN),
            Filled(name="delegate.document_number", value=card.document.number),
            way,
        )
        return _done(request, session, filled, _("Entered from the identity card. Compare the person with it."))
    if not person:
        return _done(request, session, (*_cells(card), way), _("Entered from the identity card."))
    if not devices.identify(request.actor, session, person):
        devices.forget(request.actor, session)
        return _part(request, Device.IDENTITY_CARD, why=_("This is the identity card of somebody else."))
    return _done(request, session, (way,), _("It is the holder's. Compare the person with it."))


def _fill(request: ScreenRequest, session: str) -> HttpResponse:
    filled = tuple(_cells(devices.identity_card(request.actor, session)))
    return _done(request, session, filled, _("Entered from the identity card."))


def _search(request: ScreenRequest, session: str) -> HttpResponse:
    """To the page of whose card it is; somebody who is not on file can be registered with it."""
    card = devices.identity_card(request.actor, session)
    found = finding.found(request.actor, card.document)
    if found is None:
        may = request.actor.may(Permission.RESIDENT_IMPORT)
        url = f"{reverse('person_new')}?{Device.IDENTITY_CARD.value}={session}" if may else ""
        return _part(request, Device.IDENTITY_CARD, note=_("Nobody here has this document."), register=url)
    devices.forget(request.actor, session)
    return HttpResponseClientRedirect(reverse("person", args=[found]))


_USED: Mapping[str, Callable[[ScreenRequest, str], HttpResponse]] = {VERIFY: _verify, FILL: _fill, SEARCH: _search}


def _cells(card: devices.IdentityCard) -> tuple[Filled, ...]:
    return tuple(Filled(name=f"cell.{name}", value=text) for name, text in card.cells.items())


def _done(request: ScreenRequest, session: str, filled: tuple[Filled, ...], note: str) -> HttpResponse:
    devices.forget(request.actor, session)
    return _part(request, Device.IDENTITY_CARD, note=note, filled=filled)


def _part(
    request: ScreenRequest,
    device: Device,
    session: str = "",
    *,
    why: str = "",
    note: str = "",
    register: str = "",
    filled: tuple[Filled, ...] = (),
) -> HttpResponse:
    """The part of the page that is the device; the button alone where nothing goes on."""
    at = reader_acts.progress(request.actor, session) if session else None
    page: dict[str, object] = {
        "device": device.value,
        "use": _use(request, device),
        "whom": _person(request) or "",
        "why": why or _failed(at),
        "note": note,
        "register": register,
        "filled": filled,
        "virtual": virtual_reader.is_there(),
    }
    if at is not None and at.state != FAILED:
        page |= {"session": session, "taken": at.state == DONE, "words": chosen(at.words_zh, at.words_en)}
    return render(request, "desk/device_part.html", page)


def _failed(at: Progress | None) -> str:
    return chosen(at.words_zh, at.words_en) if at is not None and at.state == FAILED else ""


def _use(request: ScreenRequest, device: Device) -> str:
    wanted = (request.POST if request.method == "POST" else request.GET).get("use", "")
    return wanted if wanted in USES[device] else USES[device][0]


def _person(request: ScreenRequest) -> int:
    """Whose form it is; 0 where it is nobody's yet."""
    given = (request.POST if request.method == "POST" else request.GET).get("whom", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= DIGITS else 0


def _device(name: str) -> Device:
    found = next((each for each in USES if each.value == name), None)
    if found is None:
        raise NotFound("There is no such device.")
    return found
