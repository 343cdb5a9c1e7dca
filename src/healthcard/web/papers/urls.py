"""The addresses of papers."""

from __future__ import annotations

from django.urls import path

from healthcard.web.papers import printing, scanning

urlpatterns = [
    path("papers", scanning.first, name="papers"),
    path("papers/scan", scanning.sent, name="paper_scan"),
    path("applications/<int:application>/scans/<int:page>.jpg", scanning.page, name="paper_page"),
    path("papers/blank/<slug:kind>.pdf", printing.blank, name="paper_blank"),
    path("applications/<int:application>/form.pdf", printing.form, name="paper_form"),
    path("applications/<int:application>/ticket.pdf", printing.ticket, name="paper_ticket"),
    path("applications/<int:application>/handover.pdf", printing.handover, name="paper_handover"),
    path("cards/<int:card>/receipt.pdf", printing.receipt, name="paper_receipt"),
    path("certificates/<slug:digest>.pdf", printing.certificate, name="paper_certificate"),
]
