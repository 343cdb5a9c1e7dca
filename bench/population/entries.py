"""The audit of the population: an entry for each act, its body as services write it, chained; in COPY's binary form."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bench.population.histories import Step

CHAINS: Final = 8
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - of PostgreSQL's binary timestamps
HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TAIL: Final = b"\xff\xff"
COLUMNS: Final = "chain, seq, operation, at, action, account, organisation, resident, card, body, previous, hash"
_ROW = struct.Struct(">hihiqi16siqi9siqiqiqiqi")  # a count of columns, then each with its length before it

Person = tuple[int, int, int, str]  # number, first card, desk, kind of life
Acts = Mapping[str, Mapping[int, Sequence[Step]]]  # by kind of life and act


@dataclass(slots=True, kw_only=True)
class Chain:
    """One chain: its entries are written in order, `seq` and `end` (32 bytes) are those of the last one.

    `beginning` is naive, as UTC: such ones are written faster.
    """

    number: int
    beginning: datetime
    tick: timedelta
    people: int  # of all chains: an act of everybody takes that many ticks
    seq: int = 0
    end: bytes = bytes(32)

    def rows(self, mine: Sequence[Person], acts: Acts) -> Iterator[bytes]:
        """Rows of `audit_entry`: one act of everybody of this chain, then the next."""
        for act in range(1 + max(max(each) for each in acts.values())):
            for person in mine:
                if steps := acts[person[3]].get(act):
                    yield self._entry(person, act, steps)

    def _entry(self, person: Person, act: int, steps: Sequence[Step]) -> bytes:
        number, first, desk, _ = person
        self.seq += 1
        operation = hashlib.md5(b"%d.%d" % (number, act), usedforsecurity=False)
        at = self.beginning + self.tick * (act * self.people + number)
        card = first + steps[0].card - 1
        told = ",".join(f'[{first + step.card - 1},{step.version},"{step.event}"]' for step in steps)
        body = (
            f'{{"action":"bench.act","article":"12","at":"{at.isoformat(timespec="microseconds")}Z",'
            f'"chain":{self.number},"facts":{{"events":[{told}]}},"operation":"{_uuid(operation.hexdigest())}",'
            f'"rule":"{steps[0].event}","seq":{self.seq},"who":{{"account":{desk},"address":"127.0.0.1","credential":null,'
            f'"organisation":{desk},"request":"{operation.hexdigest()}","terminal":"bench"}},'
            f'"whom":{{"application":null,"card":{card},"resident":{number}}}}}'
        ).encode()
        previous, self.end = self.end, hashlib.new("sm3", self.end + body).digest()
        micros = (at - _EPOCH) // timedelta(microseconds=1)
        fixed = (2, self.number, 8, self.seq, 16, operation.digest(), 8, micros, 9, b"bench.act")
        whom = (8, desk, 8, desk, 8, number, 8, card)  # the clerk of a desk has its number
        hashes = b"\0\0\0\x20" + previous + b"\0\0\0\x20" + self.end
        return _ROW.pack(12, *fixed, *whom, len(body)) + body + hashes


def _uuid(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
