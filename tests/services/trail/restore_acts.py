"""What happens in an installation between a backup and its loss: `python restore_acts.py ACT`, HEALTHCARD_HOME set."""

from __future__ import annotations

import os
import sys
from datetime import date

from healthcard.site.installation import Site


def begin(today):
    """Two people with a made card each; anchored."""
    from healthcard.services.people import bulk
    from healthcard.services.stage import demo
    from healthcard.services.trail import anchoring

    demo.create(today, people=3)
    bulk.load(demo.maker(), 2, today, lambda done, wanted: None)
    anchoring.anchor_now()


def end(today):
    """The first card ends; anchored."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.stage import demo
    from healthcard.services.trail import anchoring
    from healthcard.storage.models import Card

    with act(demo.maker(), Permission.CARD_SUPERVISE, "card.end") as now:
        now.event(Card.objects.order_by("id").first().pk, "restored_end")
    print(anchoring.anchor_now().ended)


def look(today):
    """Every card's life, and whether the audit can be anchored."""
    from healthcard.services import scope
    from healthcard.services.trail import anchoring
    from healthcard.storage.models import Card

    scope.limit(scope.EVERYBODY)
    print(*Card.objects.order_by("id").values_list("life", flat=True))
    anchoring.anchor_now()


if __name__ == "__main__":
    with Site.open(os.environ).working():
        {"begin": begin, "end": end, "look": look}[sys.argv[1]](date.today())  # noqa: DTZ011 - the day at this desk
