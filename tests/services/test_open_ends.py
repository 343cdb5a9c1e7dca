"""What the machine of test_machine found: acts that closed too little, or could be done again."""

from __future__ import annotations

import pytest
import scenes
from office import Office
from paper import chips_on_paper

from healthcard.domain.lifecycle import TransitionRefused


@pytest.fixture
def office(db, helpers):
    with chips_on_paper():
        yield Office.found(1)


def state(application):
    from healthcard.storage.models import Application

    return Application.objects.values_list("state", flat=True).get(pk=application)


def place(card):
    from healthcard.storage.models import Card

    return Card.objects.values_list("place", flat=True).get(pk=card)


@pytest.mark.parametrize("so_far", [scenes.planned, scenes.waiting])
def test_an_application_whose_card_is_under_way_is_not_reviewed_again(office, so_far):
    it = so_far(office)
    before = state(it.about)
    with pytest.raises(TransitionRefused):
        office.review(it.about)
    assert state(it.about) == before


def test_a_card_sent_on_from_a_desk_arrives_at_the_next_one(office):
    it = scenes.waiting(office)
    office.dispatch(it.card)
    office.arrive(it.card)
    assert (place(it.card), state(it.about)) == ("desk", "arrived")


def test_a_report_that_a_release_overtook_does_not_keep_the_card_from_being_frozen_again(office):
    it = scenes.releasable(office)
    office.release(it.about, it.card)
    assert state(it.applications["loss"]) == "lapsed"
    assert office.report(it.person)
    assert place(it.card) == "lost"


def test_an_application_ends_with_its_finished_card_when_the_person_wants_none_any_more(office):
    it = scenes.made(office)
    first = it.about
    office.review(it.ask("termination", office.ask_end("termination", it.person)))
    assert state(first) == "lapsed"
    office.ask_first(it.person)


def test_a_release_takes_the_wish_for_a_new_card_back_with_the_temporary_one_made_meanwhile(office):
    it = scenes.frozen_for_ever(office)
    temporary = office.ask_temporary(it.person)
    office.make_temporary(temporary)
    release = office.ask_release(it.person, it.card)
    office.verify(release)
    office.review(release)
    office.release(release, it.card)
    assert (state(it.about), state(temporary), place(it.card)) == ("withdrawn", "lapsed", "holder")
    another = office.ask_replacement(it.person, "damaged")
    assert office.ask_temporary(it.person) > another


def test_a_temporary_card_sent_to_another_desk_arrives_there_and_is_handed_over(office):
    it = scenes.lending(office)
    office.dispatch(it.new)
    with pytest.raises(TransitionRefused):
        office.lend(it.about, it.new)
    office.arrive(it.new)
    office.lend(it.about, it.new)
    assert (place(it.new), state(it.about)) == ("holder", "completed")


def test_an_oral_report_that_is_over_does_not_stand_before_an_unlock_until_somebody_notes_it(committed_db, helpers):
    from healthcard.services import scope
    from healthcard.services.desk import possible
    from healthcard.storage.models import CardEvent

    with chips_on_paper():
        office = Office.found(1)
        it = scenes.lapsing(office)
        scope.limit(scope.EVERYBODY)
        allowed = {each.kind for each in possible.acts(office.clerk, it.person) if each.allowed}
        office.verify(asked := office.ask_unlock(it.person, it.card))
        office.unlock(asked, it.card)
    assert "unlock" in allowed
    scope.limit(scope.EVERYBODY)
    events = CardEvent.objects.filter(card=it.card).order_by("version").values_list("event", flat=True)
    assert list(events)[-4:] == ["oral_loss", "oral_lapsed", "pin_locked", "unlocked"]
    assert state(asked) == "completed"


class Meanwhile(list):
    """What was done to a chip; when something is, something else happens at another desk."""

    def __init__(self, other):
        super().__init__()
        self.other = other

    def __iadd__(self, names):
        self.extend(names)
        self.other()
        return self


def test_a_report_between_the_chip_and_its_record_leaves_the_work_open_until_the_card_is_back(office):
    from office import FACE, Pad
    from paper import chip_of

    from healthcard.services.desk import unlock
    from healthcard.services.workshop import upkeep
    from healthcard.storage.models import Card

    it = scenes.locked(office)
    reader = chip_of(it.card)
    reader.done = Meanwhile(lambda: office.report(it.person))
    with pytest.raises(TransitionRefused):
        unlock.carry_out(office.clerk, it.about, reader, None, Pad(), identity=FACE)
    assert upkeep.open_job(it.card).begun
    assert Card.objects.get(pk=it.card).loss == "written"
    wish = office.ask_release(it.person, it.card)
    office.verify(wish)
    office.review(wish)
    office.release(wish, it.card)
    office.unlock(it.about, it.card)
    assert upkeep.open_job(it.card) is None
    assert (state(it.about), Card.objects.get(pk=it.card).pin_locked) == ("completed", False)
