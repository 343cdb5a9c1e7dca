"""Rounds: what falls due by time alone, done issuer by issuer; the worker calls them again and again."""

from __future__ import annotations

from collections.abc import Callable

from healthcard.services.actor import Actor, of_clock
from healthcard.services.clock import reminders
from healthcard.services.desk import loss, temporary
from healthcard.storage.models import Organisation, OrganisationKind


def lapse_oral_reports() -> int:
    """Oral loss reports whose time has passed end, everywhere; how many."""
    return _everywhere(loss.lapse_due)


def end_temporary_cards() -> int:
    """Temporary cards whose last day has passed end, everywhere; how many."""
    return _everywhere(temporary.expire_due)


def remind() -> int:
    """Holders are told what is about to happen to their cards, everywhere; how many messages."""
    return _everywhere(reminders.remind)


def _everywhere(do: Callable[[Actor], int]) -> int:
    provinces = Organisation.objects.filter(kind=OrganisationKind.PROVINCE, closed_on=None).order_by("pk")
    return sum(do(of_clock(province)) for province in provinces)
