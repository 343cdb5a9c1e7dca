"""What an act on the line is called with: who acts, on what, and the card and the devices at the station."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from healthcard.card.host.ports import Transport
from healthcard.perso.upkeep.pin import PinPad
from healthcard.services.actor import Actor
from healthcard.services.errors import Invalid
from healthcard.services.line.devices import Device, Told
from healthcard.services.workshop import making
from healthcard.services.workshop.making import Workshop

Arguments = Mapping[str, object]
Result = dict[str, object]  # JSON-ready


class Devices(Protocol):
    """The devices at the station."""

    def take(self, device: Device) -> Told:
        """What one of them tells, waited for."""
        ...


class NoDevices:
    """A station that has none."""

    def take(self, device: Device) -> Told:
        """Nothing."""
        return Told(gone=f"this station has no {device.value}")


_NONE = NoDevices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One act. `shop` lends what making cards takes."""

    actor: Actor
    arguments: Arguments
    reader: Transport
    pad: PinPad
    devices: Devices = _NONE
    shop: Callable[[], AbstractContextManager[Workshop]] = making.workshop

    def number(self, name: str) -> int:
        """The argument `name`, a row's id; raises Invalid."""
        value = self.arguments.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Invalid(name, "应为正整数", f"{name} is the id of a row, a whole number from 1.")
        return value

    def text(self, name: str, *, longest: int = 200, otherwise: str | None = None) -> str:
        """The argument `name`, a text that is not blank; `otherwise` where it is not given. Raises Invalid."""
        value = self.arguments.get(name, otherwise)
        if value == otherwise and otherwise is not None:
            return otherwise
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise Invalid(name, "应为文字", f"{name} is a text of 1 to {longest} characters.")
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """The argument `name`, a list of texts; none where it is not given. Raises Invalid."""
        value = self.arguments.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Invalid(name, "应为文字列表", f"{name} is a list of texts.")
        return tuple(value)

    def flag(self, name: str) -> bool:
        """The argument `name`, true or false; false where it is not given. Raises Invalid."""
        value = self.arguments.get(name, False)
        if not isinstance(value, bool):
            raise Invalid(name, "应为是或否", f"{name} is true or false.")
        return value


Act = Callable[[Call], Result]


class Workshops:
    """Workshops that are lent out and kept: a shape of card once rehearsed need not be rehearsed anew."""

    def __init__(self) -> None:
        self._idle: list[tuple[Workshop, ExitStack]] = []

    @contextmanager
    def lent(self) -> Iterator[Workshop]:
        """One for the length of the block. After an error none is used again: key service or rack may be new ones."""
        shop, stack = self._idle.pop() if self._idle else _opened()
        try:
            with stack:
                yield shop
                self._idle.append((shop, stack.pop_all()))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give all connections back."""
        while self._idle:
            self._idle.pop()[1].close()


def _opened() -> tuple[Workshop, ExitStack]:
    with ExitStack() as stack:
        shop = stack.enter_context(making.workshop())
        return shop, stack.pop_all()
