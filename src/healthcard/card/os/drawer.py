"""A drawer of virtual chips: blanks made to order, and chips that stay, each an image in the drawer's folder.

Chips on the table (ephemeral blanks) vanish when they are put down; chips with a name are in a slot, which is an image
file `<name>.img`, written back after every act that changed the chip.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from healthcard.card.os import chip as user_card
from healthcard.card.os import image, sam, vault
from healthcard.card.os.crypto import KeyInUse
from healthcard.card.os.image import SUFFIX, AnyChip, HeldImage
from healthcard.card.os.products import PRODUCTS
from healthcard.card.os.tear import Tear
from healthcard.card.wire.errors import CardError, CardGone

ENVELOPE_CONTEXT = b"healthcard transport key"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DONE, MORE = 0x90, 0x61  # first status bytes after which a run of commands goes on


class DrawerError(CardError):
    """The drawer refuses: no such chip, a name that is none, an envelope for something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A chip that stays: its name, whether somebody works with it, whether it was pulled out of its reader."""

    name: str
    in_use: bool
    pulled: bool


class Place:
    """A chip in somebody's hands."""

    def __init__(self, chip: AnyChip, held: HeldImage | None = None) -> None:
        self.chip = chip
        self.pulled = False
        self._held = held

    def reset(self) -> bytes:
        """Power cycle; the answer to reset."""
        self._need_reader()
        return self.chip.reset()

    def transmit(self, command: bytes) -> bytes:
        """One command; what it changed is in the image when the answer comes."""
        self._need_reader()
        try:
            return self.chip.transmit(command)
        finally:
            self._keep()

    def stretch(self, commands: Sequence[bytes]) -> tuple[list[bytes], bool]:
        """Commands until one fails; the answers so far (the failing one included) and whether the chip is still there.

        Failing is any status word but 9000 and 61xx.
        """
        self._need_reader()
        answers: list[bytes] = []
        try:
            for command in commands:
                answers.append(self.chip.transmit(command))  # one by one: those before a tear are still wanted
                if answers[-1][-2] != MORE and answers[-1][-2:] != b"\x90\x00":
                    break
        except CardGone:
            return answers, False
        finally:
            self._keep()
        return answers, True

    def arm(self, tear: Tear | None) -> None:
        """Tear the chip at a command to come; raises DrawerError for a SAM."""
        if isinstance(self.chip, sam.Sam):
            raise DrawerError("a SAM sits in its terminal: it is not torn")
        self.chip.arm(tear)

    def pull(self) -> None:
        """Out of the reader, power gone."""
        self.pulled = True
        self.chip.power_off()
        self._keep(durable=True)

    def put_down(self) -> None:
        """Power off; the image is on disk and free for others."""
        if self._held is None:
            self.chip.power_off()
        else:
            self._held.release()

    def _need_reader(self) -> None:
        if self.pulled:
            raise CardGone("the chip was pulled from its reader")

    def _keep(self, *, durable: bool = False) -> None:
        if self._held is not None:
            self._held.keep(durable=durable)


class Drawer:
    """All chips of one folder. One chip is in one pair of hands at a time."""

    def __init__(self, folder: Path) -> None:
        """Makes folder (0700) and vault key on first use."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._vault = vault.make(folder)
        self._open: dict[str, Place] = {}
        self._pulled: set[str] = set()

    def blank(self, product: str, serial: bytes, envelope: bytes, name: str | None = None) -> Place:
        """A new chip under the lot's transport key in `envelope`; with a `name` it stays in that slot."""
        chip = self._make(product, serial, self._lot_key(product, envelope))
        if name is None:
            return Place(chip)
        path = self._path(name)
        if path.exists():
            raise DrawerError(f"the slot {name} holds a chip already")
        image.save(path, chip)
        return self.open(name)

    def open(self, name: str) -> Place:
        """Take the chip in slot `name`; raises DrawerError, ImageError, and CardGone while it is pulled."""
        path = self._path(name)
        if name in self._open:
            raise DrawerError(f"somebody works with the chip in slot {name}")
        if name in self._pulled:
            raise CardGone(f"the chip of slot {name} was pulled: insert it first")
        held = HeldImage(path)
        self._open[name] = Place(held.chip, held)
        return self._open[name]

    def put_down(self, place: Place) -> None:
        """Give a chip back."""
        for name in [name for name, other in self._open.items() if other is place]:
            del self._open[name]
        place.put_down()

    def remove(self, name: str) -> None:
        """Pull the chip out of slot `name`, whoever works with it: for him it is gone. Its image stays."""
        self._existing(name)
        self._pulled.add(name)
        if name in self._open:
            self._open[name].pull()

    def insert(self, name: str) -> None:
        """Put a pulled chip back; whoever worked with it must reset it."""
        self._existing(name)
        self._pulled.discard(name)
        if name in self._open:
            self._open[name].pulled = False

    def slots(self) -> list[Slot]:
        """All chips that stay, by name."""
        names = sorted(path.stem for path in self._folder.glob(f"*{SUFFIX}") if NAME.fullmatch(path.stem))
        return [Slot(name=name, in_use=name in self._open, pulled=name in self._pulled) for name in names]

    def close(self) -> None:
        """Put down everything that stays, whoever holds it."""
        while self._open:
            _, place = self._open.popitem()
            place.put_down()

    def _make(self, product: str, serial: bytes, lot: tuple[bytes, bool]) -> AnyChip:
        key, diversified = lot
        try:
            if product == sam.Sam.product:
                return sam.blank(serial, KeyInUse(key).derived(sam.chip8(serial)) if diversified else key)
            chip8 = PRODUCTS[product].chip8(serial)
            return user_card.blank(product, serial, KeyInUse(key).derived(chip8) if diversified else key)
        except (KeyError, ValueError) as error:
            raise DrawerError(f"no blank {product}: {error}") from None

    def _lot_key(self, product: str, envelope: bytes) -> tuple[bytes, bool]:
        """The transport key of the lot, and whether each chip has its own one derived from it."""
        try:
            table = json.loads(self._vault.open_envelope(envelope, ENVELOPE_CONTEXT))
            named, key, diversified = table["product"], bytes.fromhex(table["key"]), bool(table["diversified"])
        except (ValueError, KeyError, TypeError):
            raise DrawerError("the envelope holds no transport key") from None
        if named != product:
            raise DrawerError(f"the transport key in the envelope is for {named}, not for {product}")
        return key, diversified

    def _existing(self, name: str) -> None:
        if not self._path(name).exists():
            raise DrawerError(f"there is no chip in slot {name}")

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise DrawerError("a slot is named by 1 to 64 letters, digits, dots, dashes and underscores")
        return self._folder / f"{name}{SUFFIX}"
