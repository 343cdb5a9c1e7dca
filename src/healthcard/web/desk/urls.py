"""The addresses of the workbench."""

from __future__ import annotations

from django.urls import path

from healthcard.web.desk import applying, person, searching

urlpatterns = [
    path("people/search", searching.found, name="search"),
    path("people/<int:person>", person.shown, name="person"),
    path("people/<int:person>/applying/<slug:kind>", applying.asked, name="applying"),
    path("people/<int:person>/applying/<slug:kind>/form", applying.handed_in, name="applied"),
    path("applications/<int:application>/taken", applying.taken, name="application_taken"),
]
