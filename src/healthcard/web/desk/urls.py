"""The addresses of the workbench."""

from __future__ import annotations

from django.urls import path

from healthcard.web.desk import applying, counter, devices, elsewhere, person, searching, stepping
from healthcard.web.desk.step import APPLICATION, CARD, PERSON, READER

_ROWS = {APPLICATION: "applications", CARD: "cards", PERSON: "people"}
urlpatterns = [
    path("desk", counter.shown, name="desk"),
    path("people/search", searching.found, name="search"),
    path("people/elsewhere", elsewhere.asked, name="elsewhere"),
    path("people/elsewhere/found", elsewhere.found, name="elsewhere_found"),
    path("people/<int:person>/elsewhere", elsewhere.shown, name="stranger"),
    path("people/<int:person>", person.shown, name="person"),
    path("people/<int:person>/applying/<slug:kind>", applying.asked, name="applying"),
    path("people/<int:person>/applying/<slug:kind>/form", applying.handed_in, name="applied"),
    path("applications/<int:application>/taken", applying.taken, name="application_taken"),
    *(
        path(f"{rows}/<int:number>/steps/<slug:step>", stepping.asked, {"about": about}, name=f"{about}_step")
        for about, rows in _ROWS.items()
    ),
    *(
        path(
            f"{rows}/<int:number>/steps/<slug:step>/taken", stepping.taken, {"about": about}, name=f"{about}_step_taken"
        )
        for about, rows in _ROWS.items()
    ),
    path("devices/<slug:device>", devices.asked, name="device_asked"),
    path("devices/identity_card/<slug:session>/use", devices.used, name="device_used"),
    path("devices/<slug:device>/<slug:session>", devices.shown, name="device_shown"),
    path("devices/<slug:device>/<slug:session>/picture", devices.picture, name="device_picture"),
    path("reader/<slug:step>", stepping.asked, {"about": READER}, name="reader_step"),
    path("reader/<slug:step>/taken", stepping.taken, {"about": READER}, name="reader_step_taken"),
]
