"""Synthetic people, issues, plans and chips for the tests of the engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

from doubles.keys import MemoryKeys
from healthcard.card.host.ports import CardAddress
from healthcard.card.os import chip as user_card
from healthcard.card.os.chip import Chip
from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination
from healthcard.perso import application, image, products, script
from healthcard.perso.image import CardImage
from healthcard.perso.issue import IssueData, security_code
from healthcard.perso.loads import loads
from healthcard.perso.plan import Plan
from healthcard.perso.products import Product
from healthcard.perso.rehearsal import Rehearser
from healthcard.perso.rehearsed import RehearsedPlan

PRODUCTS = ("jia", "yi", "bing")
KEYS = MemoryKeys()
CITY = "320100"
CHIPS = {"jia": "00F1860100000007", "yi": "00F1860100000008", "bing": "8602000000000009"}
SERIAL_LENGTH = {"jia": 4, "yi": 4, "bing": 6}

RESIDENT = Resident(
    name="买买提·艾力",
    document=Document(kind="01", number="11010519491231002X"),
    sex="1",
    ethnic_group="05",
    birth_date=date(1949, 12, 31),
    phones=("13800000001", "02500000002"),
    payment_methods=("3", "5"),
    registered_address="江苏省南京市试验区样本路1号",
    residence_address="江苏省南京市试验区样本路2号",
    contacts=(Contact(name="张三", relation="1", phone="13900000003"),),
    education="7",
    marital_status="2",
    occupation="5",
    abo="4",
    rh_negative="2",
    alerts=frozenset({"1", "5"}),
    allergies=(Allergy(substance="青霉素", reaction="皮疹"), Allergy(substance="花生")),
    vaccinations=(
        Vaccination(vaccine="卡介苗", given=date(2001, 2, 3)),
        Vaccination(vaccine="乙肝疫苗", given=date(2002, 3, 4)),
        Vaccination(vaccine="脊灰疫苗", given=date(2003, 4, 5)),
    ),
    photo=b"\xff\xd8" + bytes(range(256)) * 4 + b"\xff\xd9",
)
FOREIGNER = Resident(
    name="TEST PERSON",
    document=Document(kind="03", number="E12345678"),
    sex="2",
    ethnic_group="99",
    birth_date=date(1980, 1, 2),
)
ISSUE = IssueData(
    issuer_name="试验省卫生厅",
    issuer_code="00000000X"[:8] + "1",
    issuer_certificate=bytes(range(180)),
    issue_date=date(2026, 1, 2),
    expiry=date(2036, 1, 1),
    serial="0000000042",
    city_code=CITY,
    category="1",
    security_code=security_code("000000001", "0000000042"),
)


def product(name: str) -> Product:
    return products.products()[name]


def address(name: str, chip8: bytes | None = None) -> CardAddress:
    return CardAddress(chip=chip8 or bytes.fromhex(CHIPS[name]), city=ISSUE.city8)


@cache
def card_image(name: str, resident: Resident = RESIDENT) -> CardImage:
    return image.build(resident, ISSUE, application.load(product(name).application))


def plan(name: str, resident: Resident = RESIDENT, *, kind: Product | None = None, keys: MemoryKeys = KEYS) -> Plan:
    kind = kind or product(name)
    content, where = card_image(name, resident), address(name)
    wanted = loads(kind, content.layout, content.keys, content.pin)
    (fields,) = keys.wrap(name, wanted, [where])
    return script.compile_plan(content, kind, where, fields, keys.check_values(content.keys, where))


def blank(name: str, chip8: bytes | None = None, keys: MemoryKeys = KEYS) -> Chip:
    chip8 = chip8 or bytes.fromhex(CHIPS[name])
    return user_card.blank(name, chip8[-SERIAL_LENGTH[name] :], keys.transport_key(name, chip8))


def bench(product_name: str, chip8: bytes) -> Chip:
    return blank(product_name, chip8)


def rehearsed(name: str, resident: Resident = RESIDENT) -> RehearsedPlan:
    return REHEARSER.rehearse(plan(name, resident))


REHEARSER = Rehearser(bench, KEYS)
Make = Callable[[str], Plan]
