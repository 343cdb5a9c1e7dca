"""The reviewed file of authorisations, and the smallest valid request for each of its lines."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

from healthcard.card.wire.errors import CardGone

HERE = Path(__file__).parent
DOORS = {"desk": "healthcard.site.urls", "institution": "healthcard.site.institution_urls"}
MISSING = 999_999_999
KEYS = ("issuer_code", "issue_serial")  # what a card is named by outside
_keys = itertools.count(1)


def lines():
    """The reviewed file: a dict for each endpoint."""
    with (HERE / "authorisation.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reaches():
    """Which relations a reach covers: reach -> relation -> expected answer."""
    with (HERE / "authorisation_reach.csv").open(encoding="utf-8", newline="") as file:
        return {row.pop("reach"): row for row in csv.DictReader(file)}


def sent(door, method, path, query=None, body=None, *, token="", raw=None, headers=None, raising=False):
    """The answer of a door; an error nobody foresaw is an answer too, unless `raising`."""
    from doubles.clients import client

    given = {"idempotency-key": key()} | ({"authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    options = {"query_params": query} if query else {}
    caller = client(DOORS[door], raise_request_exception=raising)
    return caller.generic(method, f"/api/v1{path}", data, content_type="application/json", headers=given, **options)


class NoCard:
    """A reader in which no card lies, and a PIN pad nobody touches."""

    def reset(self):
        raise CardGone("there is no card")

    def transmit(self, command):
        raise CardGone("there is no card")

    def new_pin(self):
        raise CardGone("nobody types")


class Line:
    """The card line in this very thread and transaction: its acts, with a reader without a card."""

    def open(self, actor, name, arguments, key):
        from healthcard.services.errors import NotFound
        from healthcard.services.line import failures, sessions
        from healthcard.services.line.acts import ACTS
        from healthcard.services.line.calls import Call

        if name not in ACTS:
            raise NotFound("The line knows no such act.")
        end = sessions._carried_out(ACTS[name], Call(actor=actor, arguments=arguments, reader=NoCard(), pad=NoCard()))
        if "refused" in end:
            raise failures.raised(end["refused"])
        return {"session": "A" * 24, "act": name, "state": "ended"} | end

    def status(self, actor, session):
        from healthcard.services.errors import NotFound

        raise NotFound("There is no such session.")

    def answer(self, actor, session, number, told):
        self.status(actor, session)

    def watched(self, actor, session):
        self.status(actor, session)

    def stop(self, actor, session):
        self.status(actor, session)

    def heard(self, envelope):
        from healthcard.services.errors import NotAuthenticated

        raise NotAuthenticated("No station is paired with this line.")


class Endpoint:
    """One line of the file with the description of its operation: makes the smallest request that is valid."""

    def __init__(self, line, document):
        self.line, self.document = line, document
        self.given = json.loads(line["with"] or "{}")
        path, method = ("/card-sessions", "post") if line["method"] == "ACT" else (line["path"], line["method"].lower())
        self.operation = document["paths"][f"/api/v1{path}"][method]

    def request(self, world, *, missing=False):
        """Method, path, query and body for the objects of the world, or for such as there are not."""
        if self.line["method"] == "ACT":
            body = {"act": self.line["path"], "arguments": _filled(self.given or {"card": "@card"}, world, missing)}
            return "POST", "/card-sessions", {}, body
        path = {name: self._value(name, world, missing) for name in _names(self.line["path"])}
        required = [
            parameter
            for parameter in self.operation.get("parameters", ())
            if parameter["in"] == "query" and parameter.get("required")
        ]
        query = {each["name"]: self._asked(each, world, missing) for each in required}
        return self.line["method"], self.line["path"].format(**path), query, self._body(world, missing)

    def person(self, world):
        """Whom it is about: the resident of the first object it names."""
        told = [value[1:] for value in _leaves(self.given) if isinstance(value, str) and value.startswith("@")]
        names = [*told, *_names(self.line["path"]), "resident"]
        return world.whose[next(name for name in names if name in world.whose)]

    def _body(self, world, missing):
        if "requestBody" not in self.operation:
            return None
        schema = self.operation["requestBody"]["content"]["application/json"]["schema"]
        body = self._smallest(named(self.document, schema), world, missing)
        in_path = set(_names(self.line["path"]))
        return body | {name: self._value(name, world, missing) for name in self.given if name not in in_path}

    def _smallest(self, schema, world, missing):
        """What is required of a schema, as its examples have it, with the ids of our own objects."""
        made = {}
        for name in schema.get("required", ()):
            field = first(self.document, schema["properties"][name])
            if name in world.ids and (field.get("type") == "integer" or name in KEYS):
                made[name] = self._value(name, world, missing)
            elif "properties" in field:
                made[name] = self._smallest(field, world, missing)
            else:
                made[name] = example(self.document, field)
        return made

    def _asked(self, parameter, world, missing):
        """A parameter of the query: ours where the world knows it, else its example."""
        name = parameter["name"]
        if name in self.given or name in world.ids:
            return self._value(name, world, missing)
        return example(self.document, parameter["schema"])

    def _value(self, name, world, missing):
        value = self.given.get(name, f"@{name}")
        return _filled(value, world, missing)


def _filled(value, world, missing):
    """A value of the file: @name is the id of an object of the world."""
    if isinstance(value, dict):
        return {key: _filled(part, world, missing) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, world, missing) for part in value]
    if not (isinstance(value, str) and value.startswith("@")):
        return value
    known = world.ids[value[1:]]
    if not missing or value in ("@digest", "@picture"):
        return known
    if isinstance(known, dict):
        return known
    return MISSING if isinstance(known, int) else "0" * (len(known) - 1) + "1"


def _leaves(value):
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [leaf for part in parts for leaf in _leaves(part)] if parts is not None else [value]


def _names(path):
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def named(document, schema):
    """What a reference names."""
    if "$ref" not in schema:
        return schema
    for part in schema["$ref"].removeprefix("#/").split("/"):
        document = document[part]
    return document


def first(document, schema):
    """What a schema is; of several it may be, the first."""
    schema = named(document, schema)
    return first(document, schema["anyOf"][0]) if "anyOf" in schema and "examples" not in schema else schema


def example(document, schema):
    """An example put together from those of a schema's fields; fails where one has none."""
    schema = named(document, schema)
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return example(document, schema["anyOf"][0])
    if "default" in schema:
        return schema["default"]
    if schema.get("type") == "array":
        return [example(document, schema["items"])]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: example(document, field | {"of": name}) for name, field in schema["properties"].items()}
    raise AssertionError(f"no example: {schema}")


def key():
    """A new idempotency key."""
    return f"authority-{next(_keys)}"
