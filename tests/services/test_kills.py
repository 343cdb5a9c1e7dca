"""The parts of a running installation killed outright under load (the long proof: many more times)."""

from __future__ import annotations

import socket

import pytest
from killing import killed

pytestmark = pytest.mark.xdist_group("run")


def test_what_was_acknowledged_is_there_once_though_parts_were_killed_and_clients_asked_64_times(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kinds = ("all of them", "web server")
    tally = killed(tmp_path / "home", port, cycles=2, clients=4, kinds=kinds, seconds=(0.5, 1.5))
    print(tally)
    assert tally.bad == []
    assert tally.acknowledged > 0
    assert tally.unknown > 0, "nobody noticed the kills"
    assert tally.submits == 64
