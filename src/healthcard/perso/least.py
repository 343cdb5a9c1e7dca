"""The least a card can cost: commands and bytes that no compiler can save, counted from layout and image alone."""

from __future__ import annotations

from dataclasses import dataclass

from healthcard.card.wire.apdu import HEADER, LC_MAX
from healthcard.card.wire.layout import Layout, Structure
from healthcard.perso.image import FRESH, CardImage, FileImage
from healthcard.perso.loads import loads
from healthcard.perso.products import Product
from healthcard.perso.script import create

CHALLENGE = HEADER + 1  # GET CHALLENGE: header and Le
PROOF = HEADER + 1 + 17  # EXTERNAL AUTHENTICATE
SELECT = HEADER + 1 + 2
LC = HEADER + 1
ACCESS = 5 + 1  # access conditions and form, structure
FIGURES = {Structure.TRANSPARENT: 2, Structure.FIXED: 2, Structure.CYCLIC: 2, Structure.VARIABLE: 3}


@dataclass(frozen=True, slots=True)
class Least:
    """Commands and their bytes."""

    apdus: int
    bytes: int


def least(image: CardImage, product: Product) -> Least:
    """What making this card takes at the very least.

    Once: challenge and proof of the transport key, the end. Each: directory, file, key, PIN, record, 255 bytes that
    are not as created; a SELECT for every directory that is not its parent's first. A creation takes what the COS
    wants to be told, or, for a product with a program of its own, the figures no COS can do without.
    """
    layout = image.layout
    made = [one for one in layout.directories if one.parent is not None]
    back = len(made) - len({one.parent for one in made})
    wanted = loads(product, layout, image.keys, image.pin)
    contents = [_content(file) for file in image.files]
    apdus = 3 + len(made) + back + len(layout.files) + len(wanted) + sum(one.apdus for one in contents)
    size = CHALLENGE + PROOF + HEADER + back * SELECT + _creation(layout, product) + sum(one.bytes for one in contents)
    return Least(apdus, size + sum(LC + load.header[-1] for load in wanted))


def _content(file: FileImage) -> Least:
    if file.structure is Structure.TRANSPARENT:
        written = len(file.content) - file.content.count(FRESH)
        pieces = -(-written // LC_MAX)
        return Least(pieces, written + LC * pieces)
    records = [record for record in file.records if file.structure is not Structure.FIXED or record.strip(FRESH)]
    return Least(len(records), sum(LC + len(record) for record in records))


def _creation(layout: Layout, product: Product) -> int:
    if not product.program:
        paths = [one.path for one in layout.directories if one.parent is not None] + [one.path for one in layout.files]
        return sum(len(create(product, layout.name, path).command.encode()) for path in paths)
    directories = sum(LC + len(one.name) for one in layout.directories if one.parent is not None)
    return directories + sum(LC + ACCESS + FIGURES[file.structure] for file in layout.files)
