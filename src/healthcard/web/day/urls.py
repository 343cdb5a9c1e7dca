"""The addresses of the day."""

from __future__ import annotations

from django.urls import path

from healthcard.web.day import closing, deadlines, recent

urlpatterns = [
    path("day", closing.today, name="day"),
    path("day/close", closing.closed, name="day_close"),
    path("day/closes/<int:number>", closing.shown, name="day_closed"),
    path("day/mine", recent.shown, name="day_mine"),
    path("day/due", deadlines.shown, name="day_due"),
]
