"""Applications (申请单): taken at a desk, verified, reviewed by another person, carried out, withdrawn or lapsed."""

from healthcard.services.desk.applications.acceptance import accept, take
from healthcard.services.desk.applications.following import following, for_strangers, printing
from healthcard.services.desk.applications.reach import Reached, reached
from healthcard.services.desk.applications.request import Accepted, Delegate, Request
from healthcard.services.desk.applications.standing import Change, Standing, Step, changes, standing
from healthcard.services.desk.applications.steps import (
    close_dependents,
    complete,
    held,
    lapse,
    move,
    pay,
    ready,
    review,
    verify,
    withdraw,
)
from healthcard.services.desk.applications.views import Page, Row, Shown, listed, of_resident, prefill, shown

__all__ = [
    "Accepted",
    "Change",
    "Delegate",
    "Page",
    "Reached",
    "Request",
    "Row",
    "Shown",
    "Standing",
    "Step",
    "accept",
    "changes",
    "close_dependents",
    "complete",
    "following",
    "for_strangers",
    "held",
    "lapse",
    "listed",
    "move",
    "of_resident",
    "pay",
    "prefill",
    "printing",
    "reached",
    "ready",
    "review",
    "shown",
    "standing",
    "take",
    "verify",
    "withdraw",
]
