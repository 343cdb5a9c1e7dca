"""The review of applications (审核): by another person; what a decision means at once, by kind."""

from __future__ import annotations

from healthcard.domain.permissions import Permission
from healthcard.services.acting import Act, act
from healthcard.services.actor import Actor
from healthcard.services.desk import applications, loss, termination
from healthcard.services.desk.applications.reach import reached, require_doing
from healthcard.services.errors import Invalid, NotFound
from healthcard.services.people import moving
from healthcard.storage.models import Application


def review(actor: Actor, application_id: int, *, approved: bool, opinion: str, digest: str) -> str:
    """Judge an application; `digest` (hex) is that of `applications.shown`: what was looked at. Its state afterwards.

    Raises NotAllowed, NotFound, TransitionRefused, Invalid.
    """
    try:
        seen = bytes.fromhex(digest)
    except ValueError as error:
        raise Invalid("digest", "须为十六进制", "hexadecimal digits, as the application showed them") from error
    with act(actor, Permission.APPLICATION_REVIEW, "application.review", application=application_id) as now:
        about = Application.objects.filter(pk=application_id).first()
        if about is None:
            raise NotFound("There is no such application.")
        with reached(actor, about.kind, about.resident_id) as found:
            require_doing(found)
            row = applications.review(now, application_id, approved=approved, opinion=opinion, digest=seen)
            _decided(now, row, approved=approved)
        return row.state


def _decided(now: Act, row: Application, *, approved: bool) -> None:
    if row.kind == "loss":
        loss.judged(now, row, approved=approved)
    elif approved and row.kind in termination.KINDS:
        termination.carried_out(now, row)
    elif approved and row.kind == moving.KIND:
        moving.carried_out(now, row)
    elif approved:
        now.tell(row.resident_id, "application.approved")
    else:
        applications.close_dependents(now, row, "rejected")
        now.about(application=row.pk)
        now.tell(row.resident_id, "application.rejected", reason=row.opinion)
