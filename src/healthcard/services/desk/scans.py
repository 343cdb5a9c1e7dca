"""Papers that come back as a photo or scan: the application is found by its code, forged ones are refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthcard.documents import scan as scanned
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.stamp import Stamp
from healthcard.domain.forms import KINDS
from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor
from healthcard.services.desk.stamps import is_ours
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.storage.models import Application

FIELD = "scan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A form that came back: its application, and its pages as clean JPEG pictures."""

    application: int
    number: str
    kind: str
    pages: tuple[bytes, ...] = field(repr=False)


def find(actor: Actor, scan: bytes) -> Scan:
    """The application a scan belongs to, by the code on it.

    Raises Invalid for what is no readable form of ours and for a forged code, NotFound where the application is not
    this actor's to see.
    """
    actor.require(Permission.APPLICATION_ACCEPT)
    found, pages = _read(scan)
    actor.require(Permission.APPLICATION_ACCEPT)
    row = Application.objects.filter(number=found.number, kind=found.kind).values_list("pk", flat=True).first()
    if row is None:
        raise NotFound("There is no such application.")
    return Scan(application=row, number=found.number, kind=found.kind, pages=pages)


def belonging(actor: Actor, application_id: int, scan: bytes) -> Scan:
    """A scan that is to belong to this application; raises as `find`, Conflict for another application's form."""
    found = find(actor, scan)
    if found.application != application_id:
        raise Conflict("This is the form of another application. Scan the form that was printed for this one.")
    return found


def _read(scan: bytes) -> tuple[Stamp, tuple[bytes, ...]]:
    try:
        pages = scanned.pages(scan)
    except DocumentRefused as refused:
        raise Invalid(FIELD, refused.zh, str(refused)) from refused
    forms = {each for page in pages for each in page.stamps if each.kind in KINDS}
    if not forms:
        raise Invalid(
            FIELD, "未找到申请单上的二维码，请平整后重新扫描", "no code of a form: flatten it and scan it again"
        )
    if len(forms) > 1:
        raise Invalid(FIELD, "扫描件中有多份申请单，请分别扫描", "several forms: scan each by itself")
    (found,) = forms
    if not is_ours(found):
        raise Invalid(FIELD, "二维码不是本系统签发的，不予受理", "a code that this system did not sign: not accepted")
    return found, tuple(page.picture for page in pages)
