"""Fifty ways to spoil a plan; each must be stopped before a chip sees a byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from healthcard.card.host.ports import CardAddress
from healthcard.perso.plan import Kind, Plan, Step

Mutation = Callable[[Plan], Plan]


def find(plan: Plan, kind: Kind, path: str = "", key: str = "") -> int:
    """The place of the first step of this kind, on this path, with this key."""
    for index, step in enumerate(plan.steps):
        if step.kind is kind and path in ("", step.path) and key in ("", step.key):
            return index
    raise LookupError(f"no {kind} on {path} {key}")


def with_steps(plan: Plan, steps: list[Step]) -> Plan:
    return replace(plan, steps=tuple(steps))


def dropped(kind: Kind, path: str = "", key: str = "") -> Mutation:
    def mutate(plan: Plan) -> Plan:
        steps = list(plan.steps)
        del steps[find(plan, kind, path, key)]
        return with_steps(plan, steps)

    return mutate


def doubled(kind: Kind, path: str = "", key: str = "") -> Mutation:
    def mutate(plan: Plan) -> Plan:
        at = find(plan, kind, path, key)
        return with_steps(plan, [*plan.steps[: at + 1], *plan.steps[at:]])

    return mutate


def changed(kind: Kind, path: str = "", key: str = "", *, at: int = -1) -> Mutation:
    """One bit of the command's data."""

    def mutate(plan: Plan) -> Plan:
        place = find(plan, kind, path, key)
        step, data = plan.steps[place], bytearray(plan.steps[place].command.data)
        data[at] ^= 1
        spoilt = replace(step, command=replace(step.command, data=bytes(data)))
        return with_steps(plan, [*plan.steps[:place], spoilt, *plan.steps[place + 1 :]])

    return mutate


def retold(kind: Kind, path: str) -> Mutation:
    """A bit of the content, in the command and in what the step says of it."""

    def mutate(plan: Plan) -> Plan:
        place = find(plan, kind, path)
        step = plan.steps[place]
        data = step.data[:-1] + bytes([step.data[-1] ^ 1])
        spoilt = replace(step, data=data, command=replace(step.command, data=data))
        return with_steps(plan, [*plan.steps[:place], spoilt, *plan.steps[place + 1 :]])

    return mutate


def shortened(kind: Kind, path: str = "", key: str = "") -> Mutation:
    def mutate(plan: Plan) -> Plan:
        place = find(plan, kind, path, key)
        step = plan.steps[place]
        spoilt = replace(step, data=step.data[:-1], command=replace(step.command, data=step.command.data[:-1]))
        return with_steps(plan, [*plan.steps[:place], spoilt, *plan.steps[place + 1 :]])

    return mutate


def moved(kind: Kind, path: str, places: int, key: str = "") -> Mutation:
    def mutate(plan: Plan) -> Plan:
        steps, at = list(plan.steps), find(plan, kind, path, key)
        steps.insert(at + places, steps.pop(at))
        return with_steps(plan, steps)

    return mutate


def swapped(one: tuple[Kind, str, str], other: tuple[Kind, str, str], *, commands_only: bool = False) -> Mutation:
    def mutate(plan: Plan) -> Plan:
        steps, left, right = list(plan.steps), find(plan, *one), find(plan, *other)
        if commands_only:
            a, b = steps[left], steps[right]
            steps[left], steps[right] = replace(a, command=b.command), replace(b, command=a.command)
        else:
            steps[left], steps[right] = steps[right], steps[left]
        return with_steps(plan, steps)

    return mutate


def other_data(key: str, source: str) -> Mutation:
    """The key of another name under the right header."""

    def mutate(plan: Plan) -> Plan:
        place, wrong = find(plan, Kind.KEY, key=key), find(plan, Kind.KEY, key=source)
        step = plan.steps[place]
        spoilt = replace(step, command=replace(step.command, data=plan.steps[wrong].command.data))
        return with_steps(plan, [*plan.steps[:place], spoilt, *plan.steps[place + 1 :]])

    return mutate


def early_end(plan: Plan) -> Plan:
    return with_steps(plan, [*plan.steps[:-3], plan.steps[-1], *plan.steps[-3:-1]])


def after_the_end(plan: Plan) -> Plan:
    return with_steps(plan, [*plan.steps, plan.steps[-2]])


def no_steps(plan: Plan) -> Plan:
    return with_steps(plan, [])


def other_end(plan: Plan) -> Plan:
    end = replace(plan.steps[-1], command=replace(plan.steps[-1].command, p2=1))
    return with_steps(plan, [*plan.steps[:-1], end])


def other_transport_key(plan: Plan) -> Plan:
    first = replace(plan.steps[0], command=replace(plan.steps[0].command, p2=0x33))
    return with_steps(plan, [first, *plan.steps[1:]])


def addressed(change: Callable[[CardAddress], CardAddress]) -> Mutation:
    return lambda plan: replace(plan, address=change(plan.address))


