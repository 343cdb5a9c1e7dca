"""Synthetic residents for demonstrations, tests and benchmarks. Everyone here is invented and cannot be anybody real.

Their citizen numbers lie in a division that was never assigned (6299), permits of Hong Kong, Macao and Taiwan residents
and foreigners' cards are of people born 1900 to 1909, telephone numbers begin 154, passports SYN. A resident depends on
the seed and its index alone, so the first n of a longer run are the same n.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from random import Random

from healthcard.domain import form, form_row, identity
from healthcard.domain.portrait import portrait
from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination

CYCLE = 25  # every trait below comes once in so many residents
MOST = 3_000_000  # beyond it document numbers would come again

_PARTS = tomllib.loads(files("healthcard.domain").joinpath("tables", "synthetic.toml").read_text("utf-8"))
_NAMES = _PARTS["names"]
_DIVISIONS = [f"6299{number:02}" for number in range(1, 100)]
_FIRST_DAY, _DAYS = date(1935, 1, 1), 32_000
_OLD_DAY, _OLD_DAYS = date(1900, 1, 1), 3_650
_LAST_DAY = date(2024, 6, 30)
_SEQUENCES = 998
_STEP = 1_000_003  # a prime: multiplied by it, indices spread over all days and sequences without meeting


def residents(count: int, seed: int = 1, *, reviewed: bool = True) -> Iterator[Resident]:
    """The first `count` synthetic residents of `seed`; `reviewed` gives every rare name its spelling for the chip.

    Without it every second rare name is still to be reviewed. Raises ValueError for more than MOST.
    """
    if count > MOST:
        raise ValueError(f"at most {MOST:,} synthetic residents have numbers of their own, not {count:,}")
    return (resident(index, seed, reviewed=reviewed) for index in range(count))


def resident(index: int, seed: int = 1, *, reviewed: bool = True) -> Resident:
    """The synthetic resident number `index` (0 is the first) of `seed`."""
    random = Random(f"{seed}/{index}")  # noqa: S311 - a reproducible choice, no secret
    trait = index % CYCLE
    held, born, sex = _document(random, index, seed, trait)
    group, name = _name(random, trait)
    chip_name = _spelling(name) if reviewed or index // CYCLE % 2 else ""
    child = (_LAST_DAY - born).days < 16 * 365
    alerts, other_alert = _alerts(random)
    return Resident(
        name=name,
        chip_name=chip_name if chip_name != name else "",
        document=held,
        sex=sex,
        ethnic_group=group,
        birth_date=born,
        phones=() if child else tuple(_phone(random) for _ in range(random.choice((1, 1, 1, 2)))),
        payment_methods=tuple(random.sample("12345678", random.choice((1, 1, 2)))),
        registered_address=_address(random),
        residence_address=_address(random) if random.random() < 0.2 else "",
        contacts=_contacts(random, child=child),
        education="" if child else random.choice("123456789"),
        marital_status="1" if child else random.choice("12222345"),
        occupation="" if child else random.choice("12345678"),
        health_record_no=f"{random.choice(_DIVISIONS)}{random.randrange(10**11):011}" if random.random() < 0.5 else "",
        ncms_card_no=f"{random.randrange(10**12):012}" if random.random() < 0.1 else "",
        abo=random.choice("11122233345"),
        rh_negative=random.choice("1111111123"),
        alerts=alerts,
        other_alert=other_alert,
        allergies=_allergies(random),
        vaccinations=_vaccinations(random, born),
        photo=portrait(random, remark=f"synthetic resident {seed}/{index}"),
    )


def as_form_row(person: Resident) -> dict[str, str]:
    """The cells of the collection form that say `person`, by the form's headings; the form has no photo."""
    written = form_row.cells(person)
    return {column.heading: written.get(key, "") for key, column in form.COLUMNS.items()}


