"""From a card image to the plan for one chip: the product's script file carried out on paper (第十一条).

The order is the shortest the layout allows: creating a file makes it current, so it is filled right away, and a SELECT
is needed only to come back to a parent that is to get another directory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from healthcard.card.host.pin import DIRECTORY as PIN_DIRECTORY
from healthcard.card.host.place import ROOT
from healthcard.card.host.ports import CardAddress
from healthcard.card.wire import layout as wire_layout
from healthcard.card.wire.apdu import LC_MAX, Command
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import Directory, File, Layout, Structure
from healthcard.keys.requests import PIN, KeyLoad
from healthcard.perso import program
from healthcard.perso.errors import BadPlan
from healthcard.perso.image import FRESH, CardImage, FileImage
from healthcard.perso.loads import directory_of, loads
from healthcard.perso.plan import Kind, Plan, Step
from healthcard.perso.products import DIRECTORY, Product

BY_NUMBER = 0x04  # P2 of UPDATE RECORD
APPEND = 0x03  # P2: previous of the first, which makes a new first record of a cyclic file
NO_KEY = b"\xff"  # maintenance byte of a file without secure messaging
_WITH_PIN = 0x10  # form byte: the update also needs the holder's PIN


def compile_plan(
    image: CardImage,
    product: Product,
    address: CardAddress,
    wrapped: Sequence[bytes],
    check_values: Mapping[str, bytes],
) -> Plan:
    """The plan that makes `image` on the chip of `address`.

    `wrapped` are the data fields for `loads.loads(...)` in that order, as the key service made them for this chip;
    `check_values` the key check values (3 bytes) it expects there. Raises BadPlan when they do not belong together.
    """
    wanted = loads(product, image.layout, image.keys, image.pin)
    if len(wrapped) != len(wanted) or set(check_values) != set(image.keys):
        raise BadPlan(f"{len(wanted)} loads are planned; {len(wrapped)} wrapped, {len(check_values)} check values came")
    fields = dict(zip(wanted, wrapped, strict=True))
    own = product.program != ()
    steps = program.steps(product, image, address, fields) if own else tuple(_steps(image, product, fields))
    return Plan(
        product=product,
        address=address,
        image=image,
        steps=steps,
        erasures=erasures(product, image.layout.name),
        check_values=tuple((name, check_values[name]) for name in image.keys),
    )


def content_steps(file: File, image: FileImage) -> Iterator[Step]:
    """What fills a file just created and selected; nothing where it already is as planned."""
    match file.structure:
        case Structure.VARIABLE:
            yield from (_record(file, number, record) for number, record in enumerate(image.records, 1))
        case Structure.FIXED:
            fresh = FRESH * file.record_size
            yield from (_record(file, n, record) for n, record in enumerate(image.records, 1) if record != fresh)
        case Structure.CYCLIC:
            yield from (_append(file, record) for record in reversed(image.records))
        case Structure.TRANSPARENT:
            yield from (_binary(file, at, image.content[at:end]) for at, end in parts(image.content))


def parts(content: bytes) -> Iterator[tuple[int, int]]:
    """The fewest pieces of at most 255 bytes, as (start, end), that cover all that is not as created."""
    at = 0
    while rest := content[at:].lstrip(FRESH):
        start = len(content) - len(rest)
        at = start + LC_MAX
        yield start, start + len(content[start:at].rstrip(FRESH))


def select(layout: Layout, path: str) -> Step:
    """Stand on the file or directory at `path`; its parent is current."""
    fid = layout.file(path).fid if "/" in path else layout.directory(path).fid
    return Step(
        kind=Kind.SELECT, path=path, act=f"select {path}", command=Command(cla=0, ins=0xA4, data=fid.to_bytes(2, "big"))
    )


@cache
def authenticate(product: Product) -> Step:
    """Gain the rights of personalisation with the transport key; the command is the header only."""
    return Step(
        kind=Kind.AUTHENTICATE,
        path=product.transport.directory,
        act="prove the transport key",
        command=Command(cla=0, ins=0x82, p2=product.transport.kid),
    )


@cache
def erasures(product: Product, layout_name: str) -> tuple[Step, ...]:
    """For each directory: erase what it holds, so that it can be built anew. None where the product cannot."""
    if product.erase is None:
        return ()
    command = product.erase.command()
    paths = [one.path for one in wire_layout.load(layout_name).directories if one.parent is not None]
    return tuple(
        Step(kind=Kind.ERASE, path=path, act=f"erase {path} if it must be built anew", command=command)
        for path in paths
    )


@cache
def end(product: Product) -> Step:
    """Close personalisation: from here on only the card's own keys open anything."""
    return Step(kind=Kind.END, path=ROOT, act="end personalisation", command=product.end.command())


