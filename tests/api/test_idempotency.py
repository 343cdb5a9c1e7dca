"""A double click, a lost answer, a second request under the same key: one effect, and the same answer."""

from __future__ import annotations

import pytest

KEY = "6f1c2f0e-1d7a-4a53-9a0e-3d5b2a1c7e11"


@pytest.fixture
def counted(caller, settings_of):
    """Ask for one more; the answer."""
    from probe_urls import Counter

    Counter.times = 0

    def make(key=KEY, body=None, token="clerk", **options):
        return caller(token).post("/counted", {"number": 1} if body is None else body, key=key, **options)

    with settings_of(ROOT_URLCONF="probe_urls"):
        yield make


@pytest.fixture
def settings_of(world):
    from django.test import override_settings

    return override_settings


def test_the_same_request_has_one_effect_and_one_answer(counted):
    first, second = counted(), counted()
    assert first.status_code == second.status_code == 200
    assert first.json() == {"times": 1}
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


def test_how_the_body_is_spaced_and_ordered_does_not_matter(counted):
    counted(key="spaced", body={"number": 1, "refuse": False})
    again = counted(key="spaced", raw=b'{ "refuse":false,\n"number":1 }')
    assert again.headers["Idempotent-Replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(counted):
    counted(key="other")
    answer = counted(key="other", body={"number": 2})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("#idempotency-key-reused")
    assert counted(key="other").json() == {"times": 1}


def test_another_client_may_use_the_same_key(counted):
    assert [counted(key="ours", token=token).json() for token in ("clerk", "maker")] == [{"times": 1}, {"times": 2}]


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 201, "\t"])
def test_without_a_good_key_nothing_happens(counted, key):
    answer = counted(key=key)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("#no-idempotency-key")
    assert counted(key="good").json() == {"times": 1}


def test_what_was_refused_may_be_asked_again(counted):
    for times in (1, 2):
        answer = counted(key="refused", body={"number": 1, "refuse": True})
        assert answer.status_code == 409, times
        assert "Idempotent-Replayed" not in answer.headers
    assert counted(key="refused").json() == {"times": 3}  # nothing was kept, so another body may come


def test_a_replay_still_needs_a_token(counted):
    counted(key="known")
    assert counted(key="known", token="").status_code == 401
