"""How the life of cards begins: servers that answer, logins, readers with chips; and how it is checked at its end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count, islice

from healthcard.card.host.rack import RackChip
from healthcard.card.os.products import PRODUCTS
from healthcard.cli import run
from healthcard.cli.life import story
from healthcard.cli.life.api import Api
from healthcard.cli.life.hospital import Terminal
from healthcard.cli.life.scene import Holder, Scene
from healthcard.cli.supervisor import Supervisor
from healthcard.domain import form_row, synthetic
from healthcard.fsck import check
from healthcard.services.ports import Installation, given

SAM = "sam-demo"  # its slot
INSTITUTION_PORT = "HEALTHCARD_INSTITUTION_PORT"
PRODUCT = ("jia", "yi", "bing")  # of the first card of each holder
PIN = "482913"
SEED, GROWN_UP = 11, 2000  # of the people; the year before which they are born: nobody needs a guardian
FIRST_CHIP = 0x00A00001  # no number of the story's chips before


def reserve_port() -> None:
    """Before the installation is read: a free port for the institutions' door."""
    os.environ[INSTITUTION_PORT] = str(_free_port())


def tell(installation: Installation, supervisor: Supervisor) -> Iterator[str]:
    """Serve, play every step, check; each string is a line to print."""
    from healthcard.services.stage import demo_life  # only now: models want their database

    port = _free_port()
    run.serve(installation, supervisor, port)
    yield "各环节经接口办理 · every step through the API, at the desk's door and at the institutions'"
    cast = demo_life.engage()
    with ExitStack() as stack:
        desk, hospital = (f"http://{run.HOST}:{each}" for each in (port, installation.institution_port))
        scene = Scene(
            at={
                each.username: Api(desk).login(each.username, each.password, each.second_factor) for each in cast.logins
            },
            hospital=Api(hospital).enter(cast.secret),
            terminal=_terminal(installation, stack),
            desk=cast.office,
            blank=_Box(stack).blank,
        )
        forms = islice(people(), len(PRODUCT))
        holders = [Holder(form=each, product=one, pin=PIN) for each, one in zip(forms, PRODUCT, strict=True)]
        yield from story.tell(scene, holders)


def checked(installation: Installation) -> tuple[str, bool]:
    """The record and the audit read whole: a line to print, and whether nothing was found."""
    from healthcard.services.trail import auditing  # only now: models want their database

    found = list(check(installation.checker_address()))
    violations, verdict = sum(each.violations for each in found), auditing.verify()
    line = f"fsck invariants={len(found)} violations={violations}; audit entries={verdict.entries} "
    return line + f"anchors={verdict.anchors} faults={len(verdict.faults)}", not violations and verdict.whole


def people() -> Iterator[dict[str, str]]:
    """Collection forms of invented grown-ups, filled in."""
    for number in count():
        person = synthetic.resident(number, SEED)
        if person.birth_date.year < GROWN_UP:
            yield dict(form_row.cells(person))


def _terminal(installation: Installation, stack: ExitStack) -> Terminal:
    """The hospital's terminal with the SAM that was loaded in the story before."""
    rack = stack.enter_context(given().rack())
    pin = (installation.state.chips / f"{SAM}.pin").read_text("ascii").strip()
    return Terminal(sam=stack.enter_context(rack.open(SAM)), pin=pin)


class _Box:
    """A box of blank chips, and the readers they are put into."""

    def __init__(self, stack: ExitStack) -> None:
        self._keys = stack.enter_context(given().keys())
        self._rack = stack.enter_context(given().rack())
        self._stack = stack
        self._numbers = count(FIRST_CHIP)

    def blank(self, product: str) -> RackChip:
        """The next chip of the box; its number is its own, as a factory's is."""
        number = next(self._numbers)
        serial = number.to_bytes(PRODUCTS[product].serial_length, "big")
        envelope = self._keys.factory_envelope(product)
        return self._stack.enter_context(self._rack.blank(product, serial, envelope, f"reader-{number:X}"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((run.HOST, 0))
        port: int = probe.getsockname()[1]
        return port
