"""The addresses of the process for institutions, and beside them an operation of the same API that does nothing."""

from __future__ import annotations

from django.urls import include, path
from ninja import Router

from healthcard.api.authentication import Call
from healthcard.api.doors import _door
from healthcard.api.fields import Answer
from healthcard.api.operations import reads

router = Router()


class Nothing(Answer):
    """What it answers."""


@reads(router, "/nothing", Nothing, public=True)
def nothing(request: Call) -> object:
    """Do nothing."""
    return {}


urlpatterns = [
    path("bench/", _door("bench", "bench", "", {"": (router,)}).urls),
    path("", include("healthcard.site.institution_urls")),
]
