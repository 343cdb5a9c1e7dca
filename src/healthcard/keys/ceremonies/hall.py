"""A ceremony held: its rules asked, written down before it acts, done, written down again.

What can not be written down is not done. A refusal is written down too. What broke in the middle stays in the register
as begun, and the next ceremony says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from healthcard.keys.ceremonies import handing, keeping, roots, rules
from healthcard.keys.ceremonies.register import BEGUN, DONE, NAME, REFUSED, Outcome, Register
from healthcard.keys.ceremonies.sitting import Sitting
from healthcard.keys.errors import KeysError
from healthcard.keys.founding import service
from healthcard.keys.hierarchy import AUDIT
from healthcard.keys.store import KeyStore

ACTS: Mapping[str, Callable[[Sitting], Outcome]] = {
    act.__name__: act
    for act in (
        roots.root,
        roots.rotate,
        roots.sam,
        roots.compromise,
        roots.destroy,
        keeping.split,
        keeping.reshare,
        keeping.backup,
        keeping.drill,
        keeping.restore,
        keeping.officers,
        handing.provincial,
        handing.third,
        handing.receive,
        handing.transport,
        handing.transport_envelope,
    )
}


def register_of(store: KeyStore) -> Register:
    """The register beside a store, its lines signed with the store's audit key."""
    return Register(
        store.path.with_name(NAME), lambda message: store.driver.sign(store.get(service(AUDIT))[1], message)
    )


def hold(sitting: Sitting, now: datetime, *, clerks: frozenset[str] = frozenset()) -> Outcome:
    """Hold a ceremony; raises KeysError when it is refused, OSError when it can not be written down."""
    register = register_of(sitting.store)
    at, content = now.isoformat(timespec="seconds"), _content(sitting)
    try:
        rules.check(sitting.paper, sitting.store, register, now.date(), clerks)
        register.add(BEGUN, at, content)
        with sitting.store.attempt():
            outcome = ACTS[sitting.paper.kind](sitting)
            sitting.store.save()
    except KeysError as error:
        register.add(REFUSED, at, {**content, "refusal": str(error)})
        raise
    register.add(DONE, at, {**_content(sitting), **asdict(outcome)})
    return outcome


def _content(sitting: Sitting) -> dict[str, object]:
    paper, store = sitting.paper, sitting.store
    return {
        "kind": paper.kind,
        "number": paper.number,
        "store": paper.store,
        "file": paper.digest.hex(),
        "place": paper.place,
        "reason": paper.reason,
        "people": {role: [asdict(one) for one in people] for role, people in rules.roles(paper).items()},
        "carriers": [asdict(one) for one in rules.carriers(paper)],
        "signer": store.driver.public(store.get(service(AUDIT))[1]).hex(),
    }


def unfinished(store: KeyStore) -> tuple[str, ...]:
    """Numbers of ceremonies that were begun and never ended."""
    return register_of(store).open_ones()
