"""An act on the card in the reader of the clerk's desk: begun at the screen, carried by his station, watched here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from healthcard.domain.articles import cited
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import NotAllowed
from healthcard.services.actor import Actor
from healthcard.services.desk import stations
from healthcard.services.errors import Conflict, Invalid, NotFound, Refused, ServiceError
from healthcard.services.line.client import line
from healthcard.services.line.devices import Device
from healthcard.services.line.failures import ActBroken, Json, LineGone

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
AGAIN: Final[Mapping[str, str]] = {"personalise": "settle making"}  # acts that go on under another name
SIGNATURE: Final = "signature"
REFUSED: Final = ("refused", "refused chip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How an act on a card stands. `done` of `total` writing steps; `again`: the act that goes on where it stopped.

    `wants` is what it waits for: station, reader, card, one card, free reader, or a device by its name
    (services/line/devices.py). `about` is what it is about.
    `result` is what the act told (state done, or failed with an outcome); see docs/card-session.md.
    """

    state: str
    words_zh: str
    words_en: str
    done: int = 0
    total: int = 0
    act: str = ""
    again: str = ""
    wants: str = ""
    about: Mapping[str, int] = field(default_factory=dict)
    result: Mapping[str, object] | None = field(default=None, repr=False)


def start(actor: Actor, act: str, arguments: Mapping[str, object]) -> str:
    """Begin `act` (services/line/acts.py) on the card in the actor's reader; the id to watch it by.

    The same act with the same arguments, begun twice, is one. An argument `signature` names the session in which the
    signature pad was asked. Raises Refused where he sits at no station, it is at work on another card, or nothing was
    signed; NotFound for an act nobody knows.
    """
    stations.office(actor)
    signed = {name: _signature(actor, str(text)) for name, text in arguments.items() if name == SIGNATURE}
    return _begun(actor, lambda station: line().open_at(actor, station, act, {**arguments, **signed}))


def taken(actor: Actor, session: str, device: Device) -> Mapping[str, str]:
    """What a device told in a session of the actor's, texts by name; raises Refused where it told nothing."""
    at = progress(actor, session)
    result = at.result or {}
    told = result.get("told")
    if at.state != DONE or result.get("device") != device or not isinstance(told, dict):
        raise refused("nothing taken")
    return told


def again(actor: Actor, session: str) -> str:
    """Go on where that act stopped, with what it was begun with; the id of the new one.

    Raises NotFound where nobody remembers it any more (begin it anew then), and as `start`.
    """
    stations.office(actor)
    act = progress(actor, session).again
    return _begun(actor, lambda station: line().again(actor, session, station, act))


def progress(actor: Actor, session: str) -> Progress:
    """How it stands; never raises for what became of the act itself."""
    stations.office(actor)
    try:
        return _told(line().watched(actor, session))
    except LineGone:
        return _progress(WAITING, "silent")
    except NotFound:
        return _progress(FAILED, "lost")


def running(actor: Actor) -> str | None:
    """The act under way at the actor's station which he began, for a page that was loaded anew."""
    stations.office(actor)
    mine = stations.mine(actor)
    try:
        return None if mine is None else line().at(actor, mine.pk)
    except LineGone:
        return None


def forget(actor: Actor, session: str) -> None:
    """Keep nothing of what came of an act that has ended; nothing happens where nobody remembers it."""
    stations.office(actor)
    try:
        line().forget(actor, session)
    except NotFound:
        return


def stop(actor: Actor, session: str) -> None:
    """Give it up: for the act the card is gone, and what was written stands in the journal. Raises NotFound."""
    stations.office(actor)
    line().stop(actor, session)


def refused(name: str) -> Refused:
    """The refusal of that name in the table of words: what stands against it, then what to do."""
    words = _words()[name]
    zh, _, advice_zh = words["zh"].partition("。")
    en, _, advice_en = words["en"].partition(": ")
    return Refused(
        rule=name.replace(" ", "_"),
        article="own",
        zh=zh,
        en=en,
        advice_zh=advice_zh.removesuffix("。"),
        advice_en=advice_en.removesuffix("."),
    )


def _signature(actor: Actor, session: str) -> str:
    return taken(actor, session, Device.SIGNATURE)["picture"]


def _begun(actor: Actor, begin: Callable[[int], Json]) -> str:
    stations.office(actor)
    mine = stations.mine(actor)
    if mine is None:
        raise refused("no station")
    try:
        return str(begin(mine.pk)["session"])
    except Conflict as error:
        raise refused("station busy") from error


def _told(state: Json) -> Progress:
    act = str(state["act"])
    count: Json = {"act": act, "again": AGAIN.get(act, act), "done": state["done"], "total": state["total"]}
    count["about"] = state["about"]
    if state["state"] != "ended":
        return _under_way(state, count)
    if "error" in state:
        return _failed(state["error"], count)
    result = state.get("result") or {}
    outcome = str(result.get("outcome", "finished"))
    if outcome == "finished":
        return _progress(DONE, "done device" if "device" in result else "done", result=result, **count)
    name = "refused" if outcome in REFUSED else outcome
    return _progress(FAILED, name, reason=str(result.get("reason", "")), result=result, **count)


def _under_way(state: Json, count: Json) -> Progress:
    if not state["carried"]:
        wants, _, device = (state["wants"] or "station").partition("device ")
        if device:
            return _progress(WAITING, "waiting device", device=device, wants=device, **count)
        return _progress(WAITING, f"waiting {wants}", wants=wants, **count)
    kind = state["step"]["kind"] if state["state"] == "step" else ""
    if kind in set(Device):
        return _progress(RUNNING, f"running {kind}", wants=kind, **count)
    return _progress(RUNNING, "running write" if count["total"] else "running read", **count)


def _failed(error: Exception, count: Json) -> Progress:
    """The refusal in its own words, both languages where it has them."""
    match error:
        case Refused():
            zh, en = f"{error.zh} {error.advice_zh}", f"{error} {error.advice_en}"
        case TransitionRefused():
            guard = error.guard
            zh = f"{guard.zh}（{cited(guard.article, chinese=True)}） {guard.advice_zh}"
            en = f"{guard.en}: {guard.advice_en}"
        case Invalid() | Conflict():
            zh, en = error.zh, str(error)
        case ActBroken() | ServiceError() | NotAllowed():
            return _progress(FAILED, "broken", reason=str(error), **count)
        case _:
            return _progress(FAILED, "broken", **count)
    return Progress(state=FAILED, words_zh=zh.strip(), words_en=en.strip(), **count)


def _progress(state: str, name: str, *, reason: str = "", device: str = "", **rest: Any) -> Progress:
    words, named = _words()[name], _words().get(f"device {device}", {})
    places = {"done": rest.get("done", 0), "total": rest.get("total", 0), "reason": reason}
    return Progress(
        state=state,
        words_zh=words["zh"].format(device=named.get("zh", ""), **places).strip(),
        words_en=words["en"].format(device=named.get("en", ""), **places).strip(),
        **rest,
    )


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("healthcard.services.desk").joinpath("reader_acts.toml").read_text("utf-8"))
