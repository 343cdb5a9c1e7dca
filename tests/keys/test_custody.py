"""Keys make cards while their backup is known to be good, and a change in the store is honoured at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from healthcard.keys.entries import COUNTRY, PRODUCTION, Place
from healthcard.keys.errors import NotAllowed
from healthcard.keys.founding import found
from healthcard.keys.founding import service as place_of
from healthcard.keys.hierarchy import HIERARCHY, NATIONAL
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import KeyLoad, pack
from healthcard.keys.store import KeyStore
from keys import masters

DAY = date(2026, 3, 1)
RK1 = Place(level=NATIONAL, name="RK1_DDF1", scope=COUNTRY)


@pytest.fixture
def production(tmp_path):
    """A store of new keys marked production, with a lot's transport key."""
    store = KeyStore.create(tmp_path / "store.json", PRODUCTION, masters.PASSPHRASE, cost=masters.CHEAP)
    found(store)
    store.generate(Place(level="transport", name="TRANSPORT:jia", scope="jia"), "SM4", diversified=True)
    store.save()
    return store


LOAD = KeyLoad(name="RK1_DDF1", header=bytes.fromhex("84D4010424"), clear=b"", prefix=b"\x07\x01\x0f", padded=True)


def office(store, today):
    return KeyOffice(store, today=lambda: today)


def wrap(store, today):
    return office(store, today).wrap("jia", [LOAD], pack([masters.CARD]))


def drill(store, day):
    store.drilled([entry.place for entry in store], day.isoformat())


def test_a_key_whose_backup_was_never_tried_makes_no_cards(production):
    with pytest.raises(NotAllowed, match=r"its backup was never tried.*180 days ago \(第七条第三项\)"):
        wrap(production, DAY)


def test_a_key_makes_cards_for_179_days_after_the_drill_and_not_on_the_180th(production):
    drill(production, DAY)
    for days in (0, 179):
        assert wrap(production, DAY + timedelta(days=days)).rows()
    with pytest.raises(NotAllowed, match="last tried on 2026-03-01"):
        wrap(production, DAY + timedelta(days=180))


def test_one_office_refuses_from_the_day_on_which_the_drill_is_too_old(production):
    drill(production, DAY)
    now = [DAY]
    working = KeyOffice(production, today=lambda: now[0])
    assert working.wrap("jia", [LOAD], pack([masters.CARD])).rows()
    now[0] += timedelta(days=180)
    with pytest.raises(NotAllowed, match="last tried"):
        working.wrap("jia", [LOAD], pack([masters.CARD]))


def test_an_issuer_certificate_is_issue_too_and_cards_in_the_field_are_served_all_the_same(production):
    drill(production, DAY)
    late = office(production, DAY + timedelta(days=400))
    with pytest.raises(NotAllowed, match="last tried"):
        late.issuer_certificate("12", DAY, DAY)
    assert len(late.mac("RK1_DDF1", masters.CARD, masters.CHALLENGE, b"")) == 4
    assert len(late.data_key("people")) == 16
    assert late.authority()


def test_reminders_come_before_the_last_day(production):
    drill(production, DAY)
    assert office(production, DAY + timedelta(days=149)).reminders() == ()
    (reminder,) = office(production, DAY + timedelta(days=150)).reminders()
    assert reminder.until == DAY + timedelta(days=179)
    assert reminder.keys == len(HIERARCHY.masters) + len(HIERARCHY.services)
    production.drilled([RK1], "")
    assert office(production, DAY).reminders()[0].until is None


def test_demo_stores_are_not_asked_for_drills(store):
    assert store.mark == "test"
    assert office(store, DAY).reminders() == ()
    assert wrap(store, DAY).rows()


def test_a_compromised_key_serves_nobody_from_the_next_request_on(service, folder):
    assert service.start() == f"ready {service.socket}"
    with service.client() as client:
        assert client.check_values(["RK1_DDF1"], masters.CARD)
        ceremony = KeyStore.open(folder / "store.json", masters.PASSPHRASE)
        ceremony.enter(RK1, "compromised")
        ceremony.save()
        with pytest.raises(NotAllowed, match="is compromised: nobody may use it"):
            client.check_values(["RK1_DDF1"], masters.CARD)
        assert client.check_values(["RK1_DF01"], masters.CARD)
        assert {row.state for row in client.status() if row.name == "RK1_DDF1"} == {"compromised"}


def test_a_destroyed_key_leaves_its_row_and_nothing_of_itself(production, tmp_path):
    kept = production.get(RK1)[0].kept.hex()
    assert kept in production.path.read_text()
    production.enter(RK1, "destroyed")
    production.save()
    assert kept not in production.path.read_text()
    again = KeyStore.open(production.path, masters.PASSPHRASE)
    assert {entry.place: entry.state for entry in again}[RK1] == "destroyed"
    with pytest.raises(NotAllowed, match="was destroyed"):
        again.get(RK1)


def test_another_store_in_the_same_place_is_not_taken_in(service, folder, tmp_path):
    assert service.start() == f"ready {service.socket}"
    with service.client() as client:
        assert client.audit_key()
        other = masters.make(tmp_path / "other" / "store.json")
        (folder / "store.json").write_bytes(other.path.read_bytes())
        with pytest.raises(Exception, match="Another store was put in place"):
            client.audit_key()


def test_service_keys_stand_at_their_level():
    assert place_of("AUTHORITY").scope == COUNTRY
    assert place_of("DATA").scope == "*"
