"""The virtual user card: bytes in, bytes out, as a chip in a reader."""

from __future__ import annotations

import os
from collections.abc import Callable

from healthcard.card.os import snapshot
from healthcard.card.os.commands.table import commands_of, foreign
from healthcard.card.os.core import Core
from healthcard.card.os.files import MASTER_FID, Directory, Key, Usage
from healthcard.card.os.products import PRODUCTS
from healthcard.card.os.protocol import GET_RESPONSE, deliver, get_response, word
from healthcard.card.os.state import Persistent, Volatile
from healthcard.card.os.tear import Tear, TearMode
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.errors import BadCommand, CardGone
from healthcard.card.wire.facts import FACTS, Facts

Random = Callable[[int], bytes]
KEY_LENGTH = 16


class Chip:
    """One chip. It has no power until `reset`, and none after a tear until the next."""

    def __init__(self, persistent: Persistent, *, random: Random = os.urandom, facts: Facts = FACTS) -> None:
        """`random(n)` gives n bytes for challenges; `facts` are the assumed facts it works by."""
        volatile = Volatile.fresh(persistent.root)
        product = PRODUCTS[persistent.product]
        self._core = Core(product=product, facts=facts, random=random, persistent=persistent, volatile=volatile)
        self._table = commands_of(product.name)
        self._powered = False
        self._tear: Tear | None = None
        self._count = 0

    @property
    def product(self) -> str:
        """The name of its COS product."""
        return self._core.product.name

    @property
    def chip8(self) -> bytes:
        """The 8 bytes its keys are diversified by, by the product's rule."""
        return self._core.product.chip8(self._core.persistent.serial)

    @property
    def life(self) -> str:
        """The stage of its life: blank, created, personalised, in use, blocked."""
        return self._core.persistent.life.value

    @property
    def writes(self) -> int:
        """How many writes its memory has seen since it was made or restored: who keeps an image looks at it."""
        return self._core.journal.done

    def power_off(self) -> None:
        """Out of the reader: volatile state is gone, nothing answers until `reset`."""
        self._powered = False
        self._core.volatile = Volatile.fresh(self._core.persistent.root)

    def reset(self) -> bytes:
        """Power on, or again: the answer to reset as a PC/SC reader shows it. All volatile state is gone."""
        self._powered = True
        self._core.volatile = Volatile.fresh(self._core.persistent.root)
        return self._core.product.answer_to_reset(self._core.persistent.serial)

    def transmit(self, command: bytes) -> bytes:
        """Data and status word for any bytes; raises CardGone when the chip has no power or is torn now."""
        if not self._powered:
            raise CardGone("the chip has no power: reset it first")
        if self._tear is not None:
            self._count += 1
            if self._count == self._tear.at:
                self._lose_power(command, self._tear.mode)
        answer = self._answer(command)
        self._core.journal.commit()
        return answer

    def arm(self, tear: Tear | None) -> None:
        """Tear the chip once at the n-th command from now on; None disarms."""
        self._tear = tear
        self._count = 0

    def dump(self) -> bytes:
        """Its persistent state, for `restore`; the same state gives the same bytes. Holds keys: encrypt at rest."""
        return snapshot.freeze(self._core.persistent)

    def _lose_power(self, command: bytes, mode: TearMode) -> None:
        if mode is not TearMode.BEFORE:
            self._answer(command)
        if mode is TearMode.HALF:
            self._core.journal.tear(atomic=self._core.product.atomic)
        self._core.journal.commit()
        self._tear = None
        self.power_off()
        raise CardGone("the chip lost its power in the middle of a command")

    def _answer(self, raw: bytes) -> bytes:
        core = self._core
        if core.persistent.blocked:
            return word(Word.CARD_BLOCKED)
        try:
            command = Command.parse(raw)
            if core.product.contact and (command.cla, command.ins) == GET_RESPONSE:
                return get_response(core.volatile, command)
            core.volatile.waiting = b""
            return deliver(core, command, self._carry_out(command))
        except BadCommand:
            return word(Word.WRONG_LENGTH)
        except Denied as denied:
            return word(denied.sw)

    def _carry_out(self, command: Command) -> bytes:
        parse = self._table.get(command.cla << 8 | command.ins)
        if parse is None:
            raise Denied(foreign(self._table, command))
        request = parse(command)
        self._core.admit(request.act)
        return request.run(self._core)


def blank(
    product: str, serial: bytes, transport_key: bytes, *, random: Random = os.urandom, facts: Facts = FACTS
) -> Chip:
    """A new chip as the chip maker delivers it: the MF and the chip's own transport key (16 bytes).

    `serial` has 4 bytes (contactless) or 6 (contact). Raises ValueError naming what does not fit.
    """
    if product not in PRODUCTS:
        raise ValueError(f"no COS product {product!r} is on file: {', '.join(PRODUCTS)}")
    kind = PRODUCTS[product]
    if len(serial) != kind.serial_length or len(transport_key) != KEY_LENGTH:
        raise ValueError(f"{product}: a serial of {kind.serial_length} bytes and a key of {KEY_LENGTH} are needed")
    tries = kind.transport_tries
    transport = Key(value=transport_key, usage=Usage.TRANSPORT, version=facts.key_version, tries=tries, left=tries)
    root = Directory(fid=MASTER_FID, name=kind.master_name)
    persistent = Persistent(product=product, serial=serial, transport=transport, root=root)
    return Chip(persistent, random=random, facts=facts)


def restore(dump: bytes, *, random: Random = os.urandom, facts: Facts = FACTS) -> Chip:
    """The chip `dump` was taken of, without power; raises UnknownSnapshot for other bytes."""
    return Chip(snapshot.thaw(dump), random=random, facts=facts)
