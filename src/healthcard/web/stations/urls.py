"""The addresses of the readers on desks."""

from __future__ import annotations

from django.urls import path

from healthcard.web.stations import views, virtual

urlpatterns = [
    path("stations", views.listed, name="stations"),
    path("stations/invitation", views.invited, name="station_invitation"),
    path("stations/<int:station>/seat", views.seated, name="station_seat"),
    path("stations/<int:station>/closing", views.closed, name="station_closing"),
    path("virtual-reader", virtual.shown, name="virtual_reader"),
    path("virtual-reader/card", virtual.put_in, name="virtual_reader_put"),
    path("virtual-reader/blank", virtual.blank, name="virtual_reader_blank"),
    path("virtual-reader/empty", virtual.taken_out, name="virtual_reader_take"),
    path("virtual-reader/visitor", virtual.stood, name="virtual_reader_visitor"),
    path("virtual-reader/pin", virtual.typed, name="virtual_reader_pin"),
]
