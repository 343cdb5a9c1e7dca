"""The addresses of the residents' own page."""

from __future__ import annotations

from django.urls import path

from healthcard.web.my import entering, views

urlpatterns = [
    path("my", views.shown, name="my"),
    path("my/enter", entering.enter, name="my_enter"),
    path("my/code", entering.code, name="my_code"),
    path("my/leave", entering.leave, name="my_leave"),
    path("my/child", views.child, name="my_child"),
    path("my/loss", views.reported, name="my_loss"),
    path("my/found", views.withdrawn, name="my_found"),
]
