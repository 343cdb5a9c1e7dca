"""Fresh virtual chips for rehearsals, out of the rack."""

from __future__ import annotations

from healthcard.card.host.rack import RackChip, RackClient
from healthcard.card.os.products import PRODUCTS
from healthcard.keys.client import KeyClient


class RackBench:
    """A bench on one connection to the rack: the chip given last is thrown away when the next one is asked for."""

    def __init__(self, rack: RackClient, keys: KeyClient) -> None:
        self._rack = rack
        self._keys = keys
        self._envelopes: dict[str, bytes] = {}
        self._chip: RackChip | None = None

    def __call__(self, product: str, chip8: bytes) -> RackChip:
        """A blank chip of `product` with this CHIP8 (8 bytes)."""
        self.close()
        self._chip = self._rack.blank(product, chip8[-PRODUCTS[product].serial_length :], self.envelope(product))
        return self._chip

    def envelope(self, product: str) -> bytes:
        """The lot key of a product as the rack may open it."""
        if product not in self._envelopes:
            self._envelopes[product] = self._keys.factory_envelope(product)
        return self._envelopes[product]

    def close(self) -> None:
        """Throw the last chip away."""
        if self._chip is not None:
            self._chip.close()
            self._chip = None
