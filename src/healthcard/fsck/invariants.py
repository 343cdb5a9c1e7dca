"""The invariants: one SQL file each, whose rows are the violations, one column of text saying where."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """What must hold at every instant; `sql` yields a row for each place where it does not."""

    id: str
    title: str
    explanation: str
    sql: str

    @property
    def of_audit(self) -> bool:
        """Whether it asks for what the audit told, which lies in another session than the replay."""
        return "audit_told" in self.sql


def read(text: str) -> Invariant:
    """An invariant from its file: first line `-- I-xx title`, further comment lines explain, the rest is SQL."""
    lines = text.splitlines()
    number, title = lines[0].removeprefix("-- ").split(" ", 1)
    comments = [line.removeprefix("-- ") for line in lines[1:] if line.startswith("-- ")]
    return Invariant(id=number, title=title, explanation=" ".join(comments), sql=text)


def _all() -> tuple[Invariant, ...]:
    found = [file.read_text("utf-8") for file in files("healthcard.fsck").joinpath("sql").iterdir()]
    return tuple(sorted(map(read, found), key=lambda each: each.id))


INVARIANTS = _all()
REPLAY = files("healthcard.fsck").joinpath("replay.sql").read_text("utf-8")
