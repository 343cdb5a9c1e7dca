"""Application forms before they are handed in: what is wrong with one, without any effect."""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.domain import forms
from healthcard.domain.entries import Entry
from healthcard.domain.permissions import Permission
from healthcard.services.acting import clock
from healthcard.services.actor import Actor


def checked(actor: Actor, kind: str, values: Mapping[str, object]) -> dict[str, Entry]:
    """What the desk entered on the form of `kind`, normalised; raises NotAllowed, FormRefused with all problems."""
    actor.require(Permission.APPLICATION_ACCEPT)
    _, today = clock()
    return forms.validate(kind, values, today=today)
