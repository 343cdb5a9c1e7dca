"""Every endpoint by role and relation, against a file that people reviewed; what is refused tells nothing."""

from __future__ import annotations

import json

import pytest
from authority import RELATIONS, undone
from endpoints import Endpoint, lines, reaches, sent

from healthcard.domain.permissions import Role

LINES = lines()
REACHES = reaches()
DONE = ("200", "201", "204")


def _asked(world, endpoint, role, relation, *, missing=False):
    """The answer to somebody; in a line with a seat, `own` is that place."""
    place = endpoint.line["seat"] if relation == "own" and endpoint.line["seat"] else relation
    request = endpoint.request(world, missing=missing)
    with undone():
        if relation == "self":
            world.is_person(endpoint.person(world))
        return sent(endpoint.line["door"], *request, token=f"{role}.{place}")


def _told(line, role, relation):
    """What the file says: a status, `done`, or `blind`."""
    if line["reach"] == "public":
        return line["done"]
    return REACHES[line["reach"]][relation] if line[role] == "x" else "403"


def _right(line, told, relation, answer, secrets):
    """Whether an answer is what the file says, and tells nothing it must not."""
    status, content = str(answer.status_code), answer.content.decode()
    if told == "done":
        return status == line["done"] if relation == "own" else status in (*DONE, "409")
    wanted = line["done"] if told == "blind" else told
    return status == wanted and not any(secret in content for secret in secrets)


def _name(line):
    return f"{line['door']} {line['method']} {line['path']}"


def _cases(line):
    """Every role in every relation; a machine holds no card. Who comes to a public door has no role yet."""
    if line["reach"] == "public":
        return [("", "")]
    return [
        (role.value, relation)
        for role in Role
        for relation in RELATIONS
        if not (role is Role.INSTITUTION and relation == "self")
    ]


@pytest.fixture(scope="module")
def secrets(country):
    return country.secrets()


@pytest.mark.parametrize("line", LINES, ids=_name)
def test_an_endpoint_answers_each_role_in_each_relation_as_reviewed(country, documents, secrets, line):
    endpoint = Endpoint(line, documents[line["door"]])
    wrong = {}
    for role, relation in _cases(line):
        told = _told(line, role, relation)
        answer = _asked(country, endpoint, role, relation)
        if not _right(line, told, relation, answer, secrets):
            wrong[f"{role}.{relation}"] = (told, answer.status_code, answer.content.decode()[:300])
    assert not wrong


@pytest.mark.parametrize("line", LINES, ids=_name)
def test_what_is_not_his_to_see_is_to_everybody_as_if_it_were_not_there(country, documents, line):
    endpoint = Endpoint(line, documents[line["door"]])
    hidden = {relation: role for role, relation in _cases(line) if _told(line, role, relation) == "404"}
    for relation, role in hidden.items():  # one role each: what is hidden is so by where it belongs
        foreign = _asked(country, endpoint, role, relation)
        missing = _asked(country, endpoint, role, relation, missing=True)
        assert _but_instance(foreign) == _but_instance(missing), (role, relation)


def _but_instance(answer):
    """An answer without the number the log calls it by."""
    told = json.loads(answer.content)
    told.pop("instance", None)
    heads = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, told, heads


@pytest.mark.parametrize("line", [line for line in LINES if line["reach"] != "public"], ids=_name)
@pytest.mark.parametrize("token", ["", "clerk.nowhere"])
def test_nobody_is_answered_without_a_token(country, documents, secrets, line, token):
    endpoint = Endpoint(line, documents[line["door"]])
    answer = sent(line["door"], *endpoint.request(country), token=token)
    assert answer.status_code == 401
    assert not any(secret in answer.content.decode() for secret in secrets)


def test_the_reviewed_file_has_every_endpoint_and_no_other(documents):
    from healthcard.services.line.acts import ACTS

    offered = {
        (door, method.upper(), path.removeprefix("/api/v1"))
        for door, document in documents.items()
        for path, methods in document["paths"].items()
        for method in methods
    }
    acts = {("desk", "ACT", name) for name in ACTS}
    written = [(line["door"], line["method"], line["path"]) for line in LINES]
    assert sorted(offered | acts) == sorted(written), "tests/api/authorisation.csv: review the endpoint, add its line"


def test_the_reviewed_file_is_whole():
    assert all(line["reach"] == "public" or line["reach"] in REACHES for line in LINES)
    assert all(set(row) == set(RELATIONS) for row in REACHES.values())
    assert {cell for line in LINES for cell in (line[role.value] for role in Role)} <= {"x", ""}
