"""The receipt of a move of business data (第十二条第六项): card by card, file by file, what is on the new card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from healthcard.card.wire import layout
from healthcard.perso.upkeep import account
from healthcard.perso.upkeep.account import Left
from healthcard.perso.upkeep.business import BASIC, VISITS, Entry
from healthcard.services.desk.transfer_records import RecordsMoved, records_of
from healthcard.services.workshop import business_records
from healthcard.storage.models import Application, Card, Transfer

LOST, UNREADABLE = "lost", "unreadable"  # why a chip gave nothing; why a record was left: `perso.upkeep.account`
_HARMLESS = frozenset({account.SUPERSEDED, account.ERASED})  # nothing is missing that counts
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
    """Records that did not move; `count` None: nobody knows how many. `reason`: lost, unreadable, no_place ..."""

    path: str
    zh: str
    count: int | None
    reason: str


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
    """Records that stay behind, by file and reason."""
    counts: dict[tuple[str, str], int] = {}
    for each in left:
        key = account.kind(each.entry.path), each.reason
        counts[key] = counts.get(key, 0) + 1
    return [{"path": path, "count": count, "reason": reason} for (path, reason), count in counts.items()]


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
        left=tuple(FileLeft(zh=_title(each["path"]), **each) for each in row.not_transferable) if row else (),
    )


def _kinds(shape: str) -> tuple[str, ...]:
    """The files of business data on a card of this layout, the visits' as one each."""
    paths = [file.path for file in layout.load(shape).files if file.directory in (BASIC, VISITS)]
    return tuple(dict.fromkeys(account.kind(path) for path in paths if path not in _INDEXES))


def _title(path: str) -> str:
    """The name of a file as the specification prints it."""
    every = layout.load("full").files
    return next((file.zh.rstrip("0123456789") for file in every if account.kind(file.path) == path), path)
