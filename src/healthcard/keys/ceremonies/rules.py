"""What every ceremony has to meet before it begins, each refusal with its article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from healthcard.keys.ceremonies.paper import Carrier, Ceremony, Custodian, Person
from healthcard.keys.ceremonies.register import DONE, Register
from healthcard.keys.errors import CeremonyRefused
from healthcard.keys.store import KeyStore

FEWEST_WITNESSES = 2
TAKING = frozenset({"receive", "transport_envelope"})  # these open carriers that others sealed
READING = frozenset({"drill", "restore"})  # these open carriers that were sealed before


def check(paper: Ceremony, store: KeyStore, register: Register, today: date, clerks: frozenset[str]) -> None:
    """Raise CeremonyRefused for the first rule that is not met."""
    objections = (
        _of_this_store(paper, store),
        _of_today(paper, today),
        _not_held_before(paper, register),
        _witnessed(paper),
        _one_role_each(paper),
        _no_clerk(paper, clerks),
        _carriers_differ(paper),
        _whole_paths(paper),
        _seals(paper, register),
    )
    for objection in objections:
        if objection:
            raise CeremonyRefused(f"{objection}. Nothing was done.", paper.row.article)


def roles(paper: Ceremony) -> Mapping[str, Sequence[Person]]:
    """Who takes part, by role."""
    found: dict[str, Sequence[Person]] = {"leader": [paper.leader], "witnesses": list(paper.witnesses)}
    for name, value in paper.values.items():
        people = _people(value)
        if people:
            found[name] = people
    return found


def carriers(paper: Ceremony) -> Sequence[Carrier]:
    """Every carrier that the ceremony writes or reads."""
    values = [one for value in paper.values.values() for one in (value if isinstance(value, tuple) else (value,))]
    return [
        one.carrier if isinstance(one, Custodian) else one for one in values if isinstance(one, Custodian | Carrier)
    ]


def _people(value: object) -> list[Person]:
    many = value if isinstance(value, tuple) else (value,)
    people = [one.person if isinstance(one, Custodian) else one for one in many]
    return [one for one in people if isinstance(one, Person)]


def _of_this_store(paper: Ceremony, store: KeyStore) -> str:
    if paper.store == store.mark:
        return ""
    return f"The ceremony is for a store marked {paper.store}, this one is marked {store.mark}"


def _of_today(paper: Ceremony, today: date) -> str:
    return "" if paper.day == today else f"The ceremony is for {paper.day}, today is {today}"


def _not_held_before(paper: Ceremony, register: Register) -> str:
    if paper.number not in register.numbers():
        return ""
    return f"Ceremony {paper.number} was begun before; one number is one ceremony"


def _witnessed(paper: Ceremony) -> str:
    count = len(paper.witnesses)
    return "" if count >= FEWEST_WITNESSES else f"A ceremony has {FEWEST_WITNESSES} witnesses at least, not {count}"


def _one_role_each(paper: Ceremony) -> str:
    counts = Counter(person.id for name, people in roles(paper).items() if name != "leaves" for person in people)
    for person, count in counts.items():
        if count > 1:
            return f"{person} has {count} parts in the ceremony; custody, operation and witness are different people"
    return ""


def _no_clerk(paper: Ceremony, clerks: frozenset[str]) -> str:
    keepers = {person.id for name in ("custodians", "parts") for person in roles(paper).get(name, ())}
    for person in sorted(keepers & clerks):
        return f"{person} works at a desk or a line; who keeps keys makes no cards and audits none"
    return ""


def _carriers_differ(paper: Ceremony) -> str:
    parts: tuple[tuple[str, Callable[[Carrier], str]], ...] = (
        ("carrier", lambda one: one.carrier),
        ("seal", lambda one: one.seal),
        ("file", lambda one: one.file),
    )
    for name, of in parts:
        twice = [value for value, count in Counter(of(one) for one in carriers(paper)).items() if count > 1]
        if twice:
            return f"The {name} {twice[0]} is named twice"
    return ""


def _whole_paths(paper: Ceremony) -> str:
    near = [one.file for one in carriers(paper) if not Path(one.file).is_absolute()]
    return f"The file on a carrier is named by its whole path; {near[0]} is none" if near else ""


def _seals(paper: Ceremony, register: Register) -> str:
    """A carrier that is opened has the seal it was given; one that is written has a seal nobody has seen."""
    known = sealed(register)
    for one in carriers(paper):
        if paper.kind in READING and known.get(one.carrier, one.seal) != one.seal:
            return f"Carrier {one.carrier} bears seal {one.seal}, and was sealed with {known[one.carrier]}: ask why"
        if paper.kind not in READING and one.seal in known.values() and paper.kind not in TAKING:
            return f"Seal {one.seal} was used before; a seal is used once"
    return ""


def sealed(register: Register) -> dict[str, str]:
    """The seal of every carrier that a ceremony of this store has written."""
    found: dict[str, str] = {}
    for line in register.lines:
        rows = line["carriers"]
        if line["phase"] == DONE and isinstance(rows, list):
            found |= {row["carrier"]: row["seal"] for row in rows}
    return found
