"""The desk API's addresses."""

from __future__ import annotations

from django.urls import path

from healthcard.api import pages
from healthcard.api.doors import DESK

urlpatterns = [path("api/v1/problems", pages.problems), path("api/v1/", DESK.urls)]
