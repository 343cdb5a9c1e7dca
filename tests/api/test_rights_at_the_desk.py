"""Rights, second documents and moves at the API: the services' answers, and who may not ask."""

from __future__ import annotations

import pytest

CAME = {"presented": ["identity"], "identity": "document_and_face"}


@pytest.fixture
def grown(world):
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    ids = Resident.objects.exclude(pk=world.holder).order_by("pk").values_list("pk", flat=True)
    return [each for each in ids if residents.opened(each).birth_date.year < 2000]


def test_a_request_is_taken_answered_and_copied(caller, grown):
    taken = caller("clerk").post(f"/residents/{grown[0]}/requests", CAME | {"right": "copy"}, key="rights-1")
    assert taken.status_code == 201, taken.json()
    number = taken.json()["id"]
    path = f"/requests/{number}/copy"
    assert caller("clerk").post(path).json()["rule"] == "approved_first"
    said = {"granted": True, "answer": "符合规定"}
    assert caller("clerk").post(f"/requests/{number}/answer", said, key="rights-2").status_code == 204
    copied = caller("clerk").post(path)
    assert copied.status_code == 200
    assert copied.json()["parts"]["record"]["姓名"]
    log = caller("auditor").get(f"/residents/{grown[0]}/accesses").json()
    assert log[0]["purpose"] == "copy"
    row = caller("auditor").get(f"/residents/{grown[0]}/requests").json()[0]
    assert (row["number"], row["granted"]) == (taken.json()["number"], True)


def test_a_deletion_is_answered_by_a_second_person(caller, grown):
    taken = caller("clerk").post(f"/residents/{grown[0]}/requests", CAME | {"right": "deletion"}, key="rights-3")
    said = {"granted": True, "answer": "同意"}
    answer = caller("clerk").post(f"/requests/{taken.json()['id']}/answer", said, key="rights-4")
    assert (answer.status_code, answer.json()["rule"]) == (409, "another_person")


def test_a_second_document_is_proposed_and_linked_by_another_person(caller, grown):
    from healthcard.services.people import residents

    of = residents.opened(grown[0])
    second = {"name": of.name, "sex": of.sex, "birth_date": of.birth_date.isoformat()}
    body = CAME | second | {"document": {"kind": "03", "number": "SYN777001"}}
    taken = caller("clerk").post(f"/residents/{grown[0]}/documents", body, key="link-1")
    assert taken.status_code == 201, taken.json()
    path, said = f"/requests/{taken.json()['id']}/link", {"granted": True, "answer": "两证一致"}
    assert caller("clerk").post(path, said, key="link-2").status_code == 403
    linked = caller("reviewer").post(path, said, key="link-3")
    assert {each["field"] for each in linked.json()["changed"]} == {"other_documents"}
    found = caller("clerk").post("/residents/search", {"document": {"kind": "03", "number": "syn777001"}}).json()
    assert [each["id"] for each in found["items"]] == [grown[0]]
    again = caller("clerk").post(f"/residents/{grown[1]}/documents", body, key="link-4")
    assert again.status_code == 409


def test_who_is_at_home_here_has_nothing_to_move(caller, grown):
    form = {"phone": "15400000001", "reason": "2", "residence_address": "别市新区一号"}
    body = CAME | {"resident": grown[0], "form": form, "presented": ["identity", "residence_proof"]}
    answer = caller("clerk").post("/moves", body, key="move-1")
    assert (answer.status_code, answer.json()["rule"]) == (409, "another_home")
    across = caller("clerk").post(f"/residents/{grown[0]}/home", {"home": 999_999, "reason": "迁移"}, key="move-2")
    assert across.status_code == 404


@pytest.mark.parametrize("path", ["requests", "documents"])
def test_who_takes_no_requests_is_refused(caller, grown, path):
    bodies = {
        "requests": {"right": "copy"},
        "documents": {"document": {"number": "x" * 9}, "name": "x", "sex": "1", "birth_date": "1980-01-01"},
    }
    answer = caller("auditor").post(f"/residents/{grown[0]}/{path}", CAME | bodies[path], key=f"no-{path}")
    assert answer.status_code in (403, 422)
    assert (
        caller("clerk").post(f"/residents/{grown[0]}/{path}", {"right": "shoes"}, key=f"bad-{path}").status_code == 422
    )
