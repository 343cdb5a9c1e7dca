"""What tells one COS product from another, as values read from `products/*.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from healthcard.card.wire import answer
from healthcard.card.wire.answer import FactorRule, Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One COS product.

    `contact` cards speak T=0 (61xx, 6Cxx, GET RESPONSE). `master_fci` tells whether the MF answers with its name,
    `proprietary` what follows the name in an FCI. `transport_kid` is the transport key's reference, valid in the MF
    alone when `transport_in_master`. Memory figures are bytes; `atomic` tells how a torn command ends.
    """

    name: str
    zh: str
    contact: bool
    chip_maker: bytes
    cos: bytes
    card_maker: bytes
    serial_length: int
    factor: FactorRule
    master_name: bytes
    master_fci: bool
    proprietary: bytes
    transport_kid: int
    transport_in_master: bool
    transport_tries: int
    keys_once: bool
    probe: bytes
    capacity: int
    atomic: bool
    directory_cost: int
    file_cost: int
    key_cost: int
    depth: int

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> Product:
        """One parsed file; a missing or unknown name raises KeyError or TypeError."""
        reset, select, transport = table["reset"], table["select"], table["transport"]
        return cls(
            name=table["name"],
            zh=table["zh"],
            contact=reset["contact"],
            chip_maker=bytes.fromhex(reset["chip_maker"]),
            cos=reset["cos"].encode("ascii"),
            card_maker=bytes.fromhex(reset["card_maker"]),
            serial_length=reset["serial_length"],
            factor=FactorRule(reset["factor"]),
            master_name=bytes.fromhex(select["master_name"]),
            master_fci=select["master_fci"],
            proprietary=bytes.fromhex(select["proprietary"]),
            transport_kid=transport["kid"],
            transport_in_master=transport["in_master"],
            transport_tries=transport["tries"],
            probe=table["probe"].encode("ascii"),
            **table["memory"],
        )

    def historical(self, serial: bytes) -> bytes:
        """The historical bytes of the chip with this serial: 8 contactless, 13 contact (card.md 4)."""
        return self.chip_maker + self.cos + self.card_maker + serial

    def answer_to_reset(self, serial: bytes) -> bytes:
        """The answer as a PC/SC reader shows it."""
        historical = self.historical(serial)
        return answer.contact(historical) if self.contact else answer.pcsc(historical)

    def chip8(self, serial: bytes) -> bytes:
        """The 8-byte chip factor of the chip with this serial."""
        form = Form.CONTACT if self.contact else Form.PCSC
        return answer.AnswerToReset(form, self.historical(serial), b"").chip8(self.factor)
