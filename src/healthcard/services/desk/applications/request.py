"""What a desk hands in when somebody applies, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """Who comes in the holder's stead: agent, guardian or relative. Shown to nobody who does not need it."""

    name: str = field(repr=False)
    document_kind: str
    document_number: str = field(repr=False)
    phone: str = field(default="", repr=False)
    relation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An application as a desk takes it. `kind` as in `storage.models.ApplicationKind`.

    `fields` are those of the kind's form which the desk enters (`domain.forms`), `presented` the documents laid before
    the clerk (names of `domain.evidence.PAPERS`): nothing is presented unless it is said. `identity` says how whoever
    came was verified (`VERIFICATIONS` there), `by` who came: holder, agent, guardian or relative. `fee` is
    quality or upgrade where a replacement is charged by that, `waiver` why nothing is paid.
    """

    kind: str
    resident: int
    fields: Mapping[str, object] = field(repr=False)
    presented: tuple[str, ...] = ()
    card: int | None = None
    parent: int | None = None
    by: str = "holder"
    delegate: Delegate | None = None
    channel: str = "counter"
    on_site: bool = False
    fee: str = ""
    waiver: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An application taken: `number` stands on the ticket, `due_on` is the last day to decide it.

    A `forwarded` one is decided and carried out by the person's home organisation.
    """

    id: int
    number: str
    accepted_at: datetime
    due_on: date
    fee_fen: int
    forwarded: bool = False
