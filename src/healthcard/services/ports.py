"""What services need of the world outside the database; `site` gives it once, before the first act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from healthcard.card.host.rack import RackClient
from healthcard.keys.client import KeyClient
from healthcard.services.errors import NotWired
from healthcard.services.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """How to reach the key service and the rack of virtual chips, each call by a connection of its own; the socket of
    the card line; the private networks that webhooks may go to; the folder of a demo's virtual readers."""

    keys: Callable[[], KeyClient]
    rack: Callable[[], RackClient]
    line: Path
    webhook_networks: tuple[str, ...] = ()
    virtual: Path | None = None


class Installation(Protocol):
    """What the operator's commands may ask of the installation they run in."""

    @property
    def state(self) -> State:
        """The state folder."""
        ...

    @property
    def production(self) -> bool:
        """Whether real people and real cards are served."""
        ...

    @property
    def embedded(self) -> bool:
        """Whether the database is our own child process."""
        ...

    @property
    def has_database(self) -> bool:
        """Whether there is a database to work with."""
        ...

    def set_up_django(self) -> None:
        """Load Django; models may be imported afterwards."""
        ...

    def set_up(self) -> Iterator[str]:
        """Create or update everything an installation keeps; tells what it does, sentence by sentence."""
        ...

    def cautions(self) -> Iterator[str]:
        """What whoever runs it should change, sentence by sentence; the database runs."""
        ...

    def web_environment(self) -> dict[str, str]:
        """What the web server's processes have to know."""
        ...

    def institution_environment(self) -> dict[str, str]:
        """What the process for institutions has to know."""
        ...

    @property
    def institution_port(self) -> int:
        """The port of the process for institutions; 0 = there is none."""
        ...

    def database(self) -> AbstractContextManager[None]:
        """The database runs inside this block."""
        ...

    def dump_database(self, target: Path) -> None:
        """Write the whole database, which runs, to a file."""
        ...

    def restore_database(self, source: Path) -> None:
        """Make the database of a file that `dump_database` wrote; there must be none yet."""
        ...

    def checker_address(self) -> str:
        """The database as the role that only reads, in psycopg's form."""
        ...

    def revive_database(self) -> bool:
        """Start our own database again if it has died; whether it had to be."""
        ...

    def working(self) -> AbstractContextManager[None]:
        """Django, database and key service are ready inside this block, and the ports are given."""
        ...


_given: list[Ports] = []


def give(ports: Ports) -> None:
    """Give the services of this process their ports."""
    _given[:] = [ports]


def given() -> Ports:
    """The ports of this process; raises NotWired."""
    if not _given:
        raise NotWired("This process was not given the key service: run it through `healthcard`.")
    return _given[0]


@contextmanager
def key_service() -> Iterator[KeyClient]:
    """A connection to the key service."""
    with given().keys() as client:
        yield client
