"""How a running key service stands, as its status tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from healthcard.keys.frames import Json
from healthcard.keys.stops import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """How the service stands: mark of its store, driver, its user, hardening reached, requests and refusals so far.

    `inside` says of each algorithm whether its keys are used inside a token, and not in the service's memory; `stopped`
    why the making of cards is stopped; `drills_due` how many keys must be restored, for a trial, by which day ('' is
    already).
    """

    mark: str
    driver: str
    inside: Mapping[str, bool]
    uid: int
    hardening: Mapping[str, bool]
    requests: Mapping[str, int]
    refusals: Mapping[str, int]
    stopped: Stop | None = None
    drills_due: tuple[tuple[int, str], ...] = ()


def reported(head: Json) -> ServiceReport:
    """The report in the head of a status."""
    return ServiceReport(
        mark=str(head["mark"]),
        driver=str(head["driver"]),
        inside={name: bool(so) for name, so in _numbers(head["inside"]).items()},
        uid=_number(head["uid"]),
        hardening={name: bool(reached) for name, reached in _numbers(head["hardening"]).items()},
        requests=_numbers(head["requests"]),
        refusals=_numbers(head["refusals"]),
        stopped=Stop(**stopped) if isinstance(stopped := head["stopped"], dict) else None,
        drills_due=tuple((keys, day) for keys, day in due) if isinstance(due := head["drills_due"], list) else (),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _numbers(value: object) -> dict[str, int]:
    """A table of counts or flags."""
    return {str(name): number for name, number in value.items()} if isinstance(value, dict) else {}
