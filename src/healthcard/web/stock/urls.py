"""The addresses of the stock."""

from __future__ import annotations

from django.urls import path

from healthcard.web.stock import groups, moving, returned

urlpatterns = [
    path("stock", moving.listed, name="stock"),
    path("stock/arrival", moving.arrived, name="stock_arrival"),
    path("stock/dispatch", moving.dispatched, name="stock_dispatch"),
    path("stock/dispatch.pdf", moving.dispatch_list, name="stock_dispatch_list"),
    path("applications/<int:application>/uncollected", moving.given_up, name="stock_given_up"),
    path("stock/group", groups.shown, name="stock_group"),
    path("stock/group.pdf", groups.printed, name="stock_group_pdf"),
    path("stock/group.xlsx", groups.offline, name="stock_group_xlsx"),
    path("stock/returned", returned.listed, name="stock_returned"),
    path("stock/returned/receipt", returned.received, name="stock_received"),
    path("stock/cards/<int:card>/unreadable", returned.unreadable, name="stock_unreadable"),
    path("stock/returned/set-aside", returned.set_aside, name="stock_set_aside"),
    path("stock/returned/destruction", returned.destroyed, name="stock_destroyed"),
]
