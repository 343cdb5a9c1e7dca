"""`healthcard card settle` and `healthcard card scrap`, as an operator types them."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from healthcard.card.host.rack import TearMoment
from healthcard.cli.main import cli


@pytest.fixture
def healthcard(monkeypatch, installation):
    """Run a command in the transaction of this test."""
    monkeypatch.setenv("HEALTHCARD_HOME", str(installation.state.home))
    here = SimpleNamespace(working=nullcontext, state=installation.state)

    def run(*arguments):
        return CliRunner().invoke(cli, ["card", *arguments], obj=lambda: here)

    return run


@pytest.fixture
def begun(shop, order, blank, console):
    """A card torn half-way, its chip back in the rack; its id and serial."""
    from healthcard.services.workshop import making

    card, serial = order()
    with blank("jia", serial) as chip:
        chip.arm(60, TearMoment.HALF)
        making.personalise(console, card, chip, shop)
    return card, serial


def test_a_torn_card_is_settled_from_the_terminal(healthcard, begun, console):
    from healthcard.services.workshop import cards, chips

    card, serial = begun
    done = healthcard("settle", serial, "--slot", chips.slot(serial))
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"Card {serial}: finished" in done.stdout
    assert cards.shown(console, card).life == "made"


def test_another_chip_is_told_and_nothing_is_done(healthcard, begun, blank, console):
    from healthcard.services.workshop import cards

    card, serial = begun
    with blank("jia", "0000000099", 99):
        pass
    done = healthcard("settle", serial, "--slot", "card-0000000099")
    assert done.exit_code == 1
    assert "nothing was done: this is another chip" in done.stdout
    assert cards.shown(console, card).life == "planned"


def test_a_lost_cause_is_scrapped_with_its_reason_and_only_once(healthcard, begun, console):
    from healthcard.services.workshop import jobs

    card, serial = begun
    assert healthcard("scrap", serial).exit_code == 2
    done = healthcard("scrap", serial, "--reason", "the chip broke")
    assert (done.exit_code, done.stdout) == (0, f"Card {serial}: scrapped; plan another one for its holder.\n")
    assert "the chip broke" in jobs.of_card(console, card)[0].reason
    again = healthcard("scrap", serial, "--reason", "once more")
    assert again.exit_code == 1
    assert "is scrapped" in again.stderr


def test_a_serial_nobody_has_is_told(healthcard, begun):
    done = healthcard("scrap", "0000009999", "--reason", "none")
    assert done.exit_code == 1
    assert "no card with that issue serial" in done.stderr
