"""The demo province (示范省): invented organisations and people, and cards on virtual chips. Never in production."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from itertools import cycle

from django.db import transaction

from healthcard.card.os.products import PRODUCTS
from healthcard.domain.permissions import Role
from healthcard.domain.synthetic import resident as synthetic_resident
from healthcard.domain.synthetic import residents as synthetic
from healthcard.perso.results import Finished
from healthcard.services import actor as actors
from healthcard.services import scope
from healthcard.services.actor import Actor
from healthcard.services.authority import accounts, grants, issuers, totp
from healthcard.services.authority.accounts import Login
from healthcard.services.authority.login import seal_owner
from healthcard.services.errors import ServiceError
from healthcard.services.people import residents
from healthcard.services.ports import given
from healthcard.services.sealing import sealer
from healthcard.services.stage.admitted import Staff, Suppliers
from healthcard.services.workshop import cards, chips, making
from healthcard.services.workshop.bench import RackBench
from healthcard.services.workshop.making import Workshop
from healthcard.storage.models import Account, Card, GrantKind, Organisation, OrganisationKind

RESIDENTS = 50
CARDS = 9  # three of each COS product
PROVINCE = "990000"  # GB/T 2260 has no division 99
ISSUER_CODE = "9900000000000000000099"

_ORGANISATIONS = (
    ("000000", "卫生部（示范）", OrganisationKind.MINISTRY, "000000", None),
    (PROVINCE, "示范省卫生厅", OrganisationKind.PROVINCE, "990000", ISSUER_CODE),
    ("990100", "示范市卫生局", OrganisationKind.CITY, "990100", None),
    ("990101-1", "示范市居民健康卡服务中心", OrganisationKind.IMPLEMENTER, "990101", None),
)
_PEOPLE = (
    ("clerk", "示范经办员", Role.CLERK),
    ("reviewer", "示范审核员", Role.REVIEWER),
    ("supervisor", "示范主管", Role.SUPERVISOR),
    ("maker", "示范制卡员", Role.MAKER),
    ("auditor", "示范审计员", Role.AUDITOR),
)
_CENTRE = {  # at the registration centre, by their part in `Staff`
    "taker": ("centre-clerk", "示范中心经办员", Role.CLERK),
    "reviewer": ("centre-reviewer", "示范中心审核员", Role.REVIEWER),
    "certifier": ("centre-head", "示范中心主管", Role.SUPERVISOR),
}
_PROVINCE = {
    "selector": ("province-head", "示范省主管", Role.SUPERVISOR),
    "second": ("province-second", "示范省第二主管", Role.SUPERVISOR),
}
_STAFF_SEED = 99  # invented documents of the people who work there
USERNAMES = tuple(username for username, _, _ in _PEOPLE)
SUPPLY_USERNAMES = tuple(username for username, _, _ in (*_CENTRE.values(), *_PROVINCE.values()))


def exists() -> bool:
    """Whether this installation has organisations already, the demo's or real ones."""
    return Organisation.objects.exists()


def create(today: date, people: int = RESIDENTS) -> tuple[Login, ...]:
    """Organisations, logins with random passwords, and people; the logins are told this once."""
    with transaction.atomic():
        office = _organisations()
        scope.limit(scope.EVERYBODY)
        province = Organisation.objects.get(code=PROVINCE)
        issuers.establish(province, today)
        _authorise(province, today)
        residents.stored(list(synthetic(people)), office.pk)
        _supply(province)
        return tuple(_login(office, number) for number in range(len(_PEOPLE)))


def codes() -> tuple[tuple[str, str], ...]:
    """The one-time codes of this moment for the demo's logins, as their authenticator apps would show them.

    For the login page of a demo, where nobody has enrolled an app; there are none for logins outside the demo's office.
    """
    office = _ORGANISATIONS[-1][0]
    rows = Account.objects.filter(username__in=USERNAMES, organisation__code=office).exclude(second_factor=None)
    if not rows:
        return ()
    seals, step = sealer(), int(time.time()) // totp.STEP_SECONDS
    found = {
        row.username: totp.code(
            seals.open(bytes(row.second_factor or b""), seal_owner(row.username)), _unused(row, step)
        )
        for row in rows
    }
    return tuple((username, found[username]) for username in USERNAMES if username in found)


