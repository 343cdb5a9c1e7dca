"""The desk API's addresses."""

from __future__ import annotations

from django.urls import path

from healthcard.api.doors import DESK

urlpatterns = [path("api/v1/", DESK.urls)]
