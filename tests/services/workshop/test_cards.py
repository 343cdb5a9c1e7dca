from __future__ import annotations

import threading

import pytest

from healthcard.domain.permissions import NotAllowed


@pytest.fixture
def cards(people, issuer):
    from healthcard.services.workshop import cards

    return cards


def test_serials_of_an_issuer_follow_each_other(cards, console, people, today):
    planned = [cards.plan(console, person, today=today) for person in people[:3]]
    assert [cards.shown(console, card).issue_serial for card in planned] == ["0000000001", "0000000002", "0000000003"]


def test_a_second_card_for_a_person_is_refused_by_the_law(cards, console, people, today):
    from healthcard.services.errors import Conflict

    cards.plan(console, people[0], today=today)
    with pytest.raises(Conflict, match=r"Art\. 3"):
        cards.plan(console, people[0], today=today)


def test_nobody_gets_a_card_from_a_body_that_does_not_issue(people, console, today):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import cards

    with pytest.raises(Conflict, match=r"Art\. 5"):
        cards.plan(console, people[0], today=today)


def test_a_card_for_nobody_is_not_found(cards, console, today):
    from healthcard.services.errors import NotFound

    with pytest.raises(NotFound):
        cards.plan(console, 0, today=today)
    with pytest.raises(NotFound):
        cards.shown(console, 0)


def test_a_leap_day_card_is_valid_to_a_day_that_exists(cards, console, people, today):
    card = cards.plan(console, people[0], today=today.replace(year=2028, month=2, day=29))
    assert str(cards.shown(console, card).valid_until) == "2038-02-28"


def test_a_list_comes_in_pages_the_newest_first(cards, console, people, today):
    planned = [cards.plan(console, person, today=today) for person in people]
    first = cards.listed(console, limit=3)
    second = cards.listed(console, after=first.after, limit=3)
    assert [card.id for card in (*first.cards, *second.cards)] == planned[::-1]
    assert second.after is None


def test_somebodys_cards_are_listed_with_him(cards, console, people, today):
    card = cards.plan(console, people[0], today=today)
    assert [each.id for each in cards.of_resident(console, people[0])] == [card]
    assert cards.of_resident(console, people[1]) == ()


@pytest.mark.parametrize(("role", "allowed"), [("clerk", True), ("maker", False), ("auditor", False), ("admin", False)])
def test_only_clerks_order_cards(cards, as_role, people, today, role, allowed):
    if allowed:
        cards.plan(as_role(role), people[0], today=today)
    else:
        with pytest.raises(NotAllowed):
            cards.plan(as_role(role), people[0], today=today)


def test_clerks_who_order_at_the_same_moment_never_get_the_same_serial(installation, helpers, committed_db):
    from django.db import connection

    from healthcard.services.authority import issuers

    got = []

    def order():
        got.extend(issuers.next_serial("8" * 22) for _ in range(25))
        connection.close()

    threads = [threading.Thread(target=order) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [f"{number:010d}" for number in range(1, 101)]
