"""Requests made up from the API's own description (schemathesis), sent to it, and what came back judged by it."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from itertools import count

import hypothesis
import schemathesis
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

SEED = 20261123
SETTINGS = partial(
    hypothesis.settings,
    deadline=None,
    database=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
JUDGED = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]


def ask(application, path, tokens, examples, known, undone, counts, tell=lambda _: None):
    """Send `examples` made-up requests, good and bad, to every operation described at `path`; `counts` their statuses.

    Raises with the request and what was wrong with its answer. The same number of examples gives the same requests.
    `tokens` are used in turn; every second good request is about the `known` ids, which lead further than made-up ones;
    what a request did is taken back inside `undone()`. After each operation `tell` is given its name.
    """
    turns = count()

    def send(case, about):
        turn = next(turns)
        if turn % 2 and about:
            _point(case, about)
        with undone():
            answer = case.call(headers={"Authorization": f"Bearer {tokens[turn // 2 % len(tokens)]}"})
        counts[HTTPStatus(answer.status_code)] += 1
        case.validate_response(answer, checks=JUDGED)

    described = schemathesis.openapi.from_wsgi(path, application)
    for found in described.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:
            about = known if mode is GenerationMode.POSITIVE else {}
            _made(operation.as_strategy(generation_mode=mode), examples, partial(send, about=about))()
        tell(operation.label)


def _made(cases, examples, send):
    """A test of `examples` cases; each is sent."""

    @hypothesis.seed(SEED)
    @SETTINGS(max_examples=examples)
    @hypothesis.given(case=cases)
    def one(case):
        send(case)

    return one


def _point(case, known):
    """Let a request be about objects there are; whether its ids were good ones is no matter then."""
    for place in (case.path_parameters, case.body):
        for name in set(known).intersection(place) if isinstance(place, dict) else ():
            if isinstance(place[name], int | str) and not isinstance(place[name], bool):
                place[name] = known[name]