def other_check_value(plan: Plan) -> Plan:
    (name, value), *rest = plan.check_values
    return replace(plan, check_values=((name, bytes(3)), *rest) if value != bytes(3) else ())


def no_check_value(plan: Plan) -> Plan:
    return replace(plan, check_values=plan.check_values[1:])


def other_image(plan: Plan) -> Plan:
    files = tuple(
        replace(file, records=(*file.records[:-1], bytes(len(file.records[-1])))) if file.path == "DDF1/EF06" else file
        for file in plan.image.files
    )
    return replace(plan, image=replace(plan.image, files=files))


def other_sfi(plan: Plan) -> Plan:
    return changed(Kind.CREATE, "DF01/EF05", at=3)(plan)


V = Kind.RECORD
MUTANTS: dict[str, Mutation] = {
    "the transport key is not proved": dropped(Kind.AUTHENTICATE),
    "the end is missing": dropped(Kind.END),
    "a directory is missing": dropped(Kind.CREATE, "DF02"),
    "a file is missing": dropped(Kind.CREATE, "DF01/EF07"),
    "a record is missing": dropped(V, "DDF1/EF06"),
    "part of the photo is missing": dropped(Kind.BINARY, "DDF1/EF07"),
    "an allergy is missing": dropped(Kind.APPEND, "DF02/EF07"),
    "a read key is missing": dropped(Kind.KEY, key="RK1_DF01"),
    "a maintenance key is missing": dropped(Kind.KEY, key="STK_MF"),
    "the PIN is missing": dropped(Kind.PIN),
    "the way back to the parent is missing": dropped(Kind.SELECT),
    "the transport key is proved twice": doubled(Kind.AUTHENTICATE),
    "the end comes twice": doubled(Kind.END),
    "a directory is made twice": doubled(Kind.CREATE, "DF01"),
    "a file is made twice": doubled(Kind.CREATE, "DDF1/EF08"),
    "a key is loaded twice": doubled(Kind.KEY, key="UK1_DF03"),
    "the PIN is loaded twice": doubled(Kind.PIN),
    "a record is written twice": doubled(V, "DF01/EF05"),
    "a vaccination is appended twice": doubled(Kind.APPEND, "DF02/EF08"),
    "a name is another": changed(Kind.CREATE, "DF03"),
    "a file has another size": changed(Kind.CREATE, "DF03/EE01", at=2),
    "the photo may be read with another key": changed(Kind.CREATE, "DDF1/EF07", at=-5),
    "the issuer's file has another update byte": changed(Kind.CREATE, "DDF1/EF05", at=-6),
    "addresses travel in another form": changed(Kind.CREATE, "DF01/EF05", at=-3),
    "an index may be erased by the update key": changed(Kind.CREATE, "DF03/EF05", at=-3),
    "an application's maintenance key is another": changed(Kind.CREATE, "DF02/EF05", at=-4),
    "a short identifier is another": other_sfi,
    "a key load has a wrong byte": changed(Kind.KEY, key="RK1_DDF1", at=5),
    "a key load has a wrong MAC": changed(Kind.KEY, key="UK1_DF01"),
    "the PIN load has a wrong byte": changed(Kind.PIN, at=0),
    "a record sends another byte than it says": changed(V, "DDF1/EF05"),
    "a record says and sends another byte": retold(V, "DDF1/EF05"),
    "the photo has another byte": retold(Kind.BINARY, "DDF1/EF07"),
    "an allergy has another byte": retold(Kind.APPEND, "DF02/EF07"),
    "a record is short": shortened(V, "DF01/EF06"),
    "a key load is short": shortened(Kind.KEY, key="BK_MF"),
    "a directory's name is short": shortened(Kind.CREATE, "DF01"),
    "a file's access bytes are short": shortened(Kind.CREATE, "DF02/EF06"),
    "keys come after the files that need them": moved(Kind.KEY, "", 12, key="RK1_DF02"),
    "a record comes before its file": moved(V, "DF02/EF06", -1),
    "a key goes into the parent": moved(Kind.KEY, "", -2, key="STK_DF01"),
    "two directories change places": swapped((Kind.CREATE, "DF01", ""), (Kind.CREATE, "DF02", "")),
    "two keys of one directory change bytes": swapped(
        (Kind.KEY, "", "UK1_DF02"), (Kind.KEY, "", "UK2_DF02"), commands_only=True
    ),
    "one key has the bytes of another": other_data("UK3_DF02", "UK2_DF02"),
    "the end comes too early": early_end,
    "something follows the end": after_the_end,
    "there are no steps": no_steps,
    "the end is another command": other_end,
    "another key than the transport key is proved": other_transport_key,
    "the chip is another": addressed(lambda one: replace(one, chip=one.chip[:-1] + bytes([one.chip[-1] ^ 1]))),
    "the city is another": addressed(lambda one: replace(one, city=b"11000000")),
    "a check value is another": other_check_value,
    "a check value is missing": no_check_value,
    "the image is another": other_image,
}


def names() -> Iterator[str]:
    yield from MUTANTS