@cache
def create(product: Product, layout_name: str, path: str) -> Step:
    """Create the file or directory at `path` in its parent, which is current."""
    layout = wire_layout.load(layout_name)
    if "/" in path:
        command = _create_file(product, layout, layout.file(path))
    else:
        command = _create_directory(product, layout.directory(path))
    return Step(kind=Kind.CREATE, path=path, act=f"create {path}", command=command)


def _steps(image: CardImage, product: Product, fields: Mapping[KeyLoad, bytes]) -> Iterator[Step]:
    layout = image.layout
    yield authenticate(product)
    here = ROOT
    for directory in layout.directories:
        if directory.parent is not None:
            if here != directory.parent:
                yield select(layout, directory.parent)
            yield create(product, layout.name, directory.path)
        here = directory.path
        yield from _load_steps(layout, here, fields)
        for file in layout.files:
            if file.directory == here:
                yield create(product, layout.name, file.path)
                yield from content_steps(file, image.file(file.path))
    yield end(product)


def _load_steps(layout: Layout, directory: str, fields: Mapping[KeyLoad, bytes]) -> Iterator[Step]:
    for load, data in fields.items():
        if directory_of(load.name, layout) == directory:
            cla, ins, p1, p2 = load.header[:4]
            command = Command(cla=cla, ins=ins, p1=p1, p2=p2, data=data)
            if load.name == PIN:
                yield Step(kind=Kind.PIN, path=PIN_DIRECTORY, act="load the initial PIN", command=command, key=PIN)
            else:
                yield Step(kind=Kind.KEY, path=directory, act=f"load {load.name}", command=command, key=load.name)


def _create_directory(product: Product, directory: Directory) -> Command:
    return product.create[DIRECTORY].command(
        fid=directory.fid.to_bytes(2, "big"), name=directory.name, type=bytes([product.codes.type[DIRECTORY]])
    )


def _create_file(product: Product, layout: Layout, file: File) -> Command:
    return product.create[file.structure.value].command(
        fid=file.fid.to_bytes(2, "big"),
        type=bytes([product.codes.type[file.structure.value]]),
        size=file.size.to_bytes(2, "big"),
        records=bytes([file.records]),
        record_size=bytes([file.record_size]),
        sfi=None if file.sfi is None else bytes([file.sfi]),
        access=_access(product, layout, file),
    )


def _access(product: Product, layout: Layout, file: File) -> bytes:
    """read, update, erase, maintain, form: one byte each."""

    def code(name: str) -> int:
        fixed = product.codes.access.get(name)
        return layout.key(name).kid if fixed is None else fixed

    form = product.codes.form[file.form.value] | (_WITH_PIN if file.path in FACTS.pin_lock_stops else 0)
    maintain = NO_KEY if file.maintain is None else bytes([code(file.maintain)])
    return bytes([code(file.read), code(file.update), code(file.erase)]) + maintain + bytes([form])


def _record(file: File, number: int, record: bytes) -> Step:
    return Step(
        kind=Kind.RECORD,
        path=file.path,
        act=f"write record {number} of {file.path}",
        command=Command(cla=0, ins=0xDC, p1=number, p2=BY_NUMBER, data=record),
        number=number,
        data=record,
    )


def _append(file: File, record: bytes) -> Step:
    return Step(
        kind=Kind.APPEND,
        path=file.path,
        act=f"append a record to {file.path}",
        command=Command(cla=0, ins=0xDC, p2=APPEND, data=record),
        data=record,
    )


def _binary(file: File, at: int, data: bytes) -> Step:
    return Step(
        kind=Kind.BINARY,
        path=file.path,
        act=f"write {len(data)} bytes at {at} of {file.path}",
        command=Command(cla=0, ins=0xD6, p1=at >> 8, p2=at & 0xFF, data=data),
        number=at,
        data=data,
    )
