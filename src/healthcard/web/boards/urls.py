"""The addresses of the boards."""

from __future__ import annotations

from django.urls import path

from healthcard.web.boards import views

urlpatterns = [
    path("boards", views.shown, name="boards"),
    path("boards/<slug:figure>", views.listed, name="board_list"),
    path("boards/<slug:figure>/workbook", views.exported, name="board_export"),
]
