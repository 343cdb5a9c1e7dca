"""Papers on the screen: PDFs for those who may print, and a scan that goes to its application."""

from __future__ import annotations

import pypdfium2
import pytest


@pytest.mark.parametrize("path", ["/applications/{application}/form.pdf", "/papers/blank/replacement.pdf"])
def test_a_paper_is_a_pdf_that_no_cache_keeps(browser, world, path):
    answer = browser("clerk").get(path.format(**vars(world)))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    assert len(pypdfium2.PdfDocument(answer.content)) == 1


def test_a_file_name_tells_nobodys_number(browser, world):
    from healthcard.services.people import residents
    from healthcard.storage.models import Application

    answer = browser("clerk").get(f"/applications/{world.application}/form.pdf")
    person = residents.opened(Application.objects.get(pk=world.application).resident_id)
    assert person.document.number not in answer.headers["Content-Disposition"]
    assert "first_issue-" in answer.headers["Content-Disposition"]


def test_a_scan_goes_to_its_application_and_can_be_looked_at(browser, world):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = browser("clerk")
    scan = SimpleUploadedFile("form.pdf", client.get(f"/applications/{world.application}/form.pdf").content)
    page = client.post("/papers/scan", {"scan": scan}).content.decode()
    assert f"/applications/{world.application}/scans/1.jpg" in page
    picture = client.get(f"/applications/{world.application}/scans/1.jpg")
    assert picture.content.startswith(b"\xff\xd8\xff")
    assert picture.headers["Content-Type"] == "image/jpeg"


def test_a_file_that_is_no_form_is_refused_in_words(browser):
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = browser("clerk").post("/papers/scan", {"scan": SimpleUploadedFile("x.jpg", b"GIF89a")}, follow=True)
    assert "扫描件应为 JPEG、PNG 或 PDF" in answer.content.decode()


def test_nothing_sent_is_refused_in_words(browser):
    assert "请选择文件" in browser("clerk").post("/papers/scan", follow=True).content.decode()