def _unused(row: Account, step: int) -> int:
    """The step whose code still works: each works once, and the next one is taken already."""
    return max(step, min(row.second_factor_step + 1, step + totp.DRIFT))


def make_cards(today: date, wanted: int = CARDS) -> Iterator[str]:
    """Make cards until there are `wanted`, each product in turn, onto virtual chips; tells each one's serial."""
    actor = maker()
    people = residents.waiting(actor, limit=max(0, wanted - Card.objects.count()))
    with making.workshop() as shop:
        for person, product in zip(people, cycle(sorted(PRODUCTS)), strict=False):
            yield _make(actor, person, product, shop, today)


def maker() -> Actor:
    """Who makes the demo's cards: the operator, for the province."""
    province = Organisation.objects.get(code=PROVINCE)
    return actors.of_console(province, "demo")


def _organisations() -> Organisation:
    """The tree; its lowest office, where the people are registered."""
    above: Organisation | None = None
    for code, name, kind, division, issuer_code in _ORGANISATIONS:
        above = Organisation.objects.create(
            code=code, name=name, kind=kind, parent=above, division=division, issuer_code=issuer_code
        )
    if above is None:
        raise ServiceError("The demo has no organisations.")
    return above


def _authorise(province: Organisation, today: date) -> None:
    """The ministry lets the province issue (第六条), the province its city have cards made, and files that (第七条)."""
    ministry, city = (
        Organisation.objects.get(kind=kind) for kind in (OrganisationKind.MINISTRY, OrganisationKind.CITY)
    )
    above, own = actors.of_console(ministry, "demo"), actors.of_console(province, "demo")
    grants.give(above, GrantKind.ISSUE, province.pk, document="示范〔2026〕1号", valid_from=today)
    delegation = grants.give(own, GrantKind.MAKING, city.pk, document="示范省〔2026〕1号", valid_from=today)
    grants.file(own, delegation, today)


def _supply(province: Organisation) -> None:
    """Invented suppliers of every product, by people of the registration centre and the province who see to it.

    Nobody is told their passwords: there is no screen for their work yet.
    """
    ministry = Organisation.objects.get(kind=OrganisationKind.MINISTRY)
    logins = {
        place: _staff(ministry if place in _CENTRE else province, place, number)
        for number, place in enumerate((*_CENTRE, *_PROVINCE), len(_PEOPLE))
    }
    ids = dict(Account.objects.filter(username__in=SUPPLY_USERNAMES).values_list("username", "pk"))
    staff = {place: actors.of_account(ids[login.username]) for place, login in logins.items()}
    Suppliers(staff=Staff(**staff)).file(*PRODUCTS)


def _staff(place: Organisation, part: str, number: int) -> Login:
    username, full_name, role = {**_CENTRE, **_PROVINCE}[part]
    return _account(place, username, full_name, role, number)


def _login(office: Organisation, number: int) -> Login:
    return _account(office, *_PEOPLE[number], number)


def _account(place: Organisation, username: str, full_name: str, role: Role, number: int) -> Login:
    return accounts.create(
        place,
        username=username,
        full_name=full_name,
        role=role,
        password=accounts.random_password(),
        document=synthetic_resident(number, _STAFF_SEED).document,
    )


def _make(actor: Actor, person: int, product: str, shop: Workshop, today: date) -> str:
    card = cards.plan(actor, person, today=today)
    serial = cards.shown(actor, card).issue_serial
    chip_serial = int(serial).to_bytes(PRODUCTS[product].serial_length, "big")
    with given().rack() as rack:
        envelope = RackBench(rack, shop.keys).envelope(product)
        with rack.blank(product, chip_serial, envelope, chips.slot(serial)) as chip:
            result = making.personalise(actor, card, chip, shop)
    if not isinstance(result, Finished):
        raise ServiceError(f"Card {serial} was not finished: {result.reason}")
    return f"{serial} {product}"
