"""What may be changed of somebody on file, by whom, and what is noted of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healthcard.card.host.rack import TearMoment
from healthcard.domain.synthetic import resident
from healthcard.perso.results import Finished


@pytest.fixture
def rare(helpers, province):
    """Somebody whose name GBK cannot write, without a photo: as a roster brings people in."""
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    person = replace(resident(0), name="王𠮷", chip_name="", photo=b"")
    residents.stored([person], province.pk)
    return Resident.objects.get().pk


@pytest.fixture
def corrections(rare):
    from healthcard.services.people import corrections

    return corrections


def test_a_reviewed_spelling_is_kept_with_who_and_when(corrections, rare, as_role):
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    clerk = as_role("clerk")
    assert corrections.review_chip_name(clerk, rare, " 王 吉 ") == residents.opened(rare).chip_name
    assert corrections.review_chip_name(clerk, rare, "王吉") == "王吉"
    row = Resident.objects.get(pk=rare)
    assert (row.chip_name_reviewed_by_id, row.chip_name_reviewed_at) == (clerk.account, row.updated_at)
    assert (residents.opened(rare).name, residents.opened(rare).chip_name) == ("王𠮷", "王吉")


@pytest.mark.parametrize(
    ("spelling", "why"),
    [("王𠮷", "GBK lacks"), ("王" * 16, "30 bytes"), ("=1+1", "formula"), ("王\x01", "control"), (" ", "Give")],
)
def test_a_spelling_the_chip_cannot_carry_is_not_taken(corrections, rare, console, spelling, why):
    from healthcard.services.errors import Conflict
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    with pytest.raises(Conflict, match=why):
        corrections.review_chip_name(console, rare, spelling)
    assert residents.opened(rare).chip_name == ""
    assert Resident.objects.get(pk=rare).chip_name_reviewed_at is None


def test_a_card_waits_for_the_spelling_and_is_made_with_it_and_with_the_photo(
    corrections, rare, console, issuer, today, shop, blank
):
    from healthcard.perso.errors import BadImage
    from healthcard.services.workshop import cards, chips, making
    from healthcard.services.workshop.comparison import compare

    card = cards.plan(console, rare, today=today)
    serial = cards.shown(console, card).issue_serial
    with blank("jia", serial) as chip:
        with pytest.raises(BadImage, match="chip-name ID SPELLING"):
            making.personalise(console, card, chip, shop)
        corrections.review_chip_name(console, rare, "王吉")
        corrections.set_photo(console, rare, resident(0).photo)
        assert isinstance(making.personalise(console, card, chip, shop), Finished)
        assert compare(console, card, chip, shop.keys) == ()
    items = {line["no"]: line["value"] for part in chips.read(console, card) for line in part.rows}
    assert items["11"] == "王吉"
    assert int(items["385"].split()[0]) >= len(resident(0).photo)  # what is told of a photo: its size


def test_nothing_changes_while_a_card_is_begun(corrections, rare, console, issuer, today, shop, blank):
    from healthcard.services.errors import Conflict
    from healthcard.services.workshop import cards, making

    corrections.review_chip_name(console, rare, "王吉")
    card = cards.plan(console, rare, today=today)
    with blank("jia", cards.shown(console, card).issue_serial) as chip:
        chip.arm(60, TearMoment.HALF)
        making.personalise(console, card, chip, shop)
    with pytest.raises(Conflict, match="settle or scrap it first"):
        corrections.review_chip_name(console, rare, "王某")
    making.scrap(console, card, "another spelling")
    assert corrections.review_chip_name(console, rare, "王某") == "王某"


@pytest.mark.parametrize("photo", [b"", b"GIF89a", b"\xff\xd8\xff" + bytes(3072) + b"\xff\xd9"])
def test_what_is_no_photo_for_a_card_is_not_taken(corrections, rare, console, photo):
    from healthcard.services.errors import Conflict

    with pytest.raises(Conflict, match="JPEG of at most 3072 bytes"):
        corrections.set_photo(console, rare, photo)


@pytest.mark.parametrize("role", ["maker", "auditor", "admin"])
def test_only_clerks_correct_what_is_on_file(corrections, rare, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    actor = as_role(role)
    with pytest.raises(NotAllowed):
        corrections.review_chip_name(actor, rare, "王吉")
    with pytest.raises(NotAllowed):
        corrections.set_photo(actor, rare, resident(0).photo)


def test_nobody_is_corrected_who_is_not_on_file(corrections, console):
    from healthcard.services.errors import NotFound

    with pytest.raises(NotFound):
        corrections.review_chip_name(console, 0, "王吉")


def test_the_people_of_the_demo_have_their_photos(helpers, db, today):
    from healthcard.services.people import residents
    from healthcard.services.stage import demo

    demo.create(today, people=5)
    assert all(residents.opened(number).photo for number in residents.waiting(demo.maker(), limit=5))
