"""Anchors of the audit: heads of its chains, signed and kept where whoever owns the database does not reach.

A file of lines that only grows, beside the key store. Each line holds the heads of all chains (chain, seq, SM3), the
cards that ended since the line before, SM3 of that line, and an SM2 signature over all of it. A chain never goes back
and never changes what it once was; after a restore a line says so, and from where it goes on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from healthcard.keys import certificates, disk
from healthcard.keys.errors import AnchorRefused, OutOfShape, StoreDamaged

log = logging.getLogger("healthcard.keys")
NAME = "anchors.log"
FIRST = bytes(32)  # what stands for the line before the first
SERIAL = 32  # digits: issuer code 22, issue serial 10
LONGEST_LINE = 1024 * 1024
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A chain's last entry: its number and hash (32 bytes)."""

    chain: int
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head as it was signed: when (UTC, ISO 8601) and the SM2 signature (64 bytes) over `message`."""

    head: Head
    at: str
    signature: bytes

    def message(self) -> bytes:
        """What is signed."""
        head = self.head
        return f"healthcard anchor|{head.chain}|{head.seq}|{head.hash.hex()}|{self.at}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Entries of a chain that a restore has taken away: those after `since` up to `until`, the last one anchored."""

    chain: int
    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `signatures` are of the chains that moved; `ended` holds card serials of 32 digits."""

    at: str
    previous: bytes
    heads: tuple[Head, ...]
    signatures: Mapping[int, bytes] = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    reason: str = ""
    signature: bytes = b""

    def content(self) -> bytes:
        """What the line's own signature is made over."""
        return json.dumps(self._table(), sort_keys=True, separators=(",", ":")).encode()

    def encode(self) -> bytes:
        """The line as it lies in the file, without its end."""
        table = self._table() | {"signature": self.signature.hex()}
        return json.dumps(table, sort_keys=True, separators=(",", ":")).encode()

    def anchors(self) -> Iterator[Anchor]:
        """What was signed by this line."""
        for head in self.heads:
            if head.chain in self.signatures:
                yield Anchor(head=head, at=self.at, signature=self.signatures[head.chain])

    def _table(self) -> dict[str, object]:
        return {
            "at": self.at,
            "previous": self.previous.hex(),
            "heads": [[head.chain, head.seq, head.hash.hex()] for head in self.heads],
            "signatures": {str(chain): value.hex() for chain, value in self.signatures.items()},
            "ended": list(self.ended),
            "gaps": [[gap.chain, gap.since, gap.until] for gap in self.gaps],
            "reason": self.reason,
        }


