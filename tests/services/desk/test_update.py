"""Information on the card updated (第十二条第六项): chip first, then the record, by one application."""

from __future__ import annotations

from datetime import date

import pytest
from desk import FACE, FIELDS, facts, request
from django.utils import timezone

from healthcard.card.host.rack import TearMoment
from healthcard.domain.calendar import add_years
from healthcard.domain.lifecycle import TransitionRefused
from healthcard.domain.permissions import Permission

NEW = "13911112222"


def rows(**changes):
    return [{"item": item, "old": "", "new": new, "reason": "变更"} for item, new in changes.items()]


@pytest.fixture
def wish(adult, issued):
    """An application to change these items on the card."""

    def make(*, presented=("identity", "card"), **changes):
        FIELDS["update"] = {"phone": "15412345678", "changes": rows(**changes)}
        return request("update", adult, card=issued[0], presented=presented)

    return make


@pytest.fixture
def asked(wish, clerk):
    from healthcard.services.desk import update

    return update.ask(clerk, wish(本人电话=NEW, 婚姻状况="已婚")).id


def on_chip(card, chip, shop, *numbers):
    from healthcard.card.host.address import city_factor
    from healthcard.card.host.ports import CardAddress
    from healthcard.card.host.reading import read_card
    from healthcard.card.host.session import CardSession
    from healthcard.card.wire import layout

    row = facts(card)
    address = CardAddress(chip=bytes(row.chip8), city=city_factor(row.city), version=row.key_version)
    session = CardSession(chip, layout.load(row.layout), shop.keys, address)
    content = read_card(session, session.reset())
    return [content.field(number).text for number in numbers]


def state(application):
    from healthcard.storage.models import Application

    return Application.objects.values_list("state", flat=True).get(pk=application)


def events(card):
    from healthcard.storage.models import CardEvent

    return list(CardEvent.objects.filter(card=card).order_by("version").values_list("event", flat=True))


def test_the_chip_is_written_and_then_the_record_changes_in_one_act(issued, asked, adult, clerk, shop):
    from healthcard.perso.upkeep.results import Finished
    from healthcard.services.desk import update
    from healthcard.services.people import record_changes, residents
    from healthcard.services.workshop import comparison
    from healthcard.storage.models import Message

    card, chip = issued
    assert residents.opened(adult).phones[0] != NEW
    assert isinstance(update.carry_out(clerk, asked, chip, shop.keys, identity=FACE), Finished)
    assert on_chip(card, chip, shop, 16, 35)[0] == NEW
    assert (residents.opened(adult).phones[0], residents.opened(adult).marital_status) == (NEW, "2")
    assert (state(asked), events(card)[-1]) == ("completed", "data_updated")
    assert set(record_changes.history(clerk, adult)[0].fields) == {"phones", "marital_status"}
    assert {"data.written", "data.changed"} <= set(
        Message.objects.filter(resident=adult).values_list("kind", flat=True)
    )
    assert comparison.compare(clerk, card, chip, shop.keys) == ()


@pytest.mark.parametrize("moment", list(TearMoment))
def test_a_write_that_was_interrupted_changes_no_record_until_it_is_finished(issued, asked, adult, clerk, shop, moment):
    from healthcard.perso.upkeep.results import Finished, Held
    from healthcard.services.desk import update
    from healthcard.services.people import residents

    card, chip = issued
    chip.arm(14, moment)
    assert isinstance(update.carry_out(clerk, asked, chip, shop.keys, identity=FACE), Held)
    assert (state(asked), residents.opened(adult).phones[0] == NEW) == ("accepted", False)
    assert isinstance(update.carry_out(clerk, asked, chip, shop.keys, identity=FACE), Finished)
    assert (state(asked), residents.opened(adult).phones[0]) == ("completed", NEW)
    assert events(card).count("data_updated") == 1


@pytest.mark.parametrize(
    ("item", "new"),
    [("姓名", "某某"), ("性别", "女"), ("居民身份证号码", "99010119900101001X"), ("应用城市", "990200")],
)
def test_who_somebody_is_takes_a_new_card(wish, clerk, item, new):
    from healthcard.services.desk import update

    with pytest.raises(TransitionRefused) as refused:
        update.ask(clerk, wish(本人电话=NEW, **{item: new}))
    assert refused.value.rule == "takes_new_card"
    assert refused.value.guard.advice_zh.startswith("办理补换")


def test_what_the_collection_form_does_not_allow_is_not_taken(wish, clerk):
    from healthcard.domain.forms import FormRefused
    from healthcard.services.desk import update
    from healthcard.services.errors import Invalid

    with pytest.raises(FormRefused):
        update.ask(clerk, wish(婚姻状况="不详的状况"))
    with pytest.raises(Invalid):
        update.ask(clerk, wish(星座="白羊"))


def test_the_card_itself_has_to_be_there(issued, wish, asked, clerk, shop, blank):
    from healthcard.perso.upkeep.results import RefusedChip
    from healthcard.services.desk import update

    with pytest.raises(TransitionRefused) as refused:
        update.ask(clerk, wish(presented=("identity",), 本人电话=NEW))
    assert refused.value.rule == "documents_presented"
    with blank("jia", "another", 9001) as stranger:
        result = update.carry_out(clerk, asked, stranger, shop.keys, identity=FACE)
        assert isinstance(result, RefusedChip)
    assert state(asked) == "accepted"


