"""The virtual station of a demo, paired with the demo's clerk each time the demo starts."""

from __future__ import annotations

import secrets

from healthcard.services import actor as actors
from healthcard.services.desk import stations
from healthcard.services.desk.stations import Paired
from healthcard.services.stage.virtual_slot import NAME
from healthcard.storage.models import Account, Station

CLERK = "clerk"


def pair() -> Paired | None:
    """Pair it anew, and close the pairing of the demo's last start; None where there is no demo clerk."""
    account = Account.objects.filter(username=CLERK, is_active=True).first()
    if account is None:
        return None
    clerk = actors.of_account(account.pk)
    for station in Station.objects.filter(name=NAME, organisation=clerk.organisation, closed_at=None):
        stations.close(clerk, station.pk)
    return stations.pair(stations.invite(clerk).code, NAME, secrets.token_hex(32))
