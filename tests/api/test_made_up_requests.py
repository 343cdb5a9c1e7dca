"""No made-up request breaks the server or gets an answer that is not declared."""

from __future__ import annotations

from collections import Counter

import pytest
from authority import undone
from endpoints import DOORS
from made_up import ask

EXAMPLES = 1  # of each kind for each operation; `make prove` asks some twenty times as many
TOKENS = ("clerk.own", "supervisor.own")


@pytest.mark.parametrize("door", DOORS)
def test_made_up_requests_get_declared_answers(application, country, door):
    from django.test import override_settings

    counts = Counter()
    tokens = ("institution.own",) if door == "institution" else TOKENS
    with override_settings(ROOT_URLCONF=DOORS[door]):
        ask(application, "/api/v1/openapi.json", tokens, EXAMPLES, country.ids, undone, counts)
    print(dict(counts))
    assert counts[200] > 0
    assert counts[422] > 0
    assert not [status for status in counts if status >= 500]
