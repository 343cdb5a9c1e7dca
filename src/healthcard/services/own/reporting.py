"""A resident reports his cards lost by himself: an oral report (第十二条第三项), at his home organisation."""

from __future__ import annotations

from healthcard.domain.permissions import Permission
from healthcard.services import scope
from healthcard.services.actor import Actor
from healthcard.services.desk import loss
from healthcard.services.desk.loss import Ticket
from healthcard.services.errors import NotFound
from healthcard.storage.models import Resident

IDENTITY = "known_account"  # 本人实名账户登录: the telephone on record answered


def report(resident_id: int, *, address: str = "") -> Ticket:
    """Freeze the cards of whoever has entered; it lapses by itself. Raises NotFound, TransitionRefused."""
    return loss.report_oral(_himself(resident_id, address), resident_id, channel="web", identity=IDENTITY)


def withdraw(resident_id: int, *, address: str = "") -> None:
    """Lift his own oral report again; raises as `report`."""
    loss.withdraw_oral(_himself(resident_id, address), resident_id, identity=IDENTITY)


def _himself(resident_id: int, address: str) -> Actor:
    """The resident at his home organisation: he may report a loss and nothing else."""
    scope.limit(scope.EVERYBODY)
    row = Resident.objects.filter(pk=resident_id).values_list("home_id", "home_path").first()
    scope.limit(scope.NOBODY)
    if row is None:
        raise NotFound("There is no such person on file.")
    home, path = row
    allowed = frozenset({Permission.LOSS_REPORT})
    return Actor(account=None, name="resident", organisation=home, permissions=allowed, path=path, address=address)
