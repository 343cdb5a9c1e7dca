"""What a hospital's system does by the API: verify for a purpose, prove the chip, register business, report misuse."""

from __future__ import annotations

import pytest

DIGEST = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.fixture
def hospital(caller):
    from django.test import override_settings

    with override_settings(ROOT_URLCONF="healthcard.site.institution_urls"):
        yield caller("hospital")


@pytest.fixture
def card(world):
    """The world's card, handed over: what it is asked by."""
    from healthcard.domain.permissions import Permission
    from healthcard.services import scope
    from healthcard.services.acting import act
    from healthcard.services.stage import demo
    from healthcard.storage.models import Card

    scope.limit(scope.EVERYBODY)
    row = Card.objects.get(pk=world.card)
    if row.life == "made":
        with act(demo.maker(), Permission.CARD_VIEW, "test.life") as now:
            now.event(row.pk, "arrived", place_org=None)
            now.event(row.pk, "handed_over", place_org=None)
    return {"issuer_code": row.issuer_code, "issue_serial": row.issue_serial}


def verify(hospital, card, **more):
    body = {"card": card, "purpose": "treatment", "step": "registration"} | more
    return hospital.post("/verifications", body)


def test_a_verification_says_what_a_status_says_and_whether_the_chip_was_there(hospital, card):
    told = verify(hospital, card)
    assert told.status_code == 200
    assert (told.json()["usable"], told.json()["reason"], told.json()["present"]) == (True, "usable", False)
    status = hospital.get("/cards/{issuer_code}/{issue_serial}/status".format(**card)).json()
    assert set(told.json()) == {*status, "present"}


@pytest.mark.parametrize(
    "wrong",
    [{"purpose": "advertising"}, {"step": "vaccination"}, {"step": "x" * 21}, {"presence": {}}, {"name": "张三"}],
)
def test_a_verification_without_a_purpose_of_the_table_is_refused(hospital, card, wrong):
    answer = verify(hospital, card, **wrong)
    assert answer.status_code == 422
    assert answer.json()["fields"]


def test_a_card_is_verified_by_its_chip_too(hospital, world, card):
    from healthcard.services import scope
    from healthcard.storage.models import Card

    scope.limit(scope.EVERYBODY)
    reset = bytes(Card.objects.get(pk=world.card).answer_to_reset).hex().upper()
    told = verify(hospital, {"answer_to_reset": reset}).json()
    assert (told["issue_serial"], told["usable"]) == (card["issue_serial"], True)
    assert verify(hospital, {"answer_to_reset": "3B00"}).status_code == 404


def test_the_chip_proves_that_it_is_there_and_an_answer_is_not_taken_twice(hospital, card):
    from healthcard.card.host.channel import Channel
    from healthcard.card.wire.apdu import Command
    from healthcard.services import ports
    from healthcard.services.workshop import chips

    asked = hospital.post("/challenges", {"card": card})
    assert asked.status_code == 201
    with ports.given().rack() as rack, rack.open(chips.slot(card["issue_serial"])) as chip:
        chip.reset()
        channel = Channel(chip)
        last = [channel.expect(Command.parse(bytes.fromhex(each))) for each in asked.json()["commands"]][-1]
    presence = {"challenge": asked.json()["challenge"], "answer": last.data.hex()}
    assert verify(hospital, card, presence=presence).json()["present"] is True
    again = verify(hospital, card, presence=presence)
    assert (again.status_code, again.json()["rule"]) == (409, "challenge_stands")


def register(hospital, card, key, **more):
    return hospital.post(
        "/registrations", {"card": card, "business": "门诊", "items": 3, "digest": DIGEST, **more}, key=key
    )


def test_business_is_registered_under_a_card_and_listed(hospital, card):
    first = register(hospital, card, "r1")
    assert first.status_code == 201
    assert register(hospital, card, "r1").headers["Idempotent-Replayed"] == "true"
    assert register(hospital, card, "r2", items=4).json()["id"] == first.json()["id"]
    rows = hospital.get("/registrations").json()["items"]
    assert [(row["business"], row["items"], row["digest"]) for row in rows] == [("门诊", 4, DIGEST)]
    assert register(hospital, card, "r3", digest="00").status_code == 422
    assert register(hospital, card, "").status_code == 400


def test_no_notice_waits_and_one_there_is_not_is_not_confirmed(hospital):
    assert hospital.get("/transfer-notices").json() == {"items": [], "next": None}
    assert hospital.get("/transfer-notices", state="confirmed").json()["items"] == []
    body = {"items": 3, "digest": DIGEST}
    assert hospital.post("/transfer-notices/1/confirmation", body, key="n1").status_code == 404


