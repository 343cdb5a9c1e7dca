"""What a plan must satisfy before it is even rehearsed. Each check yields complaints, without keys or personal data.

The checks know the layout and the image, not the compiler: a plan from a product's own program passes them too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from healthcard.card.host.place import ROOT
from healthcard.card.wire import items
from healthcard.card.wire.answer import CHIP8, FactorRule
from healthcard.card.wire.apdu import LC_MAX
from healthcard.card.wire.facts import FACTS
from healthcard.card.wire.layout import FREE, NEVER, File, Item, Structure
from healthcard.keys.requests import PIN
from healthcard.perso import script
from healthcard.perso.errors import BadPlan
from healthcard.perso.image import fresh
from healthcard.perso.loads import directory_of, loads
from healthcard.perso.paper import PaperChip, Unplaceable
from healthcard.perso.plan import CHECK_VALUE, Kind, Plan, Step

TOLD = 3  # complaints named in one refusal
CITY = 57  # item: application city code; its first two digits are the city factor


def check(plan: Plan) -> None:
    """Raise BadPlan with the first complaints; return when there is none."""
    found = complaints(plan)
    if found:
        more = f" and {len(found) - TOLD} more" if len(found) > TOLD else ""
        raise BadPlan(f"The plan is refused: {'; '.join(found[:TOLD])}{more}.")


def complaints(plan: Plan) -> list[str]:
    """All complaints of all checks."""
    return [complaint for one in CHECKS for complaint in one(plan)]


def check_address(plan: Plan) -> Iterator[str]:
    """The chip and city factors, the key version and the check values belong to this product and image."""
    address, pattern = plan.address, plan.product.answer.historical
    part = pattern[: 2 * CHIP8] if plan.product.factor is FactorRule.FRONT else pattern[-2 * CHIP8 :]
    if not _fits(part, address.chip.hex().upper()):
        yield f"the chip factor is not one of {plan.product.name}"
    if address.city != plan.image.city8:
        yield "the city factor is not that of the image"
    if address.version != FACTS.key_version:
        yield f"key version {address.version} is not the one cards carry"
    if plan.product.layout != plan.image.layout.name:
        yield f"layout {plan.image.layout.name} is not that of {plan.product.name}"
    if tuple(name for name, _ in plan.check_values) != plan.image.keys or any(
        len(value) != CHECK_VALUE for _, value in plan.check_values
    ):
        yield "the check values are not those of the key set"


def check_frame(plan: Plan) -> Iterator[str]:
    """Rights first, the end last, each once."""
    kinds = [step.kind for step in plan.steps]
    if not kinds or kinds[0] is not Kind.AUTHENTICATE or kinds.count(Kind.AUTHENTICATE) != 1:
        yield "a plan begins with the transport key, and proves it once"
    if not kinds or kinds[-1] is not Kind.END or kinds.count(Kind.END) != 1:
        yield "a plan ends with the end of personalisation, and nothing follows it"
    elif plan.steps[-1].command != plan.product.end.command():
        yield "the last command is not the product's end of personalisation"
    if kinds and plan.steps[0].command.p2 != plan.product.transport.kid:
        yield "the first step proves another key than the transport key"


def check_commands(plan: Plan) -> Iterator[str]:
    """Every command is one the chip can receive, and says what its step says."""
    for step in plan.steps:
        if len(step.command.data) > LC_MAX:
            yield f"{step.act} is too long for one command"
        if step.kind in (Kind.RECORD, Kind.BINARY, Kind.APPEND) and not _carries(step):
            yield f"{step.act} sends something else than it says"


def check_script(plan: Plan) -> Iterator[str]:
    """Files are created as the product's script file says; a product's own program is judged by the rehearsal."""
    if plan.product.program:
        return
    paths = {one.path for one in plan.image.layout.directories} | {one.path for one in plan.image.layout.files}
    for step in plan.steps:
        known = step.kind is Kind.CREATE and step.path in paths - {ROOT}
        if known and step.command != script.create(plan.product, plan.image.layout.name, step.path).command:
            yield f"{step.act} is not what the script file says"


def check_loads(plan: Plan) -> Iterator[str]:
    """Every key of the image and the PIN exactly once, in its directory, with the header it was wrapped for."""
    image = plan.image
    due = {load.name: load for load in loads(plan.product, image.layout, image.keys, image.pin)}
    counted = Counter(step.key for step in plan.steps if step.kind in (Kind.KEY, Kind.PIN))
    for name in due.keys() | counted.keys():
        if counted[name] != (name in due):
            yield f"{name} is loaded {counted[name]} times"
    for step in plan.steps:
        if step.kind not in (Kind.KEY, Kind.PIN) or step.key not in due:
            continue
        load = due[step.key]
        if step.path != directory_of(step.key, image.layout) or (step.kind is Kind.PIN) != (step.key == PIN):
            yield f"{step.key} is loaded in the wrong place"
        if step.command.header + bytes([len(step.command.data)]) != load.header:
            yield f"{step.key} is loaded by a command it was not wrapped for"


def check_order(plan: Plan) -> Iterator[str]:
    """Keys before the files that need them; the PIN before the files whose update needs it."""
    loaded: set[str] = set()
    for step in plan.steps:
        if step.kind in (Kind.KEY, Kind.PIN):
            loaded.add(step.key)
        if step.kind is Kind.CREATE and "/" in step.path:
            for name in sorted(_needed(plan, step.path) - loaded):
                yield f"{step.path} is created before {name}, which it needs, is there"


def check_contents(plan: Plan) -> Iterator[str]:
    """Carried out on paper, the plan makes each directory and file once and fills it exactly as the image has it."""
    chip = PaperChip(plan.image.layout)
    for step in plan.steps:
        try:
            chip.take(step)
        except Unplaceable as reason:
            yield f"{step.act}: {reason}"
    missing = [one.path for one in plan.image.layout.directories if one.path not in chip.made]
    yield from (f"{path} is never created" for path in missing)
    for file in plan.image.layout.files:
        if file.path not in chip.made:
            yield f"{file.path} is never created"
        elif chip.content(file) != plan.image.file(file.path):
            yield f"{file.path} would not hold what is planned"


def check_items(plan: Plan) -> Iterator[str]:
    """Every item of the image has its length and can be decoded."""
    for file in plan.image.layout.files:
        image = plan.image.file(file.path)
        if file.structure is not Structure.VARIABLE and image == fresh(file):
            continue
        yield from _record_items(file, image.records or (image.content,))


def check_city(plan: Plan) -> Iterator[str]:
    """The city code on the card leads to the city factor of its keys."""
    item = plan.image.layout.item(CITY)
    record = plan.image.file(item.file).records[(item.record or 1) - 1]
    if not plan.address.city.startswith(record[2:].hex()[:2].encode()):
        yield "the application city code does not lead to the city factor of the keys"


def check_capacity(plan: Plan) -> Iterator[str]:
    """All of it fits the chip."""
    layout, cost = plan.image.layout, plan.product.overhead
    total = sum(file.size + cost.file for file in layout.files)
    total += cost.directory * len(layout.directories) + cost.key * (len(plan.image.keys) + plan.image.pin)
    if total > min(plan.product.capacity, layout.capacity):
        yield f"{total} bytes do not fit a chip of {min(plan.product.capacity, layout.capacity)}"


CHECKS: tuple[Callable[[Plan], Iterator[str]], ...] = (
    check_frame,
    check_address,
    check_commands,
    check_script,
    check_loads,
    check_order,
    check_contents,
    check_items,
    check_city,
    check_capacity,
)


def _fits(pattern: str, text: str) -> bool:
    return len(pattern) == len(text) and all(p in ("x", t) for p, t in zip(pattern, text, strict=True))


def _carries(step: Step) -> bool:
    """Whether the command sends the step's data to the step's place."""
    command = step.command
    if not command.data.endswith(step.data):
        return False
    if (command.cla, command.ins) == (0x00, 0xDC):
        place = (step.number, 0x04) if step.kind is Kind.RECORD else (0, 0x03)
        return command.data == step.data and (command.p1, command.p2) == place
    if (command.cla, command.ins) == (0x00, 0xD6):
        return command.data == step.data and command.p1 << 8 | command.p2 == step.number
    return True  # a product's own command: the rehearsal tells


def _needed(plan: Plan, path: str) -> set[str]:
    file = plan.image.layout.file(path)
    keys = {name for name in (file.read, file.update, file.erase, file.maintain) if name not in (FREE, NEVER, None)}
    return {str(name) for name in keys} | ({PIN} if path in FACTS.pin_lock_stops else set())


def _record_items(file: File, records: tuple[bytes, ...]) -> Iterator[str]:
    if file.structure is Structure.VARIABLE:
        for item, record in zip(file.items, records, strict=False):
            if record[:2] != bytes([item.tag or 0, item.length]) or not _decodes(item, record[2:]):
                yield f"item {item.no} {item.zh} does not fit {file.path}"
        if len(records) != len(file.items):
            yield f"{file.path} has {len(records)} records for {len(file.items)} items"
        return
    for record in records:
        for item in file.items:
            start = item.offset or 0
            if not _decodes(item, record[start : start + item.length]):
                yield f"item {item.no} {item.zh} does not fit {file.path}"


def _decodes(item: Item, raw: bytes) -> bool:
    if len(raw) != item.length:
        return False
    if item.type == "b" or not raw:
        return True
    try:
        if item.type == "ans":
            return items.encode("ans", item.length, raw.rstrip(b"\x00").decode(items.TEXT)) == raw
        return items.encode("cn", item.length, items.decode("cn", raw)) == raw
    except (UnicodeDecodeError, items.ItemError):
        return False
