"""Papers that come back as a photo or scan: the application is found by its code, forged ones are refused.

What is kept are pictures we wrote ourselves, sealed for their person; looking at one is in the audit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from healthcard.documents import scan as scanned
from healthcard.documents.errors import DocumentRefused
from healthcard.documents.limits import SCAN
from healthcard.documents.stamp import Stamp
from healthcard.domain.forms import KINDS
from healthcard.domain.permissions import Permission
from healthcard.services.acting import act
from healthcard.services.actor import Actor
from healthcard.services.desk.applications.steps import held
from healthcard.services.desk.papers import SEEN
from healthcard.services.desk.stamps import is_ours
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.services.people import unmasking
from healthcard.services.sealing import sealer
from healthcard.storage.models import Application, ApplicationScan

FIELD = "scan"
LARGEST = SCAN.file  # bytes
MOST_PAGES = 12  # of one application


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


def attach(actor: Actor, application_id: int, scan: bytes) -> Scan:
    """Keep a scan with this application; raises as `file`, Conflict for another application's form."""
    found = find(actor, scan)
    if found.application != application_id:
        raise Conflict(
            "这是另一件申请的申请单：请扫描为本申请打印的申请单。",
            "This is the form of another application. Scan the form that was printed for this one.",
        )
    return _filed(actor, found)


def file(actor: Actor, scan: bytes) -> Scan:
    """Keep a scan with the application its code names; the same picture again changes nothing.

    Raises as `find`, Conflict for more pages than an application may have.
    """
    return _filed(actor, find(actor, scan))


def _filed(actor: Actor, found: Scan) -> Scan:
    with act(actor, Permission.APPLICATION_ACCEPT, "paper.attach", application=found.application) as now:
        row = held(found.application)
        now.about(resident=row.resident_id, card=row.card_id)
        now.note(paper=row.kind, pages=keep(actor, row, found.pages))
    return found


def keep(actor: Actor, row: Application, clear_pages: tuple[bytes, ...]) -> list[int]:
    """Within an act: keep pictures with an application; the numbers of the new ones. Raises Conflict for too many."""
    if not row.sealed:
        raise Conflict(
            "此申请的内容已删除，不再附件。",
            "The data of this application were deleted: nothing is kept with it any more.",
        )
    known = {bytes(each): page for each, page in row.scans.values_list("digest", "page")}
    new = {hashlib.new("sm3", each).digest(): each for each in clear_pages}
    numbers: list[int] = []
    for digest, clear in new.items():
        if digest in known:
            continue
        page = len(known) + len(numbers) + 1
        if page > MOST_PAGES:
            raise Conflict(
                f"此申请已存有 {MOST_PAGES} 页扫描件。", f"{MOST_PAGES} pages are kept with this application already."
            )
        sealed = sealer().seal(clear, _owner(row, page))
        ApplicationScan.objects.create(
            application=row,
            resident_id=row.resident_id,
            page=page,
            sealed=sealed,
            digest=digest,
            account_id=actor.account,
        )
        numbers.append(page)
    return numbers


def attached(actor: Actor, application_id: int) -> tuple[int, ...]:
    """The pages kept with an application, by number."""
    actor.require(Permission.APPLICATION_VIEW)
    rows = ApplicationScan.objects.filter(application=application_id).exclude(sealed=b"").order_by("page")
    return tuple(rows.values_list("page", flat=True))


def picture(actor: Actor, application_id: int, page: int) -> bytes:
    """One page as JPEG, for those who accept or review; the look is in the audit and in its person's list of accesses.

    Raises NotAllowed, NotFound.
    """
    review = Permission.APPLICATION_REVIEW
    permission = review if actor.may(review) else Permission.APPLICATION_ACCEPT
    with act(actor, permission, "paper.look", application=application_id) as now:
        rows = ApplicationScan.objects.select_related("application").exclude(sealed=b"")
        row = rows.filter(application=application_id, page=page).first()
        if row is None:
            raise NotFound("There is no such page.")
        now.about(resident=row.resident_id, card=row.application.card_id)
        now.note(page=page)
        unmasking.recorded(now, row.resident_id, SEEN, f"扫描件 {row.application.number}", "查看", tell=False)
        return sealer().open(bytes(row.sealed), _owner(row.application, page))


def pictures(row: Application) -> tuple[bytes, ...]:
    """Every page kept with an application, in clear; whoever asks has judged who may have them, and has logged it."""
    rows = row.scans.exclude(sealed=b"").order_by("page")
    return tuple(sealer().open(bytes(each.sealed), _owner(row, each.page)) for each in rows)


def _owner(row: Application, page: int) -> bytes:
    return f"application scan:{row.resident_id}:{row.number}:{page}".encode()


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
