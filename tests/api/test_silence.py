"""Whatever is wrong with a request, what it said about somebody is told back to nobody, logged nowhere, kept nowhere:
every field of every operation of both APIs is given a number, a phone and a name that belong to nobody.
"""

from __future__ import annotations

import itertools
import json
import logging
from urllib.parse import quote

import pytest
from authority import undone
from endpoints import Endpoint, lines, named, sent

from doubles.canaries import CANARIES, NAME, NUMBER, PHONE, seen
from healthcard.domain.permissions import Role

pytestmark = pytest.mark.xdist_group("silence")
LINES = lines()
LONG = NAME * 300
TAKEN = {"receipt", "business"}  # kept as they are given: the number of a receipt, what a business is called
BROKEN = (
    f'{{"name": "{NAME}", "number": "{NUMBER}"',
    f'{{"phone": "{PHONE}", "phone": "{NUMBER}"}}',
    f'["{NUMBER}", {PHONE}]',
    f'"{NAME}{NUMBER}"',
    f'{{"name": "{NAME}\\ud800", "note": "{NUMBER}\\u0000"}}',
    NUMBER,
)


@pytest.fixture
def spoken(caplog):
    """What the processes say in their logs, as ours write them and at every level."""
    from healthcard.services.breakage import Line

    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(Line("{levelname} {name}: {message}", style="{"))
    return caplog


@pytest.fixture(scope="module", autouse=True)
def servers(country, helpers, installation):
    """The logs of the key service and of the database have nothing of him in the end."""
    yield
    places = [path for path in (helpers.logs, installation.state.pg) if path.exists()]
    logs = [path for place in places for path in place.glob("*.log")]
    assert {"keys.log"} <= {path.name for path in logs}
    assert {path: seen(path.read_bytes()) for path in logs if seen(path.read_bytes())} == {}


def _wrong(line, endpoint, world):
    """Requests with him in one place each: (what is wrong, arguments of sent)."""
    method, path, query, body = endpoint.request(world)
    word = itertools.cycle(CANARIES.values())
    for place, other in zip(_places(body), itertools.cycle((LONG, [NUMBER], {NAME: PHONE})), strict=False):
        for value in (next(word), other):
            yield (
                f"{'.'.join(map(str, place))} {type(value).__name__}",
                (method, path, query, _with(body, place, value)),
                {},
            )
    for name in [each for each in _offered(endpoint) if each not in body]:
        yield f"{name} too", (method, path, query, body | {name: next(word)}), {}
    for name in [each["name"] for each in endpoint.operation.get("parameters", ()) if each["in"] == "query"]:
        yield f"query {name}", (method, path, query | {name: next(word)}, body), {}
    yield "query of no name", (method, path, query | {"name": NAME}, body), {}
    for part in [part for part in line["path"].split("/") if part.startswith("{")]:
        yield part, (method, _beside(line["path"], part, next(word)), query, body), {}
    yield "key", (method, path, query, body), {"headers": {"idempotency-key": f"{NUMBER} {PHONE}"}}
    if body is not None:
        for raw in BROKEN:
            yield raw[:12], (method, path, query), {"raw": raw.encode()}


def _places(body, above=()):
    """The paths of all leaves of a body."""
    parts = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    found = [place for name, part in parts for place in _places(part, (*above, name))]
    return found or ([above] if above else [])


def _offered(endpoint):
    """The fields of the whole body, wanted or not."""
    if endpoint.line["method"] == "ACT" or "requestBody" not in endpoint.operation:
        return ()
    schema = endpoint.operation["requestBody"]["content"]["application/json"]["schema"]
    return sorted(named(endpoint.document, schema).get("properties", ()))


def _with(body, place, value):
    copy = json.loads(json.dumps(body))
    whole = copy
    for name in place[:-1]:
        whole = whole[name]
    whole[place[-1]] = value
    return copy


def _beside(path, part, value):
    """The path with him in one place and somebody who is not there in the others."""
    parts = ["999999999" if each.startswith("{") else each for each in path.split("/")]
    parts[path.split("/").index(part)] = quote(value)
    return "/".join(parts)


def _role(line):
    return next((role.value for role in Role if line[role.value] == "x"), "")


def _kept():
    """What the audit and the kept answers say since the country was founded."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT entry::text || convert_from(body, 'UTF8') FROM audit_entry entry WHERE at >= now()")
        audit = "\n".join(row for (row,) in cursor.fetchall())
        cursor.execute("SELECT client || key || convert_from(body, 'UTF8') FROM idempotent_answer")
        return audit + "\n".join(row for (row,) in cursor.fetchall())


def _name(line):
    return f"{line['door']} {line['method']} {line['path']}"


@pytest.mark.parametrize("line", LINES, ids=_name)
def test_nothing_that_was_wrong_is_told_again(country, documents, spoken, line):
    endpoint = Endpoint(line, documents[line["door"]])
    token = "" if line["reach"] == "public" else f"{_role(line)}.{line['seat'] or 'own'}"
    found, asked = {}, 0
    for what, arguments, options in _wrong(line, endpoint, country):
        spoken.clear()
        with undone():
            answer = sent(line["door"], *arguments, token=token, **options)
            kept = "" if answer.status_code >= 400 or TAKEN.intersection(what.split()) else _kept()
        asked += 1
        told = answer.content if answer.status_code >= 400 else b""
        places = {"answer": told, "log": spoken.text.encode(), "kept": kept.encode()}
        hits = {place: seen(text) for place, text in places.items() if seen(text)}
        if hits or answer.status_code >= 500:
            found[what] = (answer.status_code, hits, answer.content.decode()[:300], spoken.text[:500])
    assert asked
    assert not found
