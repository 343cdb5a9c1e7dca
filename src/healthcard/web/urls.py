"""Every screen's address. Which role may see which is told, and tested, in tests/web/screens.csv."""

from __future__ import annotations

from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from healthcard.web import cards, home, login, residents

urlpatterns = [
    path("", home.first, name="first"),
    path("login", login.enter, name="login"),
    path("presence.json", login.present, name="presence"),
    path("password", login.password, name="password"),
    path("logout", login.leave, name="logout"),
    path("language", require_POST(set_language), name="language"),
    path("residents", residents.listed, name="residents"),
    path("residents/<int:resident>", residents.shown, name="resident"),
    path("cards", cards.listed, name="cards"),
    path("cards/<int:card>", cards.shown, name="card"),
    path("", include("healthcard.web.desk.urls")),
    path("", include("healthcard.web.people.urls")),
    path("", include("healthcard.web.stations.urls")),
    path("", include("healthcard.web.papers.urls")),
    path("", include("healthcard.web.review.urls")),
    path("", include("healthcard.web.stock.urls")),
    path("", include("healthcard.web.day.urls")),
    path("", include("healthcard.web.xray.urls")),
    path("", include("healthcard.web.audit.urls")),
    path("", include("healthcard.web.boards.urls")),
    path("", include("healthcard.web.my.urls")),
    path("", include("healthcard.web.settings.urls")),
]
