"""Every address of the site, and the pages for what has none."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("healthcard.api.urls")), path("", include("healthcard.web.urls"))]
handler400 = "healthcard.web.screen.refused"
handler404 = "healthcard.web.screen.missing"
handler500 = "healthcard.web.screen.failed"
