"""Requests made up from the API's own description (schemathesis), sent to it, and what came back judged by it."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus

import hypothesis
import schemathesis
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

SEED = 20261123
JUDGED = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]


def ask(application, path, token, examples, without=()):
    """Send `examples` made-up requests, good and bad, to every operation described at `path`; the statuses' counts.

    Raises with the request and what was wrong with its answer. The same number of examples gives the same requests.
    `without` names the beginnings of paths whose other side does not run.
    """
    counts = Counter()
    described = schemathesis.openapi.from_wsgi(path, application)
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.path.startswith(tuple(without)):
            continue
        for mode in GenerationMode:
            _ask(operation, mode, token, examples, counts)
    return counts


def _ask(operation, mode, token, examples, counts):
    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def one(case):
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        counts[HTTPStatus(answer.status_code)] += 1
        case.validate_response(answer, checks=JUDGED)

    one()
