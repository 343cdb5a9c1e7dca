"""A chip on paper: what files there would be, and what in them, if a plan were carried out. Knows no product."""

from __future__ import annotations

from healthcard.card.host.place import ROOT
from healthcard.card.wire.layout import File, Layout, Structure
from healthcard.perso.image import FRESH, FileImage
from healthcard.perso.plan import Kind, Step


class Unplaceable(Exception):
    """A step that does not fit where the plan stands."""


class PaperChip:
    """Takes steps one after the other. `made`: the directories and files there are."""

    def __init__(self, layout: Layout) -> None:
        self.made = {ROOT}
        self._layout = layout
        self._here = ROOT
        self._file = ""
        self._records: dict[str, dict[int, bytes]] = {}
        self._bytes: dict[str, bytearray] = {}
        self._written: dict[str, set[int]] = {}

    def take(self, step: Step) -> None:
        """Carry out one step; raises Unplaceable."""
        match step.kind:
            case Kind.CREATE:
                self._create(step.path)
            case Kind.SELECT:
                self._select(step)
            case Kind.KEY | Kind.PIN:
                self._stand(step.path, self._here)
            case Kind.RECORD | Kind.APPEND | Kind.BINARY:
                self._stand(step.path, self._file)
                self._write(self._layout.file(step.path), step)
            case Kind.ERASE:
                raise Unplaceable("erasing is no part of making a card")

    def content(self, file: File) -> FileImage:
        """What a file made on paper holds."""
        records = self._records[file.path]
        held: tuple[bytes, ...] = ()
        if file.structure is Structure.CYCLIC:
            held = tuple(records[number] for number in sorted(records, reverse=True)[: file.records])
        elif file.structure is not Structure.TRANSPARENT:
            held = tuple(records.get(number, b"") for number in range(1, file.records + 1))
        content = bytes(self._bytes.get(file.path, b""))
        return FileImage(path=file.path, structure=file.structure, content=content, records=held)

    def _create(self, path: str) -> None:
        if path in self.made:
            raise Unplaceable("it exists already")
        directory, _, name = path.partition("/")
        try:
            above = directory if name else self._layout.directory(path).parent
            file = self._layout.file(path) if name else None
        except KeyError:
            raise Unplaceable(f"layout {self._layout.name} has no such file") from None
        self._stand(above or ROOT, self._here)
        self.made.add(path)
        if file is None:
            self._here, self._file = path, ""
            return
        self._file = path
        self._records[path] = {}
        if file.structure is Structure.FIXED:
            self._records[path] = dict.fromkeys(range(1, file.records + 1), FRESH * file.record_size)
        if file.structure is Structure.TRANSPARENT:
            self._bytes[path] = bytearray(FRESH * file.size)
        self._written[path] = set()

    def _select(self, step: Step) -> None:
        fid = int.from_bytes(step.command.data, "big")
        near = {one.path: one.fid for one in self._layout.directories if one.path in self.made}
        if near.get(step.path) != fid or self._layout.directory(self._here).parent != step.path:
            raise Unplaceable("a plan goes back to the parent of where it stands, nowhere else")
        self._here, self._file = step.path, ""

    def _stand(self, due: str, here: str) -> None:
        if due != here:
            raise Unplaceable(f"the plan stands on {here or 'no file'}, not on {due}")

    def _write(self, file: File, step: Step) -> None:
        places = self._places(file, step)
        if self._written[file.path] & places:
            raise Unplaceable("it is written twice")
        self._written[file.path] |= places
        if step.kind is Kind.BINARY:
            self._bytes[file.path][step.number : step.number + len(step.data)] = step.data
        else:
            self._records[file.path][max(places)] = step.data

    def _places(self, file: File, step: Step) -> set[int]:
        """The bytes, or the one record, a step writes; raises Unplaceable where the file has none such."""
        if step.kind is Kind.BINARY:
            last, places = file.size, set(range(step.number, step.number + len(step.data)))
            fits = file.structure is Structure.TRANSPARENT and all(place < last for place in places)
        elif step.kind is Kind.APPEND:
            places = {len(self._records[file.path]) + 1}
            fits = file.structure is Structure.CYCLIC and max(places) <= file.records
        else:
            places = {step.number}
            fits = file.structure in (Structure.VARIABLE, Structure.FIXED) and 1 <= step.number <= file.records
        if not fits or not places:
            raise Unplaceable("the file has no such place")
        return places
