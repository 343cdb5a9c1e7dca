"""The pages that are measured, each with the requests for it: spread over everything there is to ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from urllib.parse import urlencode

from bench.pages import REQUESTS, Page, Visit
from bench.pages.people import Known

PROVINCE, CITY, DESK = 2, 6, 50  # organisations of the population; the desk is one of the city's
CLERK, REVIEWER, SUPERVISOR, MAKER, AUDITOR = range(
    0, 5000, 1000
)  # what is added to one's number is its role's account
DAYS = 300  # back from today, in which everything happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is there to ask for: the last numbers of people and cards, some of the desk, a closed day, known people."""

    people: int
    cards: int
    of_desk: Sequence[tuple[int, int, str]]  # card, holder, serial
    applications: Sequence[int]
    closed_day: int
    known: Sequence[Known]
    today: date
    figures: Sequence[str]


def pages(record: Record) -> Iterator[Page]:
    """Every page, in the order in which they are told."""
    yield from _searches(record)
    yield from _people_and_cards(record)
    yield from _applications(record)
    yield from _stock(record)
    yield from _day(record)
    yield from _boards(record)
    yield from _audit(record)


def _gets(name: str, accounts: Sequence[int], paths: Sequence[str]) -> Page:
    """Each path asked for by each account."""
    return Page(name=name, visits=[Visit(account=account, path=path) for path in paths for account in accounts])


def _searches(record: Record) -> Iterator[Page]:
    known = [each.record for each in record.known]
    wanted = {
        "search by identity or card number": [each.document.number for each in known],
        "search by telephone": [each.phones[0] for each in known],
        "search by name": [each.name for each in known],
        "search by issue serial": [serial for _, _, serial in record.of_desk],
        "search for somebody who is not there": [f"张没有{chr(0x4E00 + place)}" for place in range(REQUESTS)],
    }
    for name, texts in wanted.items():
        visits = [Visit(account=CLERK + DESK, path="/people/search", form={"wanted": text}) for text in texts]
        yield Page(name=name, visits=visits)


def _people_and_cards(record: Record) -> Iterator[Page]:
    clerk, everywhere = CLERK + DESK, SUPERVISOR + PROVINCE
    yield _gets("the counter", [clerk], ["/desk"])
    yield _gets("person", [clerk], [f"/people/{holder}" for _, holder, _ in record.of_desk])
    yield _gets("person with an application", [clerk], [f"/people/{each.id}" for each in record.known])
    yield _gets("record of a person", [clerk], [f"/people/{each.id}/record" for each in record.known])
    yield _gets("card", [clerk], [f"/cards/{card}" for card, _, _ in record.of_desk])
    yield _gets("life line of a card", [clerk], [f"/cards/{card}/life" for card, _, _ in record.of_desk])
    yield _gets("residents", [clerk, everywhere], [f"/residents?after={at}" for at in _places(record.people)])
    yield _gets("cards", [clerk, everywhere], [f"/cards?after={at}" for at in _places(record.cards)])


def _applications(record: Record) -> Iterator[Page]:
    at = [f"{record.today + timedelta(days=day)}.{number}" for day in range(-2, 18, 2) for number in (0, 10**9)]
    queues = [f"?{urlencode({'after': each})}" for each in at]
    queues += ["", "?kind=update", "?state=accepted", "?kind=first_issue", "?kind=loss", "?state=making"]
    accounts = [CLERK + DESK, REVIEWER + CITY, REVIEWER + PROVINCE]
    yield _gets("applications to review", accounts, [f"/applications{each}" for each in queues])
    reviewers = [REVIEWER + DESK, SUPERVISOR + PROVINCE]
    yield _gets("application", reviewers, [f"/applications/{each.application}" for each in record.known])


def _stock(record: Record) -> Iterator[Page]:
    for place in ("desk", "transit", "maker"):
        accounts = [CLERK + DESK, SUPERVISOR + CITY, SUPERVISOR + PROVINCE, MAKER + PROVINCE]
        yield _gets(f"stock: {place}", accounts, [f"/stock?place={place}"])
    yield _gets("stock: returned", [CLERK + DESK], ["/stock/returned"])
    cards = [f"/stock/group?card={card}&card={card + 1}" for card, _, _ in record.of_desk]
    yield _gets("stock: a group", [CLERK + DESK], cards)


def _day(record: Record) -> Iterator[Page]:
    yield _gets("fees of the day", [CLERK + DESK], ["/day"])
    yield _gets("a closed day counted again", [CLERK + DESK], [f"/day/closes/{record.closed_day}"])
    yield _gets("my last acts", [CLERK + DESK], ["/day/mine"])
    yield _gets("deadlines", [CLERK + DESK, SUPERVISOR + CITY, SUPERVISOR + PROVINCE], ["/day/due"])


def _boards(record: Record) -> Iterator[Page]:
    ranges = list(_ranges(record.today))
    places = {"desk": (SUPERVISOR, DESK), "city": (SUPERVISOR, CITY), "province": (SUPERVISOR, PROVINCE)}
    for name, (role, place) in places.items():
        yield _gets(f"board of a {name}", [role + place], [f"/boards?{each}" for each in ranges])
    for key in record.figures:
        paths = [f"/boards/{key}?{each}" for each in ranges[:16]]
        yield _gets(f"list of the board: {key}", [role + place for role, place in places.values()], paths)


def _audit(record: Record) -> Iterator[Page]:
    accounts = [AUDITOR + DESK, AUDITOR + PROVINCE]
    asked = {
        "by person": [f"resident={holder}" for _, holder, _ in record.of_desk],
        "by card": [f"card={card}" for card, _, _ in record.of_desk],
        "by application": [f"application={each}" for each in record.applications],
        "by operator": [f"account={CLERK + number}" for number in range(DESK, DESK + 10)],
        "by operator and time": [f"account={CLERK + DESK}&{each}" for each in _ranges(record.today)],
    }
    for name, queries in asked.items():
        yield _gets(f"audit {name}", accounts, [f"/audit?{each}" for each in queries])
    forms = [{"card": serial} for _, _, serial in record.of_desk]
    visits = [Visit(account=AUDITOR + PROVINCE, path="/audit/find", form=form) for form in forms]
    yield Page(name="audit: what was typed", visits=visits)


def _places(last: int) -> list[int]:
    """Numbers spread over all there are."""
    chance = Random(last)  # noqa: S311 - a reproducible choice, no secret
    return [chance.randrange(1, last) for _ in range(REQUESTS)]


def _ranges(today: date) -> Iterator[str]:
    """Days to ask for: weeks, months, and all of them."""
    chance = Random(DAYS)  # noqa: S311 - a reproducible choice, no secret
    for place in range(REQUESTS):
        length = (7, 31, 92, DAYS + 30)[place % 4]
        until = today - timedelta(days=chance.randrange(max(1, DAYS - length)))
        yield urlencode({"since": until - timedelta(days=length), "until": until})
