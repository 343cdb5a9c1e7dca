"""The description says all of it: every operation, every answer, an example of each."""

from __future__ import annotations

import json
from collections import Counter

import pytest

ALWAYS = {"400", "401", "404", "409", "422", "429", "500", "503"}


@pytest.fixture
def document(caller):
    answer = caller("").get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def _operations(document):
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _named(document, reference):
    """What a reference names."""
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


def _example(document, schema):
    """An example put together from those of a schema's fields; fails where one has none."""
    if "$ref" in schema:
        return _example(document, _named(document, schema["$ref"]))
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if "default" in schema:
        return schema["default"]
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: _example(document, field | {"of": name}) for name, field in schema["properties"].items()}
    raise AssertionError(f"no example: {schema}")


def test_every_operation_declares_every_error(document):
    for method, path, operation in _operations(document):
        declared = set(operation["responses"])
        wanted = ALWAYS | ({"413", "415"} if method != "get" else set())
        assert wanted <= declared, (method, path)
        assert ("403" in declared) == bool(operation.get("security")), (method, path)


def test_every_reference_leads_somewhere(document):
    text = json.dumps(document)
    for part in text.split('"$ref": "')[1:]:
        assert _named(document, part.partition('"')[0])


def test_everything_but_the_doors_wants_a_token(document):
    public = {path for _, path, operation in _operations(document) if not operation.get("security")}
    stations = {"/api/v1/stations", "/api/v1/stations/messages"}  # their code, their signature is what they show
    assert public == {"/api/v1/sessions", "/api/v1/sessions/machine"} | stations


def test_every_operation_has_a_name_of_its_own_words_and_an_example(document):
    names = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(set(names)) == len(names)
    for method, path, operation in _operations(document):
        assert operation["summary"].endswith("."), (method, path)
        assert operation["tags"], (method, path)
        for status, answer in operation["responses"].items():
            for kind in answer.get("content", {}).values():
                assert _example(document, kind["schema"]) is not None, (method, path, status)
        if "requestBody" in operation:
            assert _example(document, operation["requestBody"]["content"]["application/json"]["schema"]), (method, path)


def test_what_changes_something_wants_an_idempotency_key(document):
    without = {
        f"{method} {path.removeprefix('/api/v1')}"
        for method, path, operation in _operations(document)
        if method != "get"
        and not path.endswith(("/check", "/search", "/unmasking", "/copy", "/print"))  # asked, and recorded, anew
        and not any(each["name"] == "Idempotency-Key" for each in operation["parameters"])
    }
    assert without == {
        "post /sessions",
        "post /sessions/machine",
        "delete /sessions/current",
        "post /credentials",  # its answer is a secret that is kept nowhere
        "post /accounts",
        "post /accounts/{account}/renewal",
        "post /stations",  # a code is good once, its answer a secret
        "post /stations/invitations",
        "post /stations/messages",  # numbered and signed
        "post /reader-acts",  # the same act begun twice is one
        "post /reader-acts/{session}/stop",
        "post /card-sessions/{session}/steps/{number}",  # known by session and number
    }


def test_request_bodies_take_no_field_that_is_not_declared(document):
    for method, path, operation in _operations(document):
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert _named(document, schema["$ref"])["additionalProperties"] is False, (method, path)


def test_every_problem_is_described_with_an_example(document):
    from healthcard.api import problems

    told = {
        name
        for answer in document["components"]["responses"].values()
        for name in answer["content"][problems.MEDIA_TYPE]["examples"]
    }
    assert told == set(problems.kinds())


@pytest.mark.parametrize("others", ["healthcard.api.institution", "healthcard.api.desk"])
def test_no_two_shapes_share_a_name(document, others):
    """The description of a door keeps one of each name: the other's operations would be described wrongly."""
    from healthcard.api.fields import Answer, Body

    shapes = [*_below(Body), *_below(Answer)]
    names = Counter(shape.__name__ for shape in shapes if not shape.__module__.startswith(others))
    assert [name for name, times in names.items() if times > 1] == []


def _below(shape):
    for each in shape.__subclasses__():
        yield each
        yield from _below(each)
