"""What hands do in the demo: put virtual cards in the desk's reader, pull them, type PINs, make cards, go to hospital.

Runs where `staging` does, in a process of its own.
"""

from __future__ import annotations

import time
from functools import cache
from itertools import count

import paper
import staging

OTHER = "990101-2"  # another office of the demo's city
SAM, SAM_SERIAL = "sam-walks", bytes.fromhex("990000000777")
PIN_TRIES = 3
PATIENCE, PAUSE = 10, 0.2  # seconds
_numbers = count(1)


# --- the reader of the desk


def put(serial: str, pull_after: int = 0) -> None:
    """The card of that issue serial lies in the reader, to be pulled after so many commands (0: never)."""
    from healthcard.services.stage import virtual_reader
    from healthcard.services.workshop import chips

    virtual_reader.put_in(staging._actor("clerk"), chips.slot(serial), pull_after=pull_after)


def take_out() -> None:
    """Nothing lies in it, and the desk's station has said so."""
    from healthcard.services.desk import stations
    from healthcard.services.stage import virtual_reader

    actor, until = staging._actor("clerk"), time.monotonic() + PATIENCE
    virtual_reader.take_out(actor)
    while any(reader.card for each in stations.of(actor) for reader in each.readers) and time.monotonic() < until:
        time.sleep(PAUSE)


def blank(serial: str = "") -> str:
    """A new blank chip lies in it, for the card of that serial, '' = not known yet; what its slot is called."""
    from healthcard.services.stage import virtual_reader

    named = serial or f"{9_000_000_000 + next(_numbers)}"
    virtual_reader.new_blank(staging._actor("clerk"), "jia", named)
    return named


def type_pin(digits: str) -> None:
    """On the pad, when it asks."""
    from healthcard.services.stage import virtual_reader

    virtual_reader.type_pin(staging._actor("clerk"), digits)


def seat(username: str) -> None:
    """Whoever has this login works at the demo's station from now on."""
    from healthcard.services.desk import stations

    actor = staging._actor(username)
    stations.sit(actor, stations.of(actor)[0].id)


# --- people and their cards


def somebody() -> dict[str, str]:
    """Somebody grown without a card or an application."""
    return staging.somebody()


def carried() -> dict[str, str]:
    """Somebody grown with a card in his hands, on a virtual chip: how to find him, the serial of the card."""
    here, person = staging._office(), staging._free()
    return _given(here, person, *_waits(here, person))


def _waits(here, person: int) -> tuple[int, int]:
    application = here.ask_first(person)
    here.review(application)
    card = here.order(application)
    staging._made(card)
    here.arrive(card)
    return application, card


def _given(here, person: int, application: int, card: int) -> dict[str, str]:
    from healthcard.services.people import residents
    from healthcard.storage.models import Card

    with paper.chips_on_paper():  # the chip itself was made; that it is compared once more is told elsewhere
        here.hand_over(application, card)
    number = residents.opened(person).document.number
    return {"document": number, "old": Card.objects.get(pk=card).issue_serial}


def stranger() -> dict[str, str]:
    """As `carried`, at home at another organisation of the province by now."""
    from healthcard.services import actor
    from healthcard.services.people import moving
    from healthcard.storage.models import Organisation

    scene = carried()
    province = actor.of_console(Organisation.objects.get(kind="province"))
    moving.across(province, _person(scene["document"]), _another_office(), reason="迁居")
    return scene


def _another_office() -> int:
    from healthcard.storage.models import Organisation

    city = Organisation.objects.get(code="990100")
    whole = {"name": "示范市第二居民健康卡服务中心", "kind": "implementer", "parent": city, "division": "990101"}
    return Organisation.objects.get_or_create(code=OTHER, defaults=whole)[0].pk


def above() -> tuple[str, str, str]:
    """A supervisor of the province: his login, his password, what his authenticator app is given."""
    from healthcard.domain.permissions import Role
    from healthcard.domain.synthetic import resident
    from healthcard.services.authority import accounts
    from healthcard.storage.models import Organisation

    _another_office()
    login = accounts.create(
        Organisation.objects.get(kind="province"),
        username="above",
        full_name="示范省主管",
        role=Role.SUPERVISOR,
        password=accounts.random_password(),
        document=resident(7, 98).document,
    )
    return login.username, login.password, login.second_factor


def agent() -> dict[str, str]:
    """What is entered of somebody who comes in another's place."""
    from healthcard.domain.synthetic import resident

    invented = (resident(number, 97) for number in range(99))
    whole = next(each for each in invented if each.birth_date.year < 2000 and each.document.kind == "01")
    document = {"document_kind": whole.document.kind, "document_number": whole.document.number}
    return {"name": whole.name, "phone": "15400000001", **document}


def made(application: int) -> str:
    """The card on order of an application comes from its maker; its serial."""
    from healthcard.storage.models import Card

    card = Card.objects.get(application=application, life="planned")
    staging._made(card.pk)
    return card.issue_serial


def newest(application: int) -> str:
    """The serial of the card that was made for an application."""
    from healthcard.storage.models import Card

    return Card.objects.filter(application=application).order_by("-pk")[0].issue_serial


# --- what is on the chips


def visit(serial: str, moment: str) -> None:
    """A hospital writes a visit on the card."""
    with _chip(serial) as chip:
        _terminal().visit(chip, moment)


def visits(serial: str) -> list[str]:
    """The moments of the visits on it."""
    with _chip(serial) as chip:
        return sorted(_terminal().visits(chip))


def wrong_pins(serial: str) -> None:
    """Three of them, at a terminal: the card takes none any more."""
    from healthcard.cli.life.desk import show_pin

    with _chip(serial) as chip:
        for _ in range(PIN_TRIES):
            show_pin(chip, "000001")


def pin_opens(serial: str, digits: str) -> bool:
    """Whether the card takes this PIN."""
    from healthcard.cli.life.desk import show_pin

    with _chip(serial) as chip:
        return show_pin(chip, digits) == "9000"


def _chip(serial: str):
    from healthcard.services.workshop import chips

    return _rack().open(chips.slot(serial))


@cache
def _terminal():
    """The hospital's, with a SAM of its own."""
    from healthcard.card.host.address import city_factor
    from healthcard.cli.life.hospital import Terminal
    from healthcard.perso import sam
    from healthcard.services.ports import given
    from healthcard.services.stage import demo

    with given().keys() as keys:
        chip = _rack().blank("sam", SAM_SERIAL, keys.factory_envelope("sam"), SAM)
        address = sam.issue(chip, keys, city_factor(demo.PROVINCE))
        return Terminal(sam=chip, pin=keys.sam_pin(address).reveal().hex())


@cache
def _rack():
    from healthcard.services.ports import given

    return staging._open.enter_context(given().rack())


# --- how everything stands


def stands(document: str) -> dict[str, dict[str, object]]:
    """Somebody's cards by their serials; as "applications" how those ended, by kind; as "person" his home."""
    from healthcard.storage.models import Application, Card, Resident

    person = _person(document)
    facts = ("life", "loss", "pin_locked", "app_lock", "suspended", "place", "chip_end", "end_reason", "kind")
    held = Card.objects.filter(resident=person)
    cards = {row.issue_serial: {name: getattr(row, name) for name in facts} for row in held}
    rows = Application.objects.filter(resident=person).order_by("pk")
    home = Resident.objects.select_related("home").get(pk=person).home.code
    return cards | {"applications": dict(rows.values_list("kind", "state")), "person": {"home": home}}


def _person(document: str) -> int:
    from healthcard.services.people import finding

    return finding.by_document(document)[0]
