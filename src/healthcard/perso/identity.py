"""Whether the chip in a reader is the one that is meant: its product and its answer to reset."""

from __future__ import annotations

from healthcard.card.host.ports import CardAddress, Transport
from healthcard.card.wire.errors import UnknownCard
from healthcard.perso.errors import BlockedCard
from healthcard.perso.products import Product, products, recognise


def stranger(transport: Transport, product: Product, address: CardAddress) -> str:
    """Why the chip in the reader is not the one of `address` ('' = it is). Resets it; writes nothing.

    A chip blocked for ever tells no more than its answer to reset: that one counts then.
    """
    filed = {**products(), product.name: product}
    try:
        found = recognise(transport, filed.values())
    except BlockedCard as error:
        return "" if error.answer.chip8(product.factor) == address.chip else str(error)
    except UnknownCard as error:
        return str(error)
    if found.product.name != product.name:
        return f"the plan is for a chip of {product.name}, this is one of {found.product.name}"
    if found.chip8 != address.chip:
        return "this is another chip than the planned one: its answer to reset differs"
    return ""
