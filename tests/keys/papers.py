"""Ceremony files for tests: synthetic people, each with one part; carriers in the test's folder."""

from __future__ import annotations

from datetime import UTC, datetime

from healthcard.keys.ceremonies import hall, paper
from healthcard.keys.ceremonies.sitting import KNOWN, NEW, Sitting
from healthcard.keys.secret import Secret
from keys import masters

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHEAP = masters.CHEAP


class Room:
    """A store, a folder of carriers, people who answer what they are asked."""

    def __init__(self, store, folder):
        self.store = store
        self.folder = folder
        self.answers = {}
        self.now = NOW
        self.held = 0

    def file(self, kind, fields="", **changes):
        """The text of a ceremony's file."""
        self.held += 1
        head = {
            "kind": kind,
            "number": f"C{self.held}",
            "store": self.store.mark,
            "day": self.now.date().isoformat(),
            "place": "密钥室",
            "reason": "test",
            "leader": "{id: L1, name: 主持人}",
            "witnesses": "[{id: W1, name: 见证人一}, {id: W2, name: 见证人二}]",
        }
        text = "".join(f"{name}: {value}\n" for name, value in (head | changes).items() if value)
        return (text + fields).encode()

    def hold(self, data, **more):
        """Hold the ceremony of a file."""
        sitting = Sitting(paper=paper.read(data), store=self.store, ask=self.ask, cost=CHEAP)
        return hall.hold(sitting, self.now, **more)

    def ask(self, person, what):
        if (person.id, what) in self.answers:
            return Secret(self.answers[person.id, what].encode())
        assert what in (NEW, KNOWN)
        return Secret(f"the passphrase of {person.id}".encode())

    def custodians(self, numbers, *, generation=1):
        """The lines of custodians who hold shares."""
        rows = "".join(f"  - {self.custodian(number, generation)}\n" for number in numbers)
        return f"custodians:\n{rows}"

    def custodian(self, number, generation=1):
        mark = f"{generation}{number}"
        return f"{{id: K{mark}, name: 保管人, {self.lying(f'S{mark}', place=f'柜{number}')}}}"

    def lying(self, mark, *, place="保险柜"):
        """A carrier's fields."""
        return f"carrier: {mark}, seal: seal-{mark}, place: {place}, file: {self.folder / mark}"

    def carrier(self, mark, *, place="保险柜"):
        return f"{{{self.lying(mark, place=place)}}}"

    def split(self, *, needed=3, holders=5):
        return self.hold(self.file("split", f"needed: {needed}\n{self.custodians(range(1, holders + 1))}"))

    def backup(self, mark="B"):
        copies = (
            f"copies:\n  - {self.carrier(mark + '1', place='省中心')}\n  - {self.carrier(mark + '2', place='异地')}\n"
        )
        return self.hold(self.file("backup", copies))

    def drill(self, numbers=(1, 2, 3), *, copy="B1", generation=1, kind="drill"):
        data = self.file(kind, self.custodians(numbers, generation=generation) + f"copy: {self.carrier(copy)}\n")
        return self.hold(data)

    def lines(self):
        return hall.register_of(self.store).lines
