"""No made-up request breaks the server or gets an answer that is not declared."""

from __future__ import annotations

import pytest
from made_up import ask

EXAMPLES = 3  # of each kind for each operation; `make prove` asks some hundred times as many


@pytest.fixture
def application(world):
    """What the web server runs; it leaves the connection of the test's transaction alone."""
    from django.core.signals import request_finished, request_started
    from django.core.wsgi import get_wsgi_application
    from django.db import close_old_connections

    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals:
        signal.connect(close_old_connections)


def test_made_up_requests_get_declared_answers(application):
    counts = ask(application, "/api/v1/openapi.json", "clerk", EXAMPLES, without=["/api/v1/card-sessions"])
    print(dict(counts))
    assert counts[200] > 0
    assert counts[422] > 0
    assert not [status for status in counts if status >= 500]
