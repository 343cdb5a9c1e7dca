"""After a restore: the database is older than what the key service keeps of it. What ended stays ended (第十三条)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import QuerySet

from healthcard.domain.permissions import Permission
from healthcard.keys.anchors import Gap
from healthcard.services import actor, audit, scope
from healthcard.services.acting import act
from healthcard.services.desk import transfer
from healthcard.services.errors import Conflict
from healthcard.services.ports import key_service
from healthcard.services.trail import anchoring
from healthcard.services.trail.anchoring import Book
from healthcard.storage.models import Card, CardLife, Organisation

_OVER = ("ended", "scrapped")


def reapply() -> tuple[str, ...]:
    """End every card again that the key service knows as ended; their issue serials. To be called before serving.

    Where the chains are as long as they were anchored there is nothing to do, and nothing is asked but their heads.
    """
    with key_service() as keys:
        book = anchoring.book(keys)
    if not _behind(book):
        return ()
    return tuple(_end(serial) for serial in sorted(book.ended) if _lives(serial))


def is_behind() -> bool:
    """Whether the database is older than its anchors, or another."""
    with key_service() as keys:
        return _behind(anchoring.book(keys))


def acknowledge(reason: str, organisation: str = "") -> tuple[Gap, ...]:
    """Put on record that the chains go on from a restored state; the gaps. Raises Conflict when there are none.

    Each gap is from the last anchor that the database still agrees with to the last one that it lost.
    """
    if not reason.strip():
        raise Conflict(
            "请说明数据库为何早于锚点：原因永久保存。",
            "Say why the database is older than its anchors: the reason is kept for ever.",
        )
    who = actor.console(organisation)
    with key_service() as keys:
        gaps = tuple(_gaps(anchoring.book(keys)))
        if not gaps:
            raise Conflict(
                "数据库不早于锚点，无需确认。",
                "The database is not older than its anchors: there is nothing to acknowledge.",
            )
        with transaction.atomic():
            heads = [head for head in anchoring.chain_heads() if head.seq and head.chain in {gap.chain for gap in gaps}]
        told = keys.restored(heads, gaps, reason.strip())
        anchoring.keep(told)
    rows = [[gap.chain, gap.since, gap.until] for gap in gaps]
    with transaction.atomic():
        audit.write(
            actor=who, action="restore.acknowledge", operation=uuid4(), facts={"gaps": rows, "reason": reason.strip()}
        )
    return gaps


def _behind(book: Book) -> bool:
    """Whether a chain is shorter than it was when it was last anchored, or another."""
    return next(_gaps(book), None) is not None


def _gaps(book: Book) -> Iterator[Gap]:
    for chain, head in sorted(book.heads.items()):
        anchored = [seq for found, seq in book.anchors if found == chain]
        agreed = _agreed(book, chain, anchored)
        if anchored and max(anchored) > agreed:
            yield Gap(chain=chain, since=agreed, until=max(head.seq, *anchored))


def _agreed(book: Book, chain: int, anchored: list[int]) -> int:
    """The newest anchored entry that the database still has as it was; 0 for none. The newest is tried first."""
    with connection.cursor() as cursor:
        for seq in sorted(anchored, reverse=True):
            cursor.execute("SELECT hash FROM audit_entry WHERE chain = %s AND seq = %s", [chain, seq])
            row = cursor.fetchone()
            if row is not None and bytes(row[0]) == book.anchors[chain, seq].head.hash:
                return seq
    return 0


def _lives(serial: str) -> bool:
    """Whether the card of these 32 digits is on file and has not ended."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        return _named(serial).exclude(life__in=_OVER).exists()


def _named(serial: str) -> QuerySet[Card]:
    return Card.objects.filter(issuer_code=serial[:22], issue_serial=serial[22:])


def _end(serial: str) -> str:
    """The event by which a restored card ends again; one not made yet when the backup was taken is scrapped."""
    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        card = _named(serial).select_related("issuer__organisation").get()
        issuer: Organisation = card.issuer.organisation
    with act(actor.of_console(issuer, "restore"), Permission.CARD_SUPERVISE, "card.restored_end", card=card.pk) as now:
        if card.life == CardLife.PLANNED:
            Card.objects.filter(pk=card.pk).update(ended_because="it had ended after the backup that was restored")
            now.event(card.pk, "scrapped")
        else:
            if card.life == CardLife.MADE:
                transfer.drop(card)  # what was read for it is needed no more
            now.event(card.pk, "restored_end")
    return serial[22:]
