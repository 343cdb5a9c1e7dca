"""No made-up request breaks the server or gets an answer that is not declared."""

from __future__ import annotations

from made_up import ask

EXAMPLES = 3  # of each kind for each operation; `make prove` asks some hundred times as many


def test_made_up_requests_get_declared_answers(application):
    counts = ask(application, "/api/v1/openapi.json", "clerk", EXAMPLES, without=["/api/v1/card-sessions"])
    print(dict(counts))
    assert counts[200] > 0
    assert counts[422] > 0
    assert not [status for status in counts if status >= 500]
