"""Every screen's address. Which role may see which is told, and tested, in tests/web/screens.csv."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from healthcard.web import cards, home, residents

_LOGIN = require_http_methods(["GET", "HEAD", "POST"])(
    LoginView.as_view(template_name="login.html", redirect_authenticated_user=True)
)

urlpatterns = [
    path("", home.first, name="first"),
    path("login", _LOGIN, name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("language", require_POST(set_language), name="language"),
    path("residents", residents.listed, name="residents"),
    path("residents/<int:resident>", residents.shown, name="resident"),
    path("cards", cards.listed, name="cards"),
    path("cards/<int:card>", cards.shown, name="card"),
]
