"""Cards made by real processes: key service, rack of virtual chips, PostgreSQL."""

from __future__ import annotations

import pytest

from healthcard.card.host.rack import TearMoment
from healthcard.perso.results import Finished, Held, RefusedChip

PRODUCTS = ["jia", "yi", "bing"]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_planned_card_becomes_a_made_one_and_can_be_read(shop, order, blank, console, product):
    from healthcard.services.workshop import cards, chips, jobs, making

    card, serial = order()
    with blank(product, serial) as chip:
        assert isinstance(making.personalise(console, card, chip, shop), Finished)
    row = cards.shown(console, card)
    assert (row.life, row.product) == ("made", product)
    (job,) = jobs.of_card(console, card)
    assert job.state == "finished"
    assert all(entry.went_well or entry.standby for entry in job.entries)
    items = {line["no"]: line["value"] for part in chips.read(console, card) for line in part.rows}
    assert items["10"] == serial


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_torn_card_is_settled_by_inserting_it_again(shop, order, blank, console, product):
    from healthcard.services.workshop import cards, jobs, making

    card, serial = order()
    with blank(product, serial) as chip:
        chip.arm(60, TearMoment.AFTER)
        assert isinstance(making.personalise(console, card, chip, shop), Held)
        assert cards.shown(console, card).life == "planned"
        assert isinstance(making.settle(console, card, chip, shop), Finished)
    assert cards.shown(console, card).life == "made"
    assert jobs.of_card(console, card)[0].state == "finished"


@pytest.mark.parametrize("foreign", PRODUCTS)
def test_another_chip_is_refused_and_the_right_one_still_settles(shop, order, blank, console, foreign):
    from healthcard.services.workshop import cards, making

    card, serial = order()
    with blank("jia", serial, 1) as torn, blank(foreign, "another", 2) as stranger:
        torn.arm(60, TearMoment.HALF)
        assert isinstance(making.personalise(console, card, torn, shop), Held)
        assert isinstance(making.settle(console, card, stranger, shop), RefusedChip)
        assert cards.shown(console, card).life == "planned"
        assert isinstance(making.settle(console, card, torn, shop), Finished)


def test_a_made_card_is_not_made_again_and_there_is_nothing_to_settle(shop, order, blank, console):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import making

    card, serial = order()
    with blank("bing", serial) as chip:
        making.personalise(console, card, chip, shop)
        for act in (making.personalise, making.settle):
            with pytest.raises(Conflict, match="made once"):
                act(console, card, chip, shop)


def test_a_card_with_an_open_job_is_settled_not_begun_anew(shop, order, blank, console):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import making

    card, serial = order()
    with blank("jia", serial) as chip:
        chip.arm(60, TearMoment.BEFORE)
        making.personalise(console, card, chip, shop)
        with pytest.raises(Conflict, match="settle it"):
            making.personalise(console, card, chip, shop)


def test_a_chip_that_is_not_there_is_told_plainly(shop, order, blank, console, installation):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import chips, making
    from healthcard.services.workshop.chips import Unreadable

    card, serial = order()
    with pytest.raises(Conflict, match="no finished chip"):
        chips.read(console, card)
    with blank("bing", serial) as chip:
        making.personalise(console, card, chip, shop)
    (installation.state.chips / f"{chips.slot(serial)}.img").unlink()
    with pytest.raises(Unreadable, match="cannot be read now"):
        chips.read(console, card)


@pytest.mark.parametrize("role", ["clerk", "auditor", "admin"])
def test_only_makers_write_chips(shop, order, blank, as_role, role):
    from healthcard.domain.permissions import NotAllowed
    from healthcard.services.workshop import making

    card, serial = order()
    with blank("jia", serial) as chip, pytest.raises(NotAllowed):
        making.personalise(as_role(role), card, chip, shop)
