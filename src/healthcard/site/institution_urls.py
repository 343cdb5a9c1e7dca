"""Every address of the process for institutions."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("healthcard.api.institution_urls"))]
