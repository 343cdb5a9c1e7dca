"""An API of one act and one look, to see how all of them behave."""

from __future__ import annotations

from typing import ClassVar

from django.urls import path
from ninja import Router

from healthcard.api.authentication import Call
from healthcard.api.doors import _door
from healthcard.api.fields import Answer, Body, Number
from healthcard.api.operations import acts

router = Router()


class Wish(Body):
    """What the act is to do."""

    number: Number
    refuse: bool = False


class Done(Answer):
    """How often it was done."""

    times: int


class Counter:
    """What the act changes: outside the database, so that a second effect would show."""

    times: ClassVar[int] = 0


@acts(router, "/counted", Done)
def counted(request: Call, wish: Wish) -> object:
    """Count."""
    from healthcard.services.errors import Refused

    Counter.times += 1
    if wish.refuse:
        raise Refused("probe.refused", "0", "不行。", "No.")
    return {"times": Counter.times}


urlpatterns = [path("api/v1/", _door("probe", "probe", "", {"": (router,)}).urls)]
