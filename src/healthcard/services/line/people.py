"""An actor on his way over the line's socket: the door has made sure who he is, the line believes its own user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from healthcard.domain.permissions import Permission
from healthcard.services.actor import Actor


def told(actor: Actor) -> dict[str, Any]:
    """As JSON."""
    return asdict(actor) | {"permissions": sorted(permission.value for permission in actor.permissions)}


def met(table: Mapping[str, Any]) -> Actor:
    """The actor; raises KeyError, TypeError, ValueError for what is none."""
    given = dict(table)
    permissions = frozenset(Permission(value) for value in given.pop("permissions"))
    return Actor(permissions=permissions, **given)
