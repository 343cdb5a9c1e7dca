"""Printed at the desk and read back: every paper carries what was accepted, and only our own code finds it again."""

from __future__ import annotations

import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from desk import request

from healthcard.domain.permissions import NotAllowed
from healthcard.services.errors import Conflict, Invalid, NotFound

sys.path.append(str(Path(__file__).parents[2] / "documents"))
from papers import scanned, text


@pytest.fixture
def lost(issued, adult, clerk):
    """A written loss report on an issued card."""
    from healthcard.services.desk import loss

    return loss.report(clerk, request("loss", adult))


def _whole(pdf):
    return text(pdf.content)


def test_a_loss_report_is_printed_with_its_person_its_review_and_read_back(lost, adult, clerk, judge):
    from healthcard.services.desk import applications, papers, scans
    from healthcard.services.people import residents

    person = residents.opened(adult)
    applications.verify(clerk, lost.application, "电话核实无误")
    judge(lost.application)
    pdf = papers.form(clerk, lost.application)
    shown = _whole(pdf)
    for part in (person.name, person.document.number, "15412345678", "遗失", "同意。属实", "reviewer", lost.number):
        assert part in shown
    assert pdf.name == f"loss-{lost.number}.pdf"
    found = scans.find(clerk, scanned(pdf.content))
    assert (found.application, found.kind, len(found.pages)) == (lost.application, "loss", 1)


def test_printing_is_in_the_audit_without_anything_personal(lost, adult, clerk):
    from healthcard.services.desk import papers
    from healthcard.services.people import residents
    from healthcard.storage.models import AuditEntry

    papers.form(clerk, lost.application)
    (entry,) = AuditEntry.objects.filter(action="paper.print")
    person = residents.opened(adult)
    assert (entry.resident, entry.application) == (adult, lost.application)
    assert person.name.encode() not in bytes(entry.body)
    assert person.document.number.encode() not in bytes(entry.body)


def test_whose_data_stand_on_a_printed_paper_finds_it_in_his_list_of_accesses(lost, adult, clerk):
    from healthcard.services.desk import papers
    from healthcard.services.people import rights

    papers.form(clerk, lost.application)
    papers.ticket(clerk, lost.application)
    ticket, form = rights.accesses(clerk, adult)
    assert (form.by, form.purpose, form.what) == ("clerk", "paper", f"居民健康卡挂失申请单 {lost.number}")
    assert ticket.what == f"居民健康卡挂失回执 {lost.number}"


def test_the_ticket_names_the_frozen_card_and_the_moment(lost, issued, clerk):
    from healthcard.services.desk import papers
    from healthcard.storage.models import Card

    shown = _whole(papers.ticket(clerk, lost.application))
    assert Card.objects.get(pk=issued[0]).issue_serial in shown
    assert "所有业务被冻结" in shown


def test_there_is_no_ticket_for_what_froze_nothing(arrived, clerk):
    from healthcard.services.desk import papers

    with pytest.raises(NotFound):
        papers.ticket(clerk, arrived[0])


def test_the_hand_over_slip_is_printed_before_the_card_is_signed_for(arrived, clerk):
    from healthcard.services.desk import papers

    shown = _whole(papers.handover_slip(clerk, arrived[0]))
    assert "不得转让、转借" in shown
    assert papers.DUTIES_VERSION in shown


def test_a_forged_code_is_refused(lost, clerk):
    from healthcard.documents import paper
    from healthcard.documents.paper import Sheet
    from healthcard.documents.stamp import Stamp
    from healthcard.services.desk import scans

    forged = paper.printed(
        Sheet(kind="loss", values={}, stamp=Stamp(kind="loss", number=lost.number, signature=bytes(16)))
    )
    with pytest.raises(Invalid, match="did not sign"):
        scans.find(clerk, forged)


def test_the_code_of_one_kind_of_form_is_no_code_of_another(lost, clerk):
    from healthcard.documents import paper
    from healthcard.documents.paper import Sheet
    from healthcard.services.desk import scans
    from healthcard.services.desk.stamps import stamp

    moved = replace(stamp("loss", lost.number), kind="unloss")
    with pytest.raises(Invalid, match="did not sign"):
        scans.find(clerk, paper.printed(Sheet(kind="unloss", values={}, stamp=moved)))


def test_the_form_of_another_application_is_refused(lost, arrived, clerk):
    from healthcard.services.desk import papers, scans

    with pytest.raises(Conflict, match="another application"):
        scans.attach(clerk, lost.application, papers.form(clerk, arrived[0]).content)


