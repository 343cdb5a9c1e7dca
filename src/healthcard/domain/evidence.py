"""What has to be shown at the desk: documents by act and by who comes, and how an identity was verified (核实).

Nothing is pre-ticked: the clerk marks each document he has seen, and what is missing is told by name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

_EVERY_ACT = "*"


class Presenter(StrEnum):
    """Who comes to the desk."""

    HOLDER = "holder"
    AGENT = "agent"
    GUARDIAN = "guardian"
    RELATIVE = "relative"


class PresenterRefused(ValueError):
    """An act that cannot be done by who has come."""

    def __init__(self, act: str, by: Presenter) -> None:
        """The rule is that of the act: an unlock, for example, is never done by an agent."""
        super().__init__(f"The act {act} cannot be done by the {by.value}: the holder, or who may act for him, comes.")
        self.act = act
        self.by = by


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One kind of document somebody may show."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing to be shown: any one of `papers`. `when`: fact -> values for which it holds."""

    act: str
    by: tuple[Presenter, ...]
    papers: tuple[str, ...]
    article: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: bool = False

    @property
    def zh(self) -> str:
        """What to show, in Chinese."""
        return "或".join(PAPERS[name].zh for name in self.papers)

    @property
    def en(self) -> str:
        """What to show, in English."""
        return " or ".join(PAPERS[name].en for name in self.papers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One way to verify who somebody is. A strong one serves every act, a weak one those it names."""

    name: str
    zh: str
    en: str
    strong: bool
    acts: tuple[str, ...] = ()


_TABLE = tomllib.loads(files("healthcard.domain").joinpath("tables", "documents_required.toml").read_text("utf-8"))
PAPERS: Mapping[str, Paper] = MappingProxyType(
    {name: Paper(name=name, **row) for name, row in _TABLE["document"].items()}
)
REQUIREMENTS = tuple(
    Requirement(
        act=row["act"],
        by=tuple(map(Presenter, row["by"])),
        papers=tuple(row["any"]),
        article=row["article"],
        when={fact: tuple(values) for fact, values in row.get("when", {}).items()},
        optional=row.get("optional", False),
    )
    for row in _TABLE["requirement"]
)
VERIFICATIONS: Mapping[str, Verification] = MappingProxyType(
    {
        name: Verification(name=name, acts=tuple(row.pop("acts", ())), **row)
        for name, row in _TABLE["verification"].items()
    }
)
ACTS = tuple(dict.fromkeys(row.act for row in REQUIREMENTS if row.act != _EVERY_ACT))


def required(act: str, by: Presenter | str, **facts: str) -> tuple[Requirement, ...]:
    """What `by` shows for `act`; `facts` are those the table asks for (reason, entitlement, temporary).

    Raises PresenterRefused when the act is not open to him, KeyError for an unknown act, ValueError for a presenter
    that does not exist.
    """
    if act not in ACTS:
        raise KeyError(act)
    presenter = Presenter(by)
    own = [row for row in REQUIREMENTS if row.act == act and presenter in row.by and _holds(row, facts)]
    if not any(not row.optional for row in own):
        raise PresenterRefused(act, presenter)
    return (*own, *(row for row in REQUIREMENTS if row.act == _EVERY_ACT and presenter in row.by))


def asked(act: str, by: Presenter | str) -> tuple[Requirement, ...]:
    """Everything `by` may have to show for `act`, whatever its facts turn out to be; nothing where it is not his."""
    presenter = Presenter(by)
    own = tuple(row for row in REQUIREMENTS if row.act == act and presenter in row.by)
    if all(row.optional for row in own):
        return ()
    return (*own, *(row for row in REQUIREMENTS if row.act == _EVERY_ACT and presenter in row.by))


def missing(act: str, by: Presenter | str, presented: Collection[str], **facts: str) -> tuple[Requirement, ...]:
    """The requirements that none of the `presented` documents (names of PAPERS) meets. Raises as `required`.

    A name that is no document raises KeyError: what is not on the list was not seen.
    """
    for name in presented:
        PAPERS[name]
    return tuple(
        row for row in required(act, by, **facts) if not row.optional and set(row.papers).isdisjoint(presented)
    )


def verifies(verification: str, act: str, by: Presenter | str = Presenter.HOLDER) -> bool:
    """Whether this way of verifying is enough for `act` done by `by`. Raises KeyError for an unknown way.

    Comparing documents of an absent holder is no way to verify the holder himself.
    """
    way = VERIFICATIONS[verification]
    if verification == "documents_of_absent" and by == Presenter.HOLDER:
        return False
    return way.strong or act in way.acts


def _holds(row: Requirement, facts: Mapping[str, str]) -> bool:
    return all(facts.get(fact) in values for fact, values in row.when.items())