def test_a_frozen_card_is_not_written(issued, asked, adult, clerk, shop):
    from healthcard.services.desk import loss, update

    loss.report(clerk, request("loss", adult))
    with pytest.raises(TransitionRefused) as refused:
        update.carry_out(clerk, asked, issued[1], shop.keys, identity=FACE)
    assert refused.value.rule == "lifecycle.data_updated"


def test_the_validity_is_prolonged_within_the_issuers_term(issued, province, wish, clerk, shop):
    from healthcard.services.acting import clock
    from healthcard.services.desk import update
    from healthcard.storage.models import ParameterSet

    given = {"values": {"card.valid_years": 20}, "valid_from": clock()[1], "approved_at": timezone.now()}
    ParameterSet.objects.create(issuer=province, version=1, **given)
    card, chip = issued
    last = facts(card).valid_until
    for day in (last, date(2099, 1, 1)):
        with pytest.raises(TransitionRefused) as refused:
            update.ask(clerk, wish(卡有效期=f"{day:%Y%m%d}"))
        assert refused.value.rule == "validity_prolonged"
    later = add_years(last, 1)
    application = update.ask(clerk, wish(卡有效期=f"{later:%Y%m%d}")).id
    update.carry_out(clerk, application, chip, shop.keys, identity=FACE)
    assert facts(card).valid_until == later
    assert on_chip(card, chip, shop, 7) == [f"{later:%Y%m%d}"]


def test_a_correction_that_was_made_before_is_brought_to_the_chip(issued, adult, wish, clerk, shop):
    from healthcard.services.desk import update
    from healthcard.services.people import corrections, residents

    _, chip = issued
    photo = b"\xff\xd8\xff" + bytes(60) + b"\xff\xd9"
    corrections.set_photo(clerk, adult, photo)
    application = update.ask(clerk, wish(照片="新照片")).id
    update.carry_out(clerk, application, chip, shop.keys, identity=FACE)
    assert residents.opened(adult).photo == photo
    assert state(application) == "completed"


def test_what_was_written_on_the_card_is_no_correction_that_a_new_card_would_miss(
    issued, adult, wish, clerk, console, shop
):
    from dataclasses import replace

    from healthcard.services.acting import act
    from healthcard.services.desk import transfer_corrections, update
    from healthcard.services.people import record_changes

    card, chip = issued
    asked = update.ask(clerk, wish(ABO血型="AB型")).id
    update.carry_out(clerk, asked, chip, shop.keys, identity=FACE)
    assert transfer_corrections.corrections_of(facts(card)) == ()
    with act(console, Permission.RESIDENT_CORRECT, "test.correct", resident=adult) as now:
        record_changes.change(now, adult, lambda person: replace(person, abo="3", occupation="4"), reason="更正")
    (found,) = transfer_corrections.corrections_of(facts(card))
    was, now = (each.of("DF02/EF05")[0].data for each in (found.before, found.after))
    assert (was != now, found.before.of("DF02/EF05")[1:] == found.after.of("DF02/EF05")[1:]) == (True, True)


def test_an_agent_does_not_have_data_changed_unless_the_issuer_lets_him(wish, clerk):
    from dataclasses import replace

    from healthcard.services.desk import update
    from healthcard.services.desk.applications import Delegate

    agent = Delegate(name="代办", document_kind="01", document_number="62990119900101001X", phone="15412345678")
    with pytest.raises(TransitionRefused) as refused:
        update.ask(clerk, replace(wish(本人电话=NEW), by="agent", delegate=agent))
    assert refused.value.rule == "agent_allowed"


def test_nothing_is_updated_while_a_new_card_is_being_made(issued, wish, clerk, console, adult, today):
    from healthcard.services.acting import act
    from healthcard.services.desk import update
    from healthcard.services.workshop import cards
    from healthcard.storage.models import Resident

    with act(console, Permission.CARD_PLAN, "test.life") as now:
        cards.order(now, Resident.objects.get(pk=adult), today=today, last_day=date(2030, 1, 1))
    with pytest.raises(TransitionRefused) as refused:
        update.ask(clerk, wish(本人电话=NEW))
    assert refused.value.rule == "new_card_first"


def test_a_station_has_it_written_by_the_act_of_the_line(issued, asked, clerk):
    from healthcard.services.line.acts import ACTS
    from healthcard.services.line.calls import Call

    call = Call(actor=clerk, arguments={"application": asked, "identity": FACE}, reader=issued[1], pad=None)
    assert ACTS["update card"](call)["outcome"] == "finished"
    assert state(asked) == "completed"


def test_what_shall_change_is_shown_without_whole_numbers(asked, clerk):
    from healthcard.services.desk import applications

    told = str(applications.shown(clerk, asked).fields)
    assert "本人电话" in told
    assert "已婚" in told
    assert NEW not in told