@pytest.fixture
def supervisor(world):
    from healthcard.storage.models import Account

    row = Account.objects.get(username="clerk")
    row.pk, row.username, row.role = None, "overseer", "supervisor"
    row.save()
    return row.username


def test_misuse_is_reported_by_an_institution_and_closed_by_the_home_of_the_card(
    caller, hospital, card, world, supervisor
):
    from django.test import override_settings

    body = {"card": card, "kind": "lent", "seen": "就诊人与持卡人年龄明显不符"}
    report = hospital.post("/misuses", body, key="m1")
    assert report.status_code == 201
    with override_settings(ROOT_URLCONF="healthcard.site.urls"):
        supervisor = caller(supervisor)
        (row,) = supervisor.get("/misuses").json()["items"]
        assert (row["id"], row["holder"]) == (report.json()["id"], world.holder)
        assert supervisor.get(f"/misuses/{row['id']}").json()["seen"] == body["seen"]
        closed = supervisor.post(f"/misuses/{row['id']}/closing", {"finding": "已告知"}, key="m2")
        assert closed.json()["finding"] == "已告知"
        assert supervisor.get("/misuses").json()["items"] == []
        assert supervisor.get("/misuses", state="closed").json()["items"][0]["id"] == row["id"]
        assert caller("maker").get("/misuses").status_code == 403


def test_the_holder_may_be_told_who_asked(caller, hospital, card, world):
    from django.test import override_settings

    verify(hospital, card)
    with override_settings(ROOT_URLCONF="healthcard.site.urls"):
        rows = caller("clerk").get(f"/residents/{world.holder}/verifications", limit="1").json()
        assert rows["items"][0]["step"] == "registration"
        assert caller("maker").get(f"/residents/{world.holder}/verifications").status_code == 403
        assert caller("clerk").get("/residents/999999/verifications").status_code == 404


@pytest.fixture
def machine(world, caller, hospital, monkeypatch):
    """The hospital's system as it comes in by a credential, on a network the operator allows."""
    from dataclasses import replace

    from healthcard.services import actor, ports
    from healthcard.services.authority import credentials, tokens
    from healthcard.services.stage import demo
    from healthcard.storage.models import Account

    person = actor.of_account(Account.objects.get(username="hospital").pk)
    told = credentials.create(demo.maker(), person.organisation, name="HIS")
    machine = replace(person, account=None, credential=told.id)
    monkeypatch.setattr(tokens, "actor", lambda token, **_: machine)
    monkeypatch.setattr(ports, "_given", [replace(ports.given(), webhook_networks=("127.0.0.0/8",))])
    return hospital


def test_a_webhook_is_opened_resumed_and_closed_and_its_secret_is_told_once(machine):
    opened = machine.post("/webhooks", {"url": "http://127.0.0.1:9/changes"})
    assert opened.status_code == 201
    assert len(opened.json()["secret"]) == 43
    (row,) = machine.get("/webhooks").json()
    assert (row["id"], row["state"]) == (opened.json()["id"], "working")
    assert opened.json()["secret"] not in str(row)
    assert machine.post(f"/webhooks/{row['id']}/resumption", {}, key="w1").status_code == 200
    assert machine.send("DELETE", f"/webhooks/{row['id']}", key="w2").status_code == 204
    assert machine.get("/webhooks").json() == []
    assert machine.send("DELETE", f"/webhooks/{row['id']}", key="w3").status_code == 404


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "http://93.184.215.14/", "https://localhost.invalid/", "file:///x"]
)
def test_a_webhook_that_leads_inside_is_refused(machine, url):
    answer = machine.post("/webhooks", {"url": url})
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["name"] == "url"


def test_a_person_has_no_webhooks(hospital):
    assert hospital.post("/webhooks", {"url": "https://93.184.215.14/"}).status_code == 403


@pytest.mark.parametrize("path", ["/verifications", "/challenges"])
def test_a_desk_does_not_verify(caller, hospital, card, path):
    body = {"card": card} | ({} if path == "/challenges" else {"purpose": "care", "step": "child"})
    assert caller("clerk").post(path, body).status_code == 403


def test_the_description_of_the_institutions_door_says_all_of_it(caller, hospital):
    from test_openapi import _example, _operations

    document = caller("").get("/openapi.json").json()
    without_key = set()
    for method, path, operation in _operations(document):
        for answer in operation["responses"].values():
            for kind in answer.get("content", {}).values():
                assert _example(document, kind["schema"]) is not None, (method, path)
        if method != "get" and not any(each["name"] == "Idempotency-Key" for each in operation["parameters"]):
            without_key.add(path.removeprefix("/api/v1"))
    assert without_key == {
        "/sessions/machine",
        "/sessions/current",
        "/cards/status/search",
        "/verifications",  # a question; each is logged
        "/challenges",
        "/webhooks",  # its answer is a secret that is kept nowhere
    }
