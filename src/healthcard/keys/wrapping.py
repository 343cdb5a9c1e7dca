"""The data fields of a whole batch at once: keys enciphered and MACed under transport keys (KeyLoad).

All chips have the same fields in the same lengths, so a batch is a table with a row for each chip. Columns move for
all rows together; each row is enciphered in one call, and its MACs advance side by side, one block in a call. That
makes the cost of a chip a handful of calls instead of several for every key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from healthcard.keys.blocks import Encipher, Grid, padding

MAC = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A field before its encipherment: `values` one after the other for all chips, `width` bytes each."""

    header: bytes
    clear: bytes
    prefix: bytes
    padded: bool
    values: bytes
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """The lengths of a field, in bytes; `steps` counts the blocks of its MAC input."""

    field: Plain
    filler: bytes
    enciphered: int
    tail: bytes
    steps: int

    @property
    def total(self) -> int:
        return len(self.field.clear) + self.enciphered + MAC


def wrap(fields: Sequence[Plain], count: int, block: int, machines: Callable[[int], Encipher]) -> bytes:
    """All data fields of `count` chips, chip after chip; `machines(n)` enciphers under the n-th transport key.

    Raises ValueError for a field whose prefix, value and padding make no whole blocks.
    """
    shapes = [_shape(field, block) for field in fields]
    keys = [machines(index) for index in range(count)]
    enciphered = _encipher(shapes, count, keys)
    macs = _macs(shapes, enciphered, count, block, keys)
    return _assemble(shapes, enciphered, macs, count)


def _shape(field: Plain, block: int) -> _Shape:
    body = len(field.prefix) + field.width
    filler = padding(body, block) if field.padded else b""
    if (body + len(filler)) % block:
        raise ValueError(f"{body} bytes make no whole blocks of {block} without padding")
    message = len(field.header) + len(field.clear) + body + len(filler)
    tail = padding(message, block)
    return _Shape(
        field=field,
        filler=filler,
        enciphered=body + len(filler),
        tail=tail,
        steps=(message + len(tail)) // block,
    )


def _offsets(sizes: Sequence[int]) -> list[int]:
    return [0, *accumulate(sizes)][:-1]


def _encipher(shapes: Sequence[_Shape], count: int, keys: Sequence[Encipher]) -> Grid:
    """One row for each chip: its enciphered keys, field after field."""
    template = b"".join(shape.field.prefix + bytes(shape.field.width) + shape.filler for shape in shapes)
    grid = Grid.of(template, count)
    for shape, at in zip(shapes, _offsets([shape.enciphered for shape in shapes]), strict=True):
        field = shape.field
        grid.fill(at + len(field.prefix), Grid(field.values, field.width), 0, field.width)
    return Grid(b"".join(key(grid.row(index)) for index, key in enumerate(keys)), grid.width)


def _macs(
    shapes: Sequence[_Shape], enciphered: Grid, count: int, block: int, keys: Sequence[Encipher]
) -> list[tuple[Grid, int]]:
    """For each field the grid and the column where its MAC begins: the last link of its chain, initial value zero.

    The longest chains come first, so that at every step the ones still running are the head of the row.
    """
    order = sorted(range(len(shapes)), key=lambda index: -shapes[index].steps)
    steps = [_step(shapes, enciphered, count, block, step, order) for step in range(shapes[order[0]].steps)]
    links = _chain(steps, keys)
    place = {index: position * block for position, index in enumerate(order)}
    return [(links[shape.steps - 1], place[index]) for index, shape in enumerate(shapes)]


def _step(shapes: Sequence[_Shape], enciphered: Grid, count: int, block: int, step: int, order: Sequence[int]) -> Grid:
    """Block number `step` of every chain that is that long: one row for each chip."""
    running = [index for index in order if shapes[index].steps > step]
    starts = _offsets([shape.enciphered for shape in shapes])
    begin, end = step * block, (step + 1) * block
    grid = Grid.of(b"".join(_frame(shapes[index])[begin:end] for index in running), count)
    for position, index in enumerate(running):
        field = shapes[index].field
        first = len(field.header) + len(field.clear)  # where the cipher text stands in the MAC input
        low, high = max(first, begin), min(first + shapes[index].enciphered, end)
        if low < high:
            grid.fill(position * block + low - begin, enciphered, starts[index] + low - first, high - low)
    return grid


def _frame(shape: _Shape) -> bytes:
    """The MAC input with the cipher text still to be filled in."""
    return shape.field.header + shape.field.clear + bytes(shape.enciphered) + shape.tail


def _chain(steps: Sequence[Grid], keys: Sequence[Encipher]) -> list[Grid]:
    """The state of all chains after each step."""
    states: list[list[bytes]] = [[] for _ in steps]
    for index, key in enumerate(keys):
        state = b""
        for step, grid in enumerate(steps):
            mixed = int.from_bytes(grid.row(index), "big") ^ int.from_bytes(state[: grid.width], "big")
            state = key(mixed.to_bytes(grid.width, "big"))
            states[step].append(state)
    return [Grid(b"".join(rows), grid.width) for rows, grid in zip(states, steps, strict=True)]


def _assemble(shapes: Sequence[_Shape], enciphered: Grid, macs: Sequence[tuple[Grid, int]], count: int) -> bytes:
    grid = Grid.of(b"".join(shape.field.clear + bytes(shape.enciphered + MAC) for shape in shapes), count)
    places = _offsets([shape.total for shape in shapes])
    sources = _offsets([shape.enciphered for shape in shapes])
    for shape, at, source, (links, column) in zip(shapes, places, sources, macs, strict=True):
        body = at + len(shape.field.clear)
        grid.fill(body, enciphered, source, shape.enciphered)
        grid.fill(body + shape.enciphered, links, column, MAC)
    return bytes(grid.data)
