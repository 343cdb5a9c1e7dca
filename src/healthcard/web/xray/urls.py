"""The addresses of what is seen through a card."""

from __future__ import annotations

from django.urls import path

from healthcard.web.xray import life

urlpatterns = [
    path("cards/<int:card>/life", life.shown, name="card_life"),
]
