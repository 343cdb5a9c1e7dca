"""The walk along a plan over a card that may have some of it: ask, skip what is there, write what is not."""

from __future__ import annotations

from healthcard.card.host.channel import LOST, refusal
from healthcard.card.wire import status
from healthcard.card.wire.errors import Refused
from healthcard.card.wire.layout import Structure
from healthcard.perso.dialogue import CONDITIONS, Dialogue, There, Unasked
from healthcard.perso.execution import send
from healthcard.perso.image import FileImage
from healthcard.perso.ledger import Ledger
from healthcard.perso.plan import Kind, Step


class Broken(Exception):
    """A file or directory that must be built anew. `inside`: what it holds is wrong, not its own being there."""

    def __init__(self, path: str, what: str, *, inside: bool = True) -> None:
        super().__init__(what)
        self.path = path
        self.what = what
        self.inside = inside


class Hopeless(Exception):
    """Something no command of this chip can put right. `sure`: looking again could only cost tries."""

    def __init__(self, reason: str, *, sure: bool = False) -> None:
        super().__init__(reason)
        self.sure = sure


class Walk:
    """One walk; `anew` are directories to erase when met. Raises Broken, Hopeless, CardError."""

    def __init__(self, dialogue: Dialogue, ledger: Ledger, anew: frozenset[str]) -> None:
        self._dialogue = dialogue
        self._ledger = ledger
        self._anew = anew
        self._plan = dialogue.plan
        self._fresh: set[str] = set()  # made by this walk: there is nothing to ask
        self._found: dict[str, FileImage] = {}
        self._appended: dict[str, int] = {}  # records of a cyclic file the walk still finds in their place

    def run(self) -> None:
        """All steps but the first and the last."""
        for index, step in enumerate(self._plan.steps):
            if step.kind in (Kind.AUTHENTICATE, Kind.END):
                continue
            if step.kind is Kind.SELECT:
                self._enter(step)
            elif step.kind is Kind.CREATE:
                self._create(index, step)
            elif self._is_there(step):
                self._ledger.found(index, step)
            else:
                self._send(index, step)

    def _enter(self, step: Step) -> None:
        if self._dialogue.select(step.path) is not There.YES:
            raise Broken(step.path, f"{step.path} cannot be selected", inside=False)

    def _create(self, index: int, step: Step) -> None:
        there = There.NO if self._is_fresh(self._above(step.path)) else self._dialogue.select(step.path)
        if there is There.BROKEN:
            raise Broken(step.path, f"{step.path} was half created", inside="/" in step.path)
        if there is There.NO:
            self._send(index, step)
            self._fresh.add(step.path)
            return
        self._ledger.found(index, step)
        if step.path in self._anew:
            self._erase(step.path)
        elif "/" in step.path:
            self._read(step.path)

    def _read(self, path: str) -> None:
        file = self._plan.image.layout.file(path)
        try:
            found = self._dialogue.content(file)
        except Refused as refused:
            if refused.sw in LOST:
                raise
            raise Broken(path, f"{path} cannot be read: {refused}") from refused
        self._found[path] = found
        if file.structure is Structure.CYCLIC:
            self._appended[path] = in_place(self._plan.image.file(path).records, found.records)

    def _erase(self, path: str) -> None:
        index, step = next(
            (index, step) for index, step in enumerate(self._plan.erasures, len(self._plan.steps)) if step.path == path
        )
        self._send(index, step)
        self._fresh.add(path)

    def _send(self, index: int, step: Step) -> None:
        sw = send(self._dialogue, self._ledger, index, step)
        if sw == status.OK:
            return
        if step.kind is Kind.PIN and sw == CONDITIONS and self._plan.product.write_once_keys:
            self._ledger.found(index, step)  # a PIN written once is there, or this would not be refused
            return
        if sw in LOST:
            raise refusal(step.command, sw)
        raise Hopeless(f"{step.act}: the card answered {sw:04X} ({status.meaning(sw)})")

    def _is_there(self, step: Step) -> bool:
        """Whether the card has already what `step` writes."""
        if self._is_fresh(step.path):
            return False
        match step.kind:
            case Kind.KEY:
                return self._has_key(step)
            case Kind.PIN:
                return self._has_pin()
            case Kind.APPEND:
                return self._has_appended(step.path)
            case Kind.RECORD:
                records = self._found[step.path].records
                return len(records) >= step.number and records[step.number - 1] == step.data
            case _:
                content = self._found[step.path].content
                return content[step.number : step.number + len(step.data)] == step.data

    def _has_key(self, step: Step) -> bool:
        value = self._dialogue.check_value(step.key)
        if value == dict(self._plan.check_values)[step.key]:
            return True
        if value is not None and self._plan.product.write_once_keys:
            state = "another key" if value else "half a key"
            raise Hopeless(f"{step.key}: the chip holds {state}, and a key is written once")
        return False

    def _has_pin(self) -> bool:
        try:
            there = self._dialogue.pin()
        except Unasked:
            return False
        if there is There.BROKEN and self._plan.product.write_once_keys:
            raise Hopeless("the chip holds half a PIN, and it is written once")
        return there is There.YES

    def _has_appended(self, path: str) -> bool:
        self._appended[path] = self._appended.get(path, 0) - 1
        return self._appended[path] >= 0

    def _is_fresh(self, path: str | None) -> bool:
        """Whether the walk has made or emptied the file or directory, or one above it."""
        while path is not None:
            if path in self._fresh:
                return True
            path = self._above(path)
        return False

    def _above(self, path: str) -> str | None:
        directory, _, name = path.partition("/")
        return directory if name else self._plan.image.layout.directory(directory).parent


def in_place(planned: tuple[bytes, ...], found: tuple[bytes, ...]) -> int:
    """How many of the records to append, the oldest first, stand already as the newest of a cyclic file."""
    most = min(len(planned), len(found))
    return next((count for count in range(most, 0, -1) if found[:count] == planned[-count:]), 0)
