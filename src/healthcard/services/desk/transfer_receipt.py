"""The receipt of a move of business data (第十二条第六项): card by card, file by file, what is on the new card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from healthcard.card.wire import layout
from healthcard.perso.upkeep import account
from healthcard.perso.upkeep.account import Left
from healthcard.perso.upkeep.business import BASIC, VISITS, Entry
from healthcard.services.desk.transfer_records import RecordsMoved, records_of
from healthcard.services.workshop import business_records
from healthcard.storage.models import Application, Card, Transfer

LOST, UNREADABLE = "lost", "unreadable"  # why a chip gave nothing; why a record was left: `perso.upkeep.account`
_HARMLESS = frozenset({account.SUPERSEDED, account.ERASED, account.CORRECTED})  # nothing is missing that counts
_INDEXES = frozenset({f"{VISITS}/EF05", f"{VISITS}/EF06"})

Rows = list[dict[str, object]]  # as a Transfer keeps them


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMoved:
    """So many records of one file; `digest` (64 hexadecimal digits) is SM3 over their sorted digests."""

    path: str
    zh: str
    count: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLeft:
    """Records that did not move; `count` None: nobody knows how many. `reason`: lost, unreadable, no_place ...

    `items`: of corrected ones which of the data catalogue the new card has as the record says.
    """

    path: str
    zh: str
    count: int | None
    reason: str
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReceipt:
    """What one card gave: `source` chip, none, or '' while it is neither read nor declared."""

    card: int
    issue_serial: str
    kind: str
    source: str
    items: int
    digest: str
    closed_at: datetime | None
    moved: tuple[FileMoved, ...]
    left: tuple[FileLeft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How far the move to a new card has come; `complete` when all that was to be moved is on it.

    `records` are what of the record followed, once the card was handed over.
    """

    application: int
    new_card: int | None
    complete: bool
    items: int
    sources: tuple[SourceReceipt, ...]
    records: tuple[RecordsMoved, ...] = ()


def files(entries: Iterable[Entry]) -> Rows:
    """Records by file, counted and hashed."""
    by_kind: dict[str, list[Entry]] = {}
    for entry in entries:
        by_kind.setdefault(account.kind(entry.path), []).append(entry)
    return [{"path": path, "count": len(row), "digest": account.digest(row).hex()} for path, row in by_kind.items()]


def files_left(left: Iterable[Left]) -> Rows:
    """Records that stay behind, by file and reason; of corrected ones the items too."""
    by_reason: dict[tuple[str, str], list[Entry]] = {}
    for each in left:
        by_reason.setdefault((account.kind(each.entry.path), each.reason), []).append(each.entry)
    return [
        {"path": path, "count": len(row), "reason": reason} | (_items(row) if reason == account.CORRECTED else {})
        for (path, reason), row in by_reason.items()
    ]


def _items(entries: Sequence[Entry]) -> dict[str, object]:
    """The items these records of one file hold; a record of a cyclic file holds them all."""
    numbers = {entry.number for entry in entries}
    items = layout.load("full").file(entries[0].path).items
    return {"items": sorted(item.no for item in items if item.record in numbers or item.record is None)}


def whole(card: Card, reason: str) -> Rows:
    """All that a chip which gives nothing may have held; what it held at first is known of temporary cards."""
    first = business_records.remembered(card)
    known = {row["path"]: row["count"] for row in files(first.entries)} if first else {}
    return [{"path": path, "count": known.get(path), "reason": reason} for path in _kinds(card.layout)]


def named(left: Iterable[Mapping[str, object]]) -> str:
    """In the words of a message what is not on the new card; '' when nothing is missing."""
    missing = [row for row in left if row["reason"] not in _HARMLESS]
    return "、".join(dict.fromkeys(_title(str(row["path"])) for row in missing))


def receipt_of(row: Application, sources: Sequence[Card]) -> Receipt:
    """The receipt of an application's move as it stands."""
    new = Card.objects.filter(application=row, kind="formal").order_by("-pk").first()
    rows = {each.old_card_id: each for each in Transfer.objects.filter(application=row, new_card=new)}
    told = tuple(_source(card, rows.get(card.pk)) for card in sources)
    complete = new is not None and all(each.closed_at for each in told)
    return Receipt(
        application=row.pk,
        new_card=new.pk if new else None,
        complete=complete,
        items=sum(each.items for each in told),
        sources=told,
        records=records_of(row),
    )


def _source(card: Card, row: Transfer | None) -> SourceReceipt:
    return SourceReceipt(
        card=card.pk,
        issue_serial=card.issue_serial,
        kind=card.kind,
        source=row.source if row else "",
        items=row.items if row else 0,
        digest=bytes(row.digest).hex() if row and row.digest else "",
        closed_at=row.closed_at if row else None,
        moved=tuple(FileMoved(zh=_title(each["path"]), **each) for each in row.files) if row else (),
        left=tuple(map(_left, row.not_transferable)) if row else (),
    )


def _left(told: Mapping[str, Any]) -> FileLeft:
    return FileLeft(
        path=told["path"],
        zh=_title(told["path"]),
        count=told["count"],
        reason=told["reason"],
        items=tuple(told.get("items", ())),
    )


def _kinds(shape: str) -> tuple[str, ...]:
    """The files of business data on a card of this layout, the visits' as one each."""
    paths = [file.path for file in layout.load(shape).files if file.directory in (BASIC, VISITS)]
    return tuple(dict.fromkeys(account.kind(path) for path in paths if path not in _INDEXES))


def _title(path: str) -> str:
    """The name of a file as the specification prints it."""
    every = layout.load("full").files
    return next((file.zh.rstrip("0123456789") for file in every if account.kind(file.path) == path), path)
