"""Records at the API: put on file whole, corrected with the road told, seen in clear only with a reason."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from random import Random

import pytest

from healthcard.domain import form_row
from healthcard.domain.portrait import portrait
from healthcard.domain.synthetic import resident

CAME = {"presented": ["identity"], "identity": "document_and_face"}


def _grown(index):
    return next(person for person in map(resident, range(index, index + 99)) if person.birth_date.year < 2000)


@pytest.fixture
def registered(caller, world):
    def make(person, key, **more):
        body = CAME | {"form": form_row.cells(person), "consented": True} | more
        return caller("clerk").post("/residents", body, key=key)

    return make


def test_somebody_is_put_on_file_and_found_again_masked(caller, registered):
    person = _grown(300)
    photo = b64encode(portrait(Random(5))).decode()
    made = registered(person, "register-1", photo=photo)
    assert made.status_code == 201, made.json()
    assert 0 < made.json()["photo_bytes"] <= 3072
    found = caller("clerk").post("/residents/search", {"name": person.name, "birth_date": f"{person.birth_date}"})
    row = next(each for each in found.json()["items"] if each["id"] == made.json()["id"])
    assert person.document.number not in found.content.decode()
    assert "*" in row["name_masked"]
    assert registered(person, "register-1", photo=photo).json() == made.json()
    assert caller("clerk").get("/residents").json()["items"][0]["id"] == made.json()["id"]
    again = registered(person, "register-2")
    assert (again.status_code, again.json()["rule"]) == (409, "one_person")


def test_every_field_of_the_official_form_is_in_the_description(caller, world):
    from healthcard.domain import form

    described = caller("").get("/openapi.json").json()["components"]["schemas"]["CollectionForm"]["properties"]
    assert {key: field["title"] for key, field in described.items()} == {
        key: column.heading for key, column in form.COLUMNS.items()
    }


@pytest.mark.parametrize(("cells", "field"), [({"name": ""}, "form.name"), ({"sex": "5"}, "form.sex")])
def test_what_the_form_refuses_is_told_by_its_name_and_without_its_value(registered, cells, field):
    person = _grown(310)
    answer = registered(person, f"bad-{field}", form=form_row.cells(person) | cells)
    assert answer.status_code == 422
    assert field in {each["name"] for each in answer.json()["fields"]}
    assert person.document.number not in answer.content.decode()


@pytest.mark.parametrize(
    "more", [{"photo": "####"}, {"photo": "R0lGODlh"}, {"extra": {"shoe_size": "42"}}, {"extra": {"X": "1"}}]
)
def test_what_is_no_photo_and_no_field_is_refused(registered, more):
    assert registered(_grown(320), f"odd-{sorted(more)}-{len(str(more))}", **more).status_code == 422


def test_a_correction_tells_the_road_of_each_field(caller, world):
    body = CAME | {"reason": "本人申请更正", "form": {"phone_1": "15400000001", "name": "王更正"}}
    answer = caller("clerk").post(f"/residents/{world.other}/corrections", body, key="correct")
    assert answer.status_code == 200, answer.json()
    roads = {each["field"]: each["road"] for each in answer.json()["changed"]}
    assert (roads["phones"], roads["name"], answer.json()["road"]) == ("write", "replace", "replace")
    history = caller("auditor").get(f"/residents/{world.other}/changes").json()
    assert set(history[0]["fields"]) == {"name", "phones"}
    assert "王更正" not in str(history)


def test_a_photo_is_taken(caller, world):
    body = CAME | {"photo": b64encode(portrait(Random(6))).decode()}
    path = f"/residents/{world.other}/photo"
    assert caller("clerk").post(path, body, key="photo").status_code == 204
    assert caller("clerk").post(path, body | {"photo": "AAAA"}, key="no-photo").status_code == 422


def test_data_are_seen_in_clear_with_a_reason_alone_and_every_time_counts(caller, world):
    path = f"/residents/{world.other}/unmasking"
    first = caller("clerk").post(path, {"parts": ["name", "documents"], "reason": "核实来电人身份"})
    second = caller("clerk").post(path, {"parts": ["name"], "reason": "核实来电人身份"})
    assert first.status_code == second.status_code == 200
    assert second.json()["access"] > first.json()["access"]
    assert set(second.json()["parts"]) == {"name"}
    assert caller("clerk").post(path, {"parts": ["name"]}).status_code == 422
    assert caller("clerk").post(path, {"parts": ["seal"], "reason": "x"}).status_code == 422
    assert caller("maker").post(path, {"parts": ["name"], "reason": "x"}).status_code == 403
    assert caller("clerk").post("/applications/999999/unmasking", {"reason": "x"}).status_code == 404


def test_extra_fields_are_the_supervisors(caller, world):
    body = {"key": "low_income", "zh": "低保", "en": "allowance", "size": 4, "required": False}
    assert caller("clerk").post("/extra-fields", body, key="extra-clerk").status_code == 403
    assert caller("clerk").get("/extra-fields").json() == []


def test_a_large_picture_is_taken_too(registered):
    from PIL import Image

    image = Image.new("RGB", (1200, 1600), (240, 240, 240))
    image.paste(Image.new("RGB", (600, 800), (180, 140, 120)), (300, 400))
    target = BytesIO()
    image.save(target, "JPEG", quality=95)
    made = registered(_grown(330), "large", photo=b64encode(target.getvalue()).decode())
    assert (made.status_code, made.json()["photo_bytes"] <= 3072) == (201, True)
