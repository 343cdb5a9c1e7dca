"""What becomes of each record when cards are replaced: nothing is lost without being named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healthcard.card.wire import layout
from healthcard.perso.upkeep import account, business
from healthcard.perso.upkeep.account import Source
from healthcard.perso.upkeep.corrections import Correction

FULL, SMALL = layout.load("full"), layout.load("small")
VISIT_SIZE = FULL.file("DF03/ED01").size
ALLERGY_SIZE = FULL.file("DF02/EF07").record_size


def entry(path, number, data, *, valid=True):
    return business.Entry(path=path, number=number, data=data, valid=valid)


def visit(place, text, *, valid=True):
    return entry(f"DF03/{place}", 1, text.ljust(VISIT_SIZE, b"\xff"), valid=valid)


def allergy(number, letter):
    return entry("DF02/EF07", number, letter * ALLERGY_SIZE)


def data(*entries, shape=FULL):
    return business.BusinessData(layout=shape.name, entries=entries)


def reasons(source, target, shape=FULL):
    return [(each.entry.path, each.reason) for each in account.left(source, target.due, shape)]


def test_one_card_alone_moves_as_it_is_what_is_marked_invalid_included():
    old = data(visit("ED03", b"erased", valid=False), visit("ED05", b"kept"), allergy(1, b"a"))
    target = account.together([Source(data=old)], FULL)
    assert target.due.entries == old.entries
    assert (account.moved(old, target.due), reasons(old, target)) == (old.entries, [])


def test_what_a_later_card_says_otherwise_and_what_was_erased_is_left_with_its_reason():
    first = data(entry("DF02/EF05", 3, b"\x2b\x01\x00"))
    old = data(entry("DF02/EF05", 3, b"\x2b\x01\x01"), visit("ED01", b"gone", valid=False))
    lent = data(entry("DF02/EF05", 3, b"\x2b\x01\x02"))
    target = account.together([Source(data=old), Source(data=lent, first=first)], FULL)
    assert reasons(old, target) == [("DF02/EF05", account.SUPERSEDED), ("DF03/ED01", account.ERASED)]
    assert reasons(lent, target) == []


def test_what_was_not_changed_on_a_later_card_leaves_the_older_ones_in_force():
    made = entry("DF02/EF05", 3, b"\x2b\x01\x00")
    old = data(entry("DF02/EF05", 3, b"\x2b\x01\x01"))
    target = account.together([Source(data=old), Source(data=data(made), first=data(made))], FULL)
    assert target.due.of("DF02/EF05") == old.entries


def test_the_oldest_records_of_a_full_file_find_no_room():
    old = data(*(allergy(number, letter) for number, letter in enumerate((b"c", b"b", b"a"), 1)))
    target = account.together([Source(data=old), Source(data=data(allergy(1, b"d")), first=data())], FULL)
    assert [each.data[:1] for each in target.due.of("DF02/EF07")] == [b"d", b"c", b"b"]
    assert reasons(old, target) == [("DF02/EF07", account.NO_ROOM)]


def test_a_smaller_card_has_no_place_for_visits():
    old = data(visit("ED01", b"seen"), entry("DF02/EF05", 3, b"\x2b\x01\x01"))
    target = account.together([Source(data=old)], SMALL)
    assert reasons(old, target, SMALL) == [("DF03/ED01", account.NO_PLACE)]
    assert [each.path for each in target.due.entries] == ["DF02/EF05"]


def test_nothing_gives_nothing():
    target = account.together([], FULL)
    assert (target.due.count, target.goals) == (0, ())


VISITS = st.lists(st.tuples(st.binary(min_size=1, max_size=4), st.booleans()), max_size=5)


@given(VISITS, VISITS)
def test_every_record_is_moved_or_left_and_none_is_both(olds, news):
    cards = [
        data(*(visit(f"ED0{place}", text, valid=valid) for place, (text, valid) in enumerate(row, 1)))
        for row in (olds, news)
    ]
    target = account.together([Source(data=cards[0]), Source(data=cards[1], first=data())], FULL)
    for card in cards:
        moved, left = account.moved(card, target.due), account.left(card, target.due, FULL)
        assert sorted(map(repr, (*moved, *(each.entry for each in left)))) == sorted(map(repr, card.entries))
        assert {each.reason for each in left} <= {account.ERASED, account.NO_ROOM}


def test_the_digest_of_records_tells_neither_order_nor_place():
    one, other = visit("ED01", b"one"), visit("ED02", b"other")
    assert account.digest([one, other]) == account.digest([other, visit("ED04", b"one")])
    assert account.digest([one]) != account.digest([one, one])


ABO, FLAG = entry("DF02/EF05", 1, b"\x29\x01\x01"), entry("DF02/EF05", 3, b"\x2b\x01\x01")


def corrected(before, after):
    return Correction(before=data(*before), after=data(*after))


def test_what_the_record_corrected_goes_by_the_record_and_the_rest_as_it_stands_on_the_chip():
    now = entry("DF02/EF05", 1, b"\x29\x01\x02")
    changed = corrected([ABO, entry("DF02/EF05", 3, b"\x2b\x01\x00")], [now, entry("DF02/EF05", 3, b"\x2b\x01\x00")])
    old = data(ABO, FLAG, visit("ED01", b"seen"))
    target = account.together([Source(data=old, corrections=(changed,))], FULL)
    assert target.due.entries == (now, FLAG, old.entries[2])
    (left,) = account.left(old, target.due, FULL, (changed,))
    assert (left.entry, left.reason) == (ABO, account.CORRECTED)


def test_an_allergy_struck_out_stays_behind_and_a_new_one_comes_first():
    changed = corrected([allergy(1, b"a"), allergy(2, b"b")], [allergy(1, b"b"), allergy(2, b"c")])
    old = data(*(allergy(number, letter) for number, letter in enumerate((b"x", b"a", b"b"), 1)))
    target = account.together([Source(data=old, corrections=(changed,))], FULL)
    assert [each.data[:1] for each in target.due.of("DF02/EF07")] == [b"c", b"x", b"b"]
    (left,) = account.left(old, target.due, FULL, (changed,))
    assert (left.entry.data[:1], left.reason) == (b"a", account.CORRECTED)


def test_what_an_institution_wrote_on_a_later_card_goes_before_an_older_correction():
    now, later = entry("DF02/EF05", 1, b"\x29\x01\x02"), entry("DF02/EF05", 1, b"\x29\x01\x03")
    changed = corrected([ABO], [now])
    for lent, due in ((now, now), (later, later)):
        sources = [Source(data=data(ABO), corrections=(changed,)), Source(data=data(lent), first=data(now))]
        assert account.together(sources, FULL).due.entries == (due,)


def test_an_allergy_that_two_cards_of_one_move_lack_is_added_once():
    changed = corrected([], [allergy(1, b"c")])
    sources = [Source(data=data(allergy(1, b"a")), corrections=(changed,)), Source(data=data(), corrections=(changed,))]
    assert [each.data[:1] for each in account.together(sources, FULL).due.of("DF02/EF07")] == [b"c", b"a"]
