"""The worker: one loop over the table of tasks. A task that fails is told in the log and tried again when it is due.

A task that takes long is due again later than its period says, so that the others are not kept waiting by it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import close_old_connections

from healthcard.services.clock import rounds
from healthcard.services.figures import summary, uptime
from healthcard.services.institutions import delivery
from healthcard.services.trail import anchoring

log = logging.getLogger("healthcard.jobs")


SHARE = 20  # of the worker's time a task has at most one in so many parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do every `period` seconds, or as seldom as `SHARE` wants: `act` calls one service."""

    name: str
    period: float
    act: Callable[[], object]


TASKS: tuple[Task, ...] = (
    Task(name="anchors", period=anchoring.PERIOD, act=anchoring.anchor_now),
    Task(name="oral reports", period=30, act=rounds.lapse_oral_reports),
    Task(name="temporary cards", period=600, act=rounds.end_temporary_cards),
    Task(name="webhooks", period=2, act=delivery.deliver_due),
    Task(name="figures", period=summary.PERIOD, act=summary.renew),
    Task(name="uptime", period=uptime.PERIOD, act=uptime.look),
    Task(name="reminders", period=3600, act=rounds.remind),
)


def work(stopped: threading.Event, tasks: Sequence[Task] = TASKS) -> None:
    """Do each task at once and then when it is due, until `stopped`."""
    due = dict.fromkeys((task.name for task in tasks), time.monotonic())
    while not stopped.is_set():
        for task in tasks:
            if due[task.name] <= time.monotonic() and not stopped.is_set():
                begun = time.monotonic()
                _do(task)
                due[task.name] = max(begun + task.period, begun + (time.monotonic() - begun) * SHARE)
        stopped.wait(max(0.05, min(due.values(), default=time.monotonic() + 1) - time.monotonic()))


def _do(task: Task) -> None:
    """One round of a task on a database connection that stands."""
    close_old_connections()
    try:
        task.act()
    except Exception as error:  # noqa: BLE001 - one task must not keep the others from being done
        told = "The task %s failed and is tried again in %.0f s: %s"
        log.error(told, task.name, task.period, _told(error))  # noqa: TRY400 - a trace may quote people's data
    finally:
        close_old_connections()


def _told(error: Exception) -> str:
    """Our own sentences whole; of other errors the kind alone, for their words may quote people's data."""
    ours = type(error).__module__.startswith("healthcard.")
    return str(error) if ours else type(error).__name__