def decode(text: bytes) -> Line:
    """A line of the file; raises StoreDamaged."""
    try:
        row = json.loads(text)
        return Line(
            at=row["at"],
            previous=bytes.fromhex(row["previous"]),
            heads=tuple(Head(chain=chain, seq=seq, hash=bytes.fromhex(value)) for chain, seq, value in row["heads"]),
            signatures={int(chain): bytes.fromhex(value) for chain, value in row["signatures"].items()},
            ended=tuple(row["ended"]),
            gaps=tuple(Gap(chain=chain, since=since, until=until) for chain, since, until in row["gaps"]),
            reason=row["reason"],
            signature=bytes.fromhex(row["signature"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreDamaged("A line of the anchors is not what was written. Restore them from their backup.") from None


def digest(line: bytes) -> bytes:
    """SM3 of a line without its end: what the next one names."""
    return hashlib.new("sm3", line).digest()


def read(lines: Iterable[bytes], public: bytes) -> Iterator[Line]:
    """The lines, each checked against the one before, the last one's signature by `public`; raises StoreDamaged."""
    previous, last = FIRST, None
    for number, text in enumerate(lines, 1):
        last = decode(text)
        if last.previous != previous:
            raise StoreDamaged(f"Line {number} of the anchors does not follow the one before: the file was altered.")
        if last.gaps and not certificates.signed(public, last.content(), last.signature):
            raise StoreDamaged(f"The signature of line {number} of the anchors does not fit: the file was altered.")
        previous = digest(text)
        yield last
    if last is not None and not certificates.signed(public, last.content(), last.signature):
        raise StoreDamaged("The signature of the last line of the anchors does not fit: the file was altered.")


def newest(line: bytes, public: bytes) -> Line | None:
    """The last line by itself, its signature checked by `public`; None for b''. Raises StoreDamaged."""
    if not line:
        return None
    last = decode(line)
    if not certificates.signed(public, last.content(), last.signature):
        raise StoreDamaged("The signature of the last line of the anchors does not fit: the file was altered.")
    return last


class AnchorFile:
    """The file of one key service, open for appending until the process ends. Threads may share it."""

    def __init__(self, path: Path) -> None:
        """Raises StoreDamaged, StoreRefused, OSError. A line that a crash left unfinished is cut off: nobody had it."""
        self._guard = threading.Lock()
        if path.exists():
            disk.check_private(path)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        disk.give_to_owner(path)
        self._size = self._whole_lines()
        last = self._last_line()
        self._previous = FIRST if last is None else digest(last)
        self._heads = {} if last is None else {head.chain: head for head in decode(last).heads}

    def append(self, heads: Sequence[Head], ended: Sequence[str], sign: Sign) -> tuple[Anchor, ...]:
        """Sign the heads that moved and keep them; what was signed. Raises AnchorRefused for one that went back."""
        with self._guard:
            for head in heads:
                self._check(head)
            moved = [head for head in heads if head.seq and self._heads.get(head.chain) != head]
            if not moved and not ended:
                return ()
            return self._add(moved, sign, ended=tuple(ended))

    def restored(self, heads: Sequence[Head], gaps: Sequence[Gap], reason: str, sign: Sign) -> tuple[Anchor, ...]:
        """Go on from the heads of a database restored from a backup: what was signed after it is lost, and said so."""
        with self._guard:
            log.critical("AUDIT: chains were taken back after a restore: chains=%d reason=%s", len(gaps), reason)
            return self._add(heads, sign, gaps=tuple(gaps), reason=reason)

    def part(self, offset: int, longest: int) -> bytes:
        """Whole lines from `offset` on, up to `longest` bytes together."""
        with self._guard:
            found = os.pread(self._file, min(longest, max(0, self._size - offset)), offset)
        return found[: found.rfind(b"\n") + 1]

    def newest(self) -> bytes:
        """The last line without its end; b'' where there is none."""
        with self._guard:
            return self._last_line() or b""

    def _add(
        self,
        moved: Sequence[Head],
        sign: Sign,
        *,
        ended: tuple[str, ...] = (),
        gaps: tuple[Gap, ...] = (),
        reason: str = "",
    ) -> tuple[Anchor, ...]:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        left = {chain: head for chain, head in self._heads.items() if chain not in {gap.chain for gap in gaps}}
        known = left | {head.chain: head for head in moved}
        unsigned = (Anchor(head=head, at=at, signature=b"") for head in moved)
        anchors = tuple(replace(anchor, signature=sign(anchor.message())) for anchor in unsigned)
        line = Line(
            at=at,
            previous=self._previous,
            heads=tuple(known.values()),
            signatures={anchor.head.chain: anchor.signature for anchor in anchors},
            ended=ended,
            gaps=gaps,
            reason=reason,
        )
        text = replace(line, signature=sign(line.content())).encode()
        self._write(text + b"\n")
        self._previous, self._heads = digest(text), known
        return anchors

    def _check(self, head: Head) -> None:
        known = self._heads.get(head.chain)
        if known is None or head.seq > known.seq or head == known:
            return
        log.critical("AUDIT: chain %d was changed or cut: anchored=%d shown=%d", head.chain, known.seq, head.seq)
        raise AnchorRefused(
            f"Chain {head.chain} of the audit was anchored at entry {known.seq} and is shown with "
            f"{'another entry' if head.seq == known.seq else 'its end'} at {head.seq}: it was changed, or the database "
            "is older than its anchors. Run `healthcard audit verify`."
        )

    def _write(self, data: bytes) -> None:
        """On the disk when this returns, or not at all."""
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)

    def _whole_lines(self) -> int:
        size = os.fstat(self._file).st_size
        start = max(0, size - LONGEST_LINE)
        tail = os.pread(self._file, LONGEST_LINE, start)
        whole = start + tail.rfind(b"\n") + 1
        if whole < size:
            os.ftruncate(self._file, whole)
            log.warning("The last line of the anchors was unfinished and is cut off.")
        return whole

    def _last_line(self) -> bytes | None:
        tail = os.pread(self._file, min(self._size, LONGEST_LINE), max(0, self._size - LONGEST_LINE))
        return tail[:-1].rpartition(b"\n")[2] or None


def serials(body: bytes) -> tuple[str, ...]:
    """Card serials as they travel: 32 digits each, one after the other. Raises OutOfShape."""
    if len(body) % SERIAL or not (body == b"" or body.isdigit()):
        raise OutOfShape(f"Ended cards are {SERIAL} digits each: issuer code and issue serial.")
    return tuple(body[at : at + SERIAL].decode() for at in range(0, len(body), SERIAL))
