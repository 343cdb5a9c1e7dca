"""The addresses of the process for institutions: its API and nothing else."""

from __future__ import annotations

from django.urls import path

from healthcard.api import pages
from healthcard.api.doors import INSTITUTION

urlpatterns = [path("api/v1/problems", pages.problems), path("api/v1/", INSTITUTION.urls)]
