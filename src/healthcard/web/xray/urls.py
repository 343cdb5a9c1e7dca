"""The addresses of what is seen through a card."""

from __future__ import annotations

from django.urls import path

from healthcard.web.xray import journal, life, through

urlpatterns = [
    path("cards/<int:card>/life", life.shown, name="card_life"),
    path("cards/<int:card>/journal", journal.shown, name="card_journal"),
    path("cards/<int:card>/xray", through.shown, name="card_xray"),
    path("cards/<int:card>/xray/read", through.read, name="card_xray_read"),
]
