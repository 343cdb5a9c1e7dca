"""What the key service is asked to wrap for a chip: one `KeyLoad` for each key of the application plan, and the PIN.

The same for all chips of a product, so a batch is one call; each chip then has one data field for each load.
"""

from __future__ import annotations

from functools import cache

from healthcard.card.host.pin import DIRECTORY as PIN_DIRECTORY
from healthcard.card.wire import layout as wire_layout
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import Key, Layout
from healthcard.keys.requests import PIN, KeyLoad
from healthcard.perso.products import LoadTemplate, Product
from healthcard.perso.template import Values

BLOCK = 16  # bytes of a cipher block
KEY_LENGTH = 16
PIN_LENGTH = 3  # bytes of BCD


def loads(product: Product, layout: Layout, keys: tuple[str, ...], pin: bool) -> tuple[KeyLoad, ...]:
    """The loads on a chip of `product`: the keys of an application plan in their order, then the PIN if it has one."""
    return _loads(product, layout.name, keys, pin)


@cache
def _loads(product: Product, layout: str, keys: tuple[str, ...], pin: bool) -> tuple[KeyLoad, ...]:
    table = wire_layout.load(layout)
    wanted = [_load(name, product.key, _key_values(product, table.key(name)), KEY_LENGTH) for name in keys]
    if pin:
        values = {"tries": bytes([FACTS.pin_tries]), "length": bytes([PIN_LENGTH])}
        wanted.append(_load(PIN, product.pin, values, PIN_LENGTH))
    return tuple(wanted)


def directory_of(name: str, layout: Layout) -> str:
    """The directory a key, or the PIN, is loaded into."""
    return PIN_DIRECTORY if name == PIN else layout.key(name).directory


def _key_values(product: Product, key: Key) -> Values:
    return {
        "kid": bytes([key.kid]),
        "usage": bytes([product.codes.usage[key.usage]]),
        "version": bytes([FACTS.key_version]),
        "tries": bytes([FACTS.key_tries]),
    }


def _load(name: str, template: LoadTemplate, values: Values, length: int) -> KeyLoad:
    clear, prefix = template.clear.fill(values), template.prefix.fill(values)
    enciphered = len(prefix) + length
    if template.padded:
        enciphered += BLOCK - enciphered % BLOCK
    lc = len(clear) + enciphered + FACTS.mac_length
    header = template.header.fill(values) + bytes([lc])
    return KeyLoad(name=name, header=header, clear=clear, prefix=prefix, padded=template.padded)
