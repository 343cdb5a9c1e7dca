"""The holder's first PIN: his own, typed before he takes the card; never an agent's, never after the hand-over."""

from __future__ import annotations

import pytest
from desk import FACE, collection

from healthcard.card.host.rack import TearMoment
from healthcard.domain.lifecycle import TransitionRefused


class Pad:
    def __init__(self, digits="482913"):
        self.digits = digits

    def new_pin(self):
        return self.digits


@pytest.fixture
def set_pin(arrived, clerk, shop):
    from healthcard.services.desk import initial_pin

    application, _, chip = arrived

    def do(pad=None, **who):
        return initial_pin.set_pin(
            clerk, application, chip, shop.keys, pad or Pad(), **{"identity": FACE, "by": "holder", **who}
        )

    return do


def shown(chip, digits):
    """What a card says to a PIN."""
    chip.reset()
    for command in ("00A40000023F00", "00A4000002DDF1", f"0020000003{digits}"):
        answer = chip.transmit(bytes.fromhex(command))
    return answer.hex()


def test_the_holder_may_choose_again_until_he_takes_the_card(arrived, set_pin, clerk, shop):
    from healthcard.services.desk import issue
    from healthcard.services.errors import NotFound

    application, _, chip = arrived
    set_pin()
    set_pin(Pad("591824"))
    assert (shown(chip, "591824"), shown(chip, "482913")) == ("9000", "63c2")
    issue.hand_over(clerk, application, chip, shop.keys, collection())
    with pytest.raises(NotFound, match="unlocked"):
        set_pin()


@pytest.mark.parametrize(("wrong", "rule"), [({"by": "agent"}, "no_agent"), ({"identity": ""}, "identity_checked")])
def test_nobody_but_the_holder_or_his_guardian_sets_it(arrived, set_pin, wrong, rule):
    with pytest.raises(TransitionRefused) as refused:
        set_pin(**wrong)
    assert refused.value.rule == rule
    assert shown(arrived[2], "482913") == "63c2"


def test_a_card_pulled_while_its_pin_was_set_is_settled_before_it_is_handed_over(arrived, set_pin, clerk, shop):
    from healthcard.perso.upkeep.results import Finished, Held
    from healthcard.services.desk import issue
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import upkeep

    application, card, chip = arrived
    chip.arm(7, TearMoment.AFTER)
    assert isinstance(set_pin(), Held)
    assert upkeep.open_job(card).begun
    with pytest.raises(Conflict, match="settle"):
        issue.hand_over(clerk, application, chip, shop.keys, collection())
    assert isinstance(set_pin(), Finished)
    issue.hand_over(clerk, application, chip, shop.keys, collection())