def _document(random: Random, index: int, seed: int, trait: int) -> tuple[Document, date, str]:
    """A document with a number of its own, and the birth date and sex it says (or that are chosen for it)."""
    sex = random.choice("12")
    permit = {3: "810000", 8: "820000", 13: "830000", 18: "962999"}.get(trait)
    if permit:
        born, sequence, sex = _place(index, seed, _OLD_DAY, _OLD_DAYS)
        kind = identity.CITIZEN if permit[0] == "8" else identity.FOREIGN_RESIDENT
        return Document(kind=kind, number=_framed(permit, born, sequence)), born, sex
    born, sequence, said = _place(index, seed, _FIRST_DAY, _DAYS)
    if trait in {6, 16, 21}:
        kind, number = {6: ("03", "SYN{:07}"), 16: ("06", "H9{:07}"), 21: ("07", "9{:07}")}[trait]
        return Document(kind=kind, number=number.format((index + seed * _STEP) % 10**7)), born, sex
    divisions = random.sample(_DIVISIONS, len(_DIVISIONS)) if trait == 1 else [random.choice(_DIVISIONS)]
    numbers = [_framed(division, born, sequence) for division in divisions]
    with_x = [number for number in numbers if number.endswith("X")]
    return Document(kind=identity.CITIZEN, number=(with_x or numbers)[0]), born, said


def _place(index: int, seed: int, first: date, days: int) -> tuple[date, int, str]:
    """A birth date and a sequence number that no other index below MOST has, and the sex the sequence says."""
    place = (index * _STEP + seed * 7_919) % (days * _SEQUENCES)
    sequence = place % _SEQUENCES + 1
    return first + timedelta(days=place // _SEQUENCES), sequence, "1" if sequence % 2 else "2"


def _framed(division: str, born: date, sequence: int) -> str:
    first17 = f"{division}{born:%Y%m%d}{sequence:03}"
    return first17 + identity.check_character(first17)


def _name(random: Random, trait: int) -> tuple[str, str]:
    """Ethnic group and name: minority, long, rare and foreign names come by trait, the others are Han."""
    if trait in {6, 18}:
        foreign = _NAMES["foreign"]
        return "97", f"{random.choice(foreign['given'])} {random.choice(foreign['family'])}"
    if trait == 11:
        group, choices = random.choice(list(_NAMES["long"].items()))
        return group, random.choice(choices)
    if trait in {4, 14}:
        group, choices = random.choice(list(_NAMES["dotted"].items()))
        return group, "·".join(random.sample(choices, 2))
    if trait in {9, 19}:
        group, choices = random.choice(list(_NAMES["plain"].items()))
        return group, random.choice(choices)
    surname = random.choice(_PARTS["surnames"])
    given = random.choice("𠮷䶮㛃㙍") if trait == 23 else random.choice(_PARTS["given"])
    more = random.choice(_PARTS["given"]) if random.random() < 0.7 else ""
    return "01" if trait != 24 else random.choice(("11", "08", "15", "03")), surname + given + more


def _spelling(name: str) -> str:
    return name.translate(str.maketrans(_NAMES["rare"]))


def _phone(random: Random) -> str:
    return f"154{random.randrange(10**8):08}"


def _address(random: Random) -> str:
    return "".join(random.choice(_PARTS[part]) for part in ("provinces", "cities", "counties", "townships", "villages"))


def _contacts(random: Random, *, child: bool) -> tuple[Contact, ...]:
    """One to three people to reach: a child's are its parents."""
    count = random.choice((1, 2)) if child else random.choice((1, 1, 2, 3))
    relations = random.sample(("51", "52") if child else ("1", "2", "3", "51", "52", "71", "75", "97", "99"), count)
    return tuple(
        Contact(
            name=random.choice(_PARTS["surnames"]) + random.choice(_PARTS["given"]),
            relation=relation,
            phone=_phone(random),
        )
        for relation in relations
    )


def _alerts(random: Random) -> tuple[frozenset[str], str]:
    if random.random() < 0.75:
        return frozenset(), ""
    ticked = frozenset(str(number) for number in random.sample(range(1, 14), random.choice((1, 1, 2))))
    if random.random() < 0.8:
        return ticked, ""
    return ticked | {"99"}, random.choice(_PARTS["alert_texts"])


def _allergies(random: Random) -> tuple[Allergy, ...]:
    substances = random.sample(_PARTS["allergens"], random.choice((0, 0, 0, 1, 1, 3)))
    return tuple(Allergy(substance=substance, reaction=random.choice(_PARTS["reactions"])) for substance in substances)


def _vaccinations(random: Random, born: date) -> tuple[Vaccination, ...]:
    vaccines = random.sample(_PARTS["vaccines"], random.choice((0, 1, 2, 4, 10)))
    days = (_LAST_DAY - born).days
    return tuple(
        Vaccination(vaccine=vaccine, given=born + timedelta(days=random.randrange(days + 1))) for vaccine in vaccines
    )
