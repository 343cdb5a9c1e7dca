"""A desk's day at the API: cards made, handed over, released, unlocked, locked and destroyed by card sessions."""

from __future__ import annotations

import pytest
from card_desk import FACE, Pad, applied, asked, handed_over, pin_is, read, reviewed, sent, session, state

pytestmark = pytest.mark.xdist_group("line")


def test_a_card_goes_from_the_application_to_its_holder_who_sets_his_pin(desk, made):
    application, card, chip = made
    done = session("clerk", "set pin", chip, Pad("482913"), application=application, identity=FACE)
    assert (done["outcome"], done["proved"]) == ("finished", True)
    assert pin_is(chip, "482913") == "9000"
    assert handed_over(application, chip) == {"outcome": "finished", "card": card, "receipts": []}
    told = state(card)
    assert (told["life"], told["place"], told["usable"]) == ("issued", "holder", True)
    events = read("clerk", f"/cards/{card}/events")
    assert [each["event"] for each in events] == ["ordered", "made", "dispatched", "arrived", "handed_over"]
    (work,) = read("clerk", f"/cards/{card}/chip-work")
    assert (work["kind"], work["state"], work["application"]) == ("set_pin", "finished", application)
    late = {"act": "set pin", "arguments": {"application": application, "identity": FACE}}
    asked("clerk", "/card-sessions", late, status=(404,))


def test_a_lost_card_is_released_with_itself_and_a_locked_pin_unlocked(desk, made):
    application, card, chip = made
    handed_over(application, chip)
    ticket = applied(desk, "/losses", {"loss_reason": "遗失"})
    assert (ticket["cards"], state(card)["reason"]) == ([card], "lost")
    asked("clerk", f"/applications/{ticket['application']}/verification", {"finding": "已核实"})
    reviewed(ticket["application"])
    wish = applied(desk, "/unlosses", {"unloss_reason": "找到"}, card=card)["id"]
    asked("clerk", f"/applications/{wish}/verification", {"finding": "已核实"})
    reviewed(wish)
    assert session("clerk", "release loss", chip, application=wish, identity=FACE) == {"outcome": "finished"}
    assert state(card)["usable"]
    while pin_is(chip, "000000") != "6983":
        pass
    wish = applied(desk, "/unlocks", {"lock_reason": "忘记"}, card=card)["id"]
    assert state(card)["pin_locked"]
    asked("clerk", f"/applications/{wish}/verification", {"finding": "已核实"})
    assert session("clerk", "unlock", chip, Pad("591824"), application=wish, identity=FACE)["outcome"] == "finished"
    assert (pin_is(chip, "591824"), state(card)["pin_locked"]) == ("9000", False)


def test_a_returned_card_is_locked_and_destroyed_by_two_people(desk, made):
    application, card, chip = made
    handed_over(application, chip)
    wish = applied(desk, "/terminations", {"reason": "1", "irrevocable": True}, presented=["identity"])
    assert (reviewed(wish["application"]["id"]), state(card)["chip_end"]) == ("completed", "listed")
    assert asked("clerk", f"/cards/{card}/black-listing", {"reason": "读不出"}, status=(409,))["rule"]
    row = read("clerk", f"/cards/{card}")
    printed = {name: row[name] for name in ("issuer_code", "issue_serial")}
    assert asked("clerk", "/cards/search", printed) == {"card": card}
    asked("clerk", "/cards/search", printed | {"issue_serial": "9" * 10}, status=(404,))
    receipt = asked("clerk", "/returned-chips", {"card": card})
    assert session("clerk", "lock returned", chip, card=card)["outcome"] == "finished"
    (kept,) = read("clerk", "/returned-chips")["items"]
    assert (kept["receipt"], kept["chip_end"]) == (receipt["number"], "locked")
    asked("clerk", "/returned-chips/set-aside", {"cards": [card]})
    alone = asked("clerk", "/returned-chips/destruction", {"cards": [card]}, status=(409,))
    assert alone["rule"] == "two_people"
    certificate = asked("supervisor", "/returned-chips/destruction", {"cards": [card]})
    path = f"/returned-chips/certificates/{certificate['digest']}"
    assert read("clerk", path) == certificate
    assert sent("clerk", "GET", "/returned-chips/certificates/" + "00" * 32).status_code == 404
    assert state(card)["place"] == "destroyed"


def test_a_card_is_locked_and_released_under_supervision_by_two_people(desk, made):
    application, card, chip = made
    handed_over(application, chip)
    lock = asked("supervisor", f"/cards/{card}/lock-orders", {"wish": "lock", "reason": "疑似转借"})["id"]
    alone = asked("supervisor", f"/lock-orders/{lock}/carrying-out", status=(409,))
    assert (alone["rule"], state(card)["usable"]) == ("two_people", True)
    asked("clerk", f"/lock-orders/{lock}/carrying-out")
    assert (state(card)["app_lock"], state(card)["reason"]) == ("temporary", "locked")
    (row,) = read("clerk", "/lock-orders?state=to_follow")["items"]
    assert (row["id"], row["wish"], row["chip_at"]) == (lock, "lock", None)
    assert session("clerk", "carry out lock", chip, order=lock)["outcome"] == "finished"
    assert read("clerk", "/lock-orders?state=to_follow")["items"] == []
    release = asked("supervisor", f"/cards/{card}/lock-orders", {"wish": "release", "reason": "已核实"})["id"]
    assert asked("clerk", f"/lock-orders/{release}/carrying-out", status=(409,))["rule"] == "card_in_reader"
    assert session("clerk", "carry out lock", chip, order=release)["outcome"] == "finished"
    assert state(card)["usable"]
    asked("supervisor", f"/lock-orders/{release}/withdrawal", status=(409,))


def test_a_card_nobody_can_be_given_ends_before_it_is_issued(desk, made):
    application, card, _ = made
    early = asked("clerk", f"/applications/{application}/giving-up", {"reason": "uncollected"}, status=(409,))
    assert early["rule"] == "kept_long_enough"
    asked("clerk", f"/applications/{application}/giving-up", {"reason": "undeliverable"})
    assert (state(card)["life"], state(card)["end_reason"]) == ("ended", "undeliverable")
    again = asked("maker", f"/cards/{card}/scrapping", {"reason": "x"}, status=(409,))
    assert "made once only" in again["detail_en"]


def test_the_auditor_reads_what_was_done_and_is_read_himself(desk, made):
    _, card, _ = made
    first = asked("auditor", "/audit/search", {"card": card, "limit": 2})
    assert [each["action"] for each in first["items"]] == ["card.arrive", "card.dispatch"]
    rest = asked("auditor", "/audit/search", {"card": card, "after": first["next"], "limit": 100})
    actions = [each["action"] for each in first["items"] + rest["items"]]
    assert actions[-1] == "first_issue.order"
    assert len({(each["chain"], each["seq"]) for each in first["items"] + rest["items"]}) == len(actions)
    me = read("auditor", "/me")["account"]
    looked = asked("auditor", "/audit/search", {"account": me, "action": "audit."})["items"]
    assert [each["facts"]["asked"]["card"] for each in looked] == [str(card)] * 2
    assert asked("auditor", "/audit/search", {"action": "card."}, status=(422,))
    assert asked("clerk", "/audit/search", {"card": card}, status=(403,))
    verdict = asked("auditor", "/audit/check")
    assert (verdict["whole"], verdict["faults"]) == (True, [])
    assert verdict["entries"] > len(actions)
