"""A plan: the steps that turn one blank chip into one resident's card, in their order.

Steps carry the bytes to send; words about them carry neither personal data nor keys. Authentication is the one step
whose bytes are not known before: the chip's challenge makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from healthcard.card.host.ports import CardAddress
from healthcard.card.wire.apdu import Command
from healthcard.perso.digest import sm3
from healthcard.perso.image import CardImage
from healthcard.perso.journal import Intent
from healthcard.perso.products import Product

CHECK_VALUE = 3  # bytes of a key check value


class Kind(StrEnum):
    """What a step does to the chip."""

    AUTHENTICATE = "authenticate"  # gains the rights of personalisation with the transport key
    SELECT = "select"
    CREATE = "create"  # a directory or a file; it becomes the current one
    KEY = "key"
    PIN = "pin"
    RECORD = "record"
    BINARY = "binary"
    APPEND = "append"
    ERASE = "erase"  # all a directory holds: not part of making a card, kept for one that has to be built anew
    END = "end"


_SILENT = frozenset({Kind.AUTHENTICATE, Kind.SELECT})
_CHECKPOINTS = frozenset({Kind.KEY, Kind.PIN, Kind.END})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `path` is the file or directory it acts on; `key` names the key of a KEY step; `number` is the record
    of a RECORD step, the offset of a BINARY step; `data` what a content step writes there.
    """

    kind: Kind
    path: str
    act: str
    command: Command = field(repr=False)
    key: str = ""
    number: int = 0
    data: bytes = field(default=b"", repr=False)

    @property
    def writing(self) -> bool:
        """Whether it writes to the chip: it then has an intent in the journal."""
        return self.kind not in _SILENT

    @property
    def checkpoint(self) -> bool:
        """Whether outcomes so far are committed to the journal after it."""
        return self.kind in _CHECKPOINTS

    @property
    def apdus(self) -> int:
        """How many commands it takes: an authentication asks for a challenge first."""
        return 2 if self.kind is Kind.AUTHENTICATE else 1

    def sealed(self) -> bytes:
        """What a digest covers: all of the step, a key load by its name and header only (a PIN is new each time)."""
        loading = self.kind in (Kind.KEY, Kind.PIN)
        sent = self.command.header if loading else self.command.encode()
        return b"\x00".join((self.kind.encode(), self.path.encode(), self.key.encode(), sent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps for one chip. `check_values` are the key check values (3 bytes) the chip must show, by key name.

    `erasures` are no part of the way: they stand ready, one for each directory, where the product can erase one.
    """

    product: Product = field(repr=False)
    address: CardAddress
    image: CardImage = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    erasures: tuple[Step, ...] = field(default=(), repr=False)
    check_values: tuple[tuple[str, bytes], ...] = field(repr=False)

    @property
    def apdus(self) -> int:
        """Commands the plan sends."""
        return sum(step.apdus for step in self.steps)

    @property
    def size(self) -> int:
        """Bytes of these commands; an authentication counts as GET CHALLENGE and 22 bytes."""
        return sum(_size(step) for step in self.steps)

    @property
    def seal(self) -> bytes:
        """SM3 over the check values: who has no key cannot guess contents from the digests that it goes into."""
        return sm3(*(name.encode() + value for name, value in self.check_values))

    @property
    def digest(self) -> bytes:
        """SM3 (32 bytes) of the whole plan: the same whenever the same card is planned for the same chip."""
        head = f"{self.product.name}|{self.address.version}".encode()
        where = self.address.chip + self.address.city
        steps = (sm3(step.sealed()) for step in self.steps + self.erasures)
        return sm3(self.seal, head, where, self.image.digest, *steps)

    @property
    def shape(self) -> bytes:
        """SM3 over what all cards of a product and an application share: files, access conditions, key headers."""
        common = (Kind.CREATE, Kind.KEY, Kind.PIN, Kind.END)
        return sm3(self.product.name.encode(), *(sm3(step.sealed()) for step in self.steps if step.kind in common))

    def intents(self) -> Iterator[Intent]:
        """One for each writing step, then for each erasure; its digest is SM3 over the seal, the place and the step."""
        seal = self.seal
        for index, step in enumerate(self.steps + self.erasures):
            if step.writing:
                digest = sm3(seal, index.to_bytes(4, "big"), step.sealed())
                standby = index >= len(self.steps)
                yield Intent(index=index, act=step.act, path=step.path, digest=digest, standby=standby)


def _size(step: Step) -> int:
    challenge_and_proof = 5 + 22
    return challenge_and_proof if step.kind is Kind.AUTHENTICATE else len(step.command.encode())
