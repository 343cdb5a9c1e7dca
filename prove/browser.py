"""Every service from search to hand-over on the screens, in a browser, with virtual cards through the demo's station;
a card pulled in the middle of its making and put back, and a card that is another's.
"""

from __future__ import annotations

from collections.abc import Iterator

import staging
from served import Desks, chromium, serving
from walk import ENDED, READER, Strayed, Walk

from prove import Disproved, progress

PHONE = "15412345678"
FIRST = {"phone": PHONE, "entitlement": "1", "consent": "yes"}
PULL = 37  # the command at which the card is pulled


def prove() -> Iterator[str]:
    """A line for the services, one for what goes wrong."""
    with serving() as served, chromium() as browser:
        walk = Walk.at(Desks(served=served, browser=browser))
        try:
            person = walk.find(served.do(staging.somebody)["document"])
            yield _services(walk, person)
            yield _mishaps(walk, served.do(staging.somebody)["document"])
        except Strayed as strayed:
            raise Disproved(f"BROWSER {strayed}") from strayed
        faults = [fault for each in walk.watched for fault in each.faults]
    if faults:
        raise Disproved(f"BROWSER {faults[:5]}")


def _services(walk: Walk, person: int) -> str:
    """What happens to one person's cards in their life."""
    serial = walk.finish(walk.apply(person, "first_issue", **FIRST))
    progress(f"issued {serial}")
    walk.finish(walk.apply(person, "loss", phone=PHONE, loss_reason="遗失"))
    walk.finish(walk.apply(person, "unloss", phone=PHONE, unloss_reason="找到"), serial)
    walk.finish(walk.apply(person, "unlock", phone=PHONE, lock_reason="忘记密码"), serial)
    change = {"changes__0__item": "本人电话1", "changes__0__new": "15412345679", "changes__0__reason": "换号"}
    walk.finish(walk.apply(person, "update", **change), serial)
    progress("loss, un-loss, unlock, update")
    walk.finish(walk.apply(person, "termination", phone=PHONE, reason="1", irrevocable="yes"), serial)
    return f"BROWSER services={len(walk.done)}: {' '.join(walk.done)}"


def _mishaps(walk: Walk, document: str) -> str:
    """A card pulled while it is made; another card than the one that is handed over."""
    person = walk.find(document)
    application = walk.apply(person, "first_issue", **FIRST)
    serial = ""
    while (step := walk.next(application)) != "hand-over":
        if step != "others":
            walk.do(step)
        elif not walk.approve(application):
            serial = walk.make(pull_after=PULL)
    walk.put(walk.clerk, staging.WRONG)
    walk.next(application)
    try:
        walk.do("hand-over")
    except Strayed:
        walk.clerk.wait_for_selector(ENDED, timeout=READER)
    else:
        raise Strayed("a card that belongs to somebody else was handed over")
    walk.put(walk.clerk, serial)
    walk.next(application)
    walk.do("hand-over")
    return f"BROWSER pulled_at={PULL} put_back=finished wrong_card=refused"
