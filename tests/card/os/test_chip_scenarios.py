"""Every command of the chip, right and wrong, as data in `scenarios/`."""

from __future__ import annotations

import pytest
from chip_scenario import Player, Scenario, matches, scenarios

from healthcard.card.os.commands.table import STANDARD

CASES = [(scenario, product) for scenario in scenarios() for product in scenario.products]


@pytest.mark.parametrize(("scenario", "product"), CASES, ids=[f"{s.name} ({p})" for s, p in CASES])
def test_scenario_is_played_as_written(scenario: Scenario, product: str) -> None:
    player = Player(product, scenario.stage)
    for number, (command, expected) in enumerate(scenario.steps, 1):
        data, sw = player.play(command)
        if expected:
            assert matches((data, sw), expected), f"step {number}: {command} -> {data.hex().upper()} {sw:04X}"
        else:
            assert sw == 0x9000, f"step {number}: {command} -> {sw:04X}"


def test_scenarios_cover_every_command_of_the_table() -> None:
    played = " ".join(command for scenario, _ in CASES for command, _ in scenario.steps).replace(" ", "")
    missing = [f"{place:04X}" for place in STANDARD if f"{place:04X}" not in played]
    named = {"0082"}  # EXTERNAL AUTHENTICATE is the verb `auth`
    assert set(missing) <= named
