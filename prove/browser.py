"""Every service of the counter from the search to its end on the screens, in a browser, with virtual cards through the
demo's station (tests/browser/walks.toml); cards pulled and put back, wrong ones, double clicks, rivals, reloads, ended
sessions; a damaged card replaced without the mouse. Afterwards checker and audit find nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

import by_keyboard
import walks
from crew import Crew
from served import Desks, Served, chromium, serving

from prove import Disproved, progress

PICTURES = os.environ.get("WALK_PICTURES", "")  # a folder for pictures of where a walk ended before its end
COUNTED = {  # what goes wrong on purpose, see the table
    "pull": "pulled",
    "wrong": "wrong",
    "double": "double_clicks",
    "reload": "reloads",
    "time-out": "ended_sessions",
    "rival": "rivals",
}
SERVICES = {act.get("take") or act.get("step") for row in walks.TABLE for act in row["act"]} - {None}
ONLY = os.environ.get("WALKS", "").split(",")  # words in the names of the walks to be walked; for whoever mends one


def prove() -> Iterator[str]:
    """A line for the keyboard, two of the checks, the last one with the counts."""
    with serving() as served, chromium() as browser:
        crew = Crew(desks=Desks(served=served, browser=browser))
        crew.seat("clerk")
        todo = {name: walk for name, walk in _walks(crew).items() if any(word in name for word in ONLY)}
        strayed = [told for name, walk in todo.items() if (told := _walked(crew, name, walk))]
        if board := crew.keyboards.get("clerk"):
            yield f"BROWSER without_the_mouse keys={board.pressed} pages={len(board.seen)}"
        yield from _checked(served)
        counts = " ".join(f"{name}={crew.counts[mishap]}" for mishap, name in COUNTED.items())
        yield f"BROWSER services={len(SERVICES)} walks={len(todo)} {counts} faults={len(strayed) + len(crew.faults)}"
        if strayed or crew.faults:
            raise Disproved(f"BROWSER {[*strayed, *crew.faults][:5]}")


def _walks(crew: Crew) -> dict[str, Callable[[], object]]:
    """All of them by their names."""
    found: dict[str, Callable[[], object]] = {
        str(row["service"]): partial(walks.play, crew, row) for row in walks.TABLE
    }
    return found | {"without the mouse": partial(by_keyboard.replaced, crew)}


def _walked(crew: Crew, service: str, walk: Callable[[], object]) -> str:
    """Where a walk ended before its end; '' = nowhere."""
    started, told = time.monotonic(), ""
    try:
        walk()
    except Exception as broken:  # noqa: BLE001 - the other services are walked all the same
        told = f"{service}: {broken}; {crew.shows()}"
        _pictured(crew, service)
    progress(f"{time.monotonic() - started:5.1f} s  {service} {told and 'STRAYED ' + told}")
    return told


def _pictured(crew: Crew, service: str) -> None:
    for role, watched in crew.watched.items() if PICTURES else ():
        watched.page.screenshot(path=f"{PICTURES}/{service.replace(' ', '-')}-{role}.png")


def _checked(served: Served) -> Iterator[str]:
    """What the checker and the audit say of all that."""
    for command in (("fsck",), ("audit", "verify")):
        status, said = served.server.told(*command)
        last = said.splitlines()[-1] if said else ""
        yield f"BROWSER {' '.join(command)}: {last}"
        if status:
            raise Disproved(f"BROWSER {' '.join(command)}: {said}")