def test_a_sheet_without_a_code_and_two_forms_at_once_are_refused(lost, arrived, clerk):
    from io import BytesIO

    from healthcard.services.desk import papers, scans

    with pytest.raises(Invalid, match="no code"):
        scans.find(clerk, papers.blank("loss").content)
    both, target = pypdfium2.PdfDocument.new(), BytesIO()
    for application in (lost.application, arrived[0]):
        both.import_pages(pypdfium2.PdfDocument(papers.form(clerk, application).content))
    both.save(target)
    with pytest.raises(Invalid, match="several"):
        scans.find(clerk, target.getvalue())


def test_only_who_accepts_applications_prints_them(lost, as_role):
    from healthcard.services.desk import papers, scans

    with pytest.raises(NotAllowed):
        papers.form(as_role("maker"), lost.application)
    with pytest.raises(NotAllowed):
        scans.find(as_role("auditor"), b"")


def test_a_scan_is_kept_once_sealed_and_seen_by_those_who_judge(lost, adult, clerk, reviewer, as_role):
    from healthcard.services.desk import papers, scans
    from healthcard.services.people import data_copy, rights
    from healthcard.storage.models import ApplicationScan, AuditEntry

    scan = papers.form(clerk, lost.application).content
    (kept,) = scans.attach(clerk, lost.application, scan).pages
    scans.attach(clerk, lost.application, scan)
    assert scans.attached(reviewer, lost.application) == (1,)
    assert kept not in bytes(ApplicationScan.objects.get().sealed)
    assert scans.picture(reviewer, lost.application, 1) == kept
    seen = rights.accesses(clerk, adult)[0]
    assert (seen.by, seen.what) == ("reviewer", f"扫描件 {lost.number}")
    assert AuditEntry.objects.filter(action="paper.look").count() == 1
    copied = {each["number"]: each["scans"] for each in data_copy.everything(adult)["applications"]}
    assert copied[lost.number] == [b64encode(kept).decode()]
    with pytest.raises(NotAllowed):
        scans.picture(as_role("auditor"), lost.application, 1)
    with pytest.raises(NotFound):
        scans.picture(clerk, lost.application, 2)


def test_a_kept_scan_is_neither_changed_nor_removed_nor_moved_to_somebody_else(lost, people, adult, clerk):
    from django.db import Error, transaction

    from healthcard.services import scope
    from healthcard.services.desk import papers, scans
    from healthcard.storage.models import ApplicationScan

    scans.attach(clerk, lost.application, papers.form(clerk, lost.application).content)
    scope.limit(scope.EVERYBODY)
    row = ApplicationScan.objects.get()
    other = next(each for each in people if each != adult)
    for change in (
        lambda: ApplicationScan.objects.update(sealed=b"x"),
        lambda: ApplicationScan.objects.all().delete(),
        lambda: ApplicationScan.objects.create(
            application_id=lost.application, resident_id=other, page=2, sealed=b"x", digest=bytes(32)
        ),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()
    assert bytes(ApplicationScan.objects.get().sealed) == bytes(row.sealed)


@pytest.fixture
def returned(issued, clerk, console):
    """A card that ended and came back to the desk."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.desk import recovery

    card, _ = issued
    with act(console, Permission.DESK_ACT, "test.life") as now:
        now.event(card, "terminated", end_reason="holder", place="holder")
    recovery.receive(clerk, card)
    return card


def test_who_brings_a_card_gets_a_receipt_that_does_not_name_its_holder(returned, adult, clerk):
    from healthcard.services.desk import papers
    from healthcard.services.people import residents
    from healthcard.storage.models import Recovery

    shown = _whole(papers.receipt(clerk, returned))
    assert Recovery.objects.get(card=returned).receipt in shown
    person = residents.opened(adult)
    assert person.document.number not in shown
    assert person.name not in shown


def test_there_is_no_receipt_for_a_card_that_was_not_taken_in(issued, clerk):
    from healthcard.services.desk import papers

    with pytest.raises(NotFound):
        papers.receipt(clerk, issued[0])


def test_the_certificate_names_the_chips_and_the_two_who_saw_them_destroyed(returned, clerk, as_role):
    from healthcard.services.desk import papers, recovery
    from healthcard.storage.models import Card

    recovery.list_unreadable(clerk, returned, "芯片碎裂")
    recovery.propose_destruction(clerk, [returned])
    found = recovery.destroy(as_role("supervisor"), [returned])
    shown = _whole(papers.certificate(clerk, found.digest.hex()))
    for part in (Card.objects.get(pk=returned).issue_serial, "clerk", "supervisor", found.digest.hex()):
        assert part in shown
