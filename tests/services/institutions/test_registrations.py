"""A person's business at institutions: kept under his card, moved with it, confirmed by count and digest."""

from __future__ import annotations

import pytest

from healthcard.domain.lifecycle import TransitionRefused

DIGEST, OTHER = bytes(range(32)), bytes(32)


@pytest.fixture
def card(in_use):
    return in_use()


def key(card):
    from healthcard.services.institutions.status import Key

    return Key(card.issuer_code, card.issue_serial)


def kept(hospital, card, business="门诊", items=3, digest=DIGEST):
    from healthcard.services.institutions import registrations

    return registrations.register(hospital, key(card), business=business, items=items, digest=digest)


@pytest.fixture
def moved(hospital, card, console, people, issuer, today):
    """A registration that went over to another card of the same person."""
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act
    from healthcard.services.institutions import registrations
    from healthcard.storage.models import Application, Card, Transfer

    first = kept(hospital, card)
    with act(console, Permission.DESK_ACT, "test.life") as now:
        new = Card.objects.create(
            issuer=issuer,
            issuer_code=card.issuer_code,
            issue_serial="0000009999",
            resident_id=card.resident_id,
            city="990100",
            issued_on=today,
            valid_until=card.valid_until,
            product="jia",
            chip8=b"another1",
            answer_to_reset=bytes(13),
            layout="full",
        )
        now.event(new.pk, "ordered")
        now.event(new.pk, "made")
        application = Application.objects.create(
            number="1", kind="replacement", resident_id=card.resident_id, desk=card.issuer.organisation, sealed=b"x"
        )
        transfer = Transfer.objects.create(application=application, old_card=card, new_card=new, source="none")
        assert registrations.repoint(now, [card.pk], new.pk, [transfer]) == 1
    return first, Card.objects.get(pk=new.pk)


def test_what_an_institution_keeps_is_registered_once_and_the_last_figures_count(hospital, card):
    from healthcard.services.institutions import registrations

    first, again = kept(hospital, card), kept(hospital, card, items=4, digest=OTHER)
    assert (again.id, again.items, again.digest) == (first.id, 4, OTHER.hex())
    other = kept(hospital, card, business="住院")
    assert [row.id for row in registrations.listed(hospital)] == [first.id, other.id]
    assert registrations.listed(hospital, after=first.id) == (other,)


def test_no_business_is_registered_under_a_card_that_may_not_be_used(hospital, card, console):
    from healthcard.domain.permissions import Permission
    from healthcard.services.acting import act

    with act(console, Permission.LOSS_REPORT, "test.loss") as now:
        now.event(card.pk, "written_loss")
    with pytest.raises(TransitionRefused) as refused:
        kept(hospital, card)
    assert refused.value.rule == "card_usable"


def test_an_institution_sees_its_own_registrations_only(hospital, card, institution):
    from healthcard.services.institutions import registrations

    kept(hospital, card)
    assert registrations.listed(institution(2)) == ()


def test_a_new_card_takes_the_registrations_over_and_the_institution_is_told(hospital, moved, card):
    from healthcard.services.institutions import registrations

    first, new = moved
    (row,) = registrations.listed(hospital)
    assert (row.id, row.issue_serial) == (first.id, new.issue_serial)
    (notice,) = registrations.notices(hospital, confirmed=False)
    assert (notice.old_issue_serial, notice.new_issue_serial) == (card.issue_serial, new.issue_serial)
    assert (notice.items, notice.digest) == (3, DIGEST.hex())


@pytest.mark.parametrize("figures", [(4, DIGEST), (3, OTHER)])
def test_a_notice_is_not_confirmed_with_other_figures(hospital, moved, figures):
    from healthcard.services.institutions import registrations

    (notice,) = registrations.notices(hospital, confirmed=False)
    with pytest.raises(TransitionRefused) as refused:
        registrations.confirm(hospital, notice.id, items=figures[0], digest=figures[1])
    assert refused.value.rule == "counted_alike"
    assert registrations.notices(hospital, confirmed=True) == ()


def test_a_notice_is_confirmed_once_and_the_holder_is_told(hospital, moved, card):
    from healthcard.services import scope
    from healthcard.services.institutions import registrations
    from healthcard.storage.models import Message

    (notice,) = registrations.notices(hospital, confirmed=False)
    assert registrations.confirm(hospital, notice.id, items=3, digest=DIGEST).confirmed_at is not None
    scope.limit(scope.EVERYBODY)
    message = Message.objects.get(resident=card.resident_id, kind="registration.moved")
    assert message.facts == {"place": "测试医院1", "count": 3}
    with pytest.raises(TransitionRefused):
        registrations.confirm(hospital, notice.id, items=3, digest=DIGEST)


def test_another_institutions_notice_is_not_there(hospital, moved, institution):
    from healthcard.services.errors import NotFound
    from healthcard.services.institutions import registrations

    (notice,) = registrations.notices(hospital, confirmed=False)
    stranger = institution(2)
    assert registrations.notices(stranger, confirmed=False) == ()
    with pytest.raises(NotFound):
        registrations.confirm(stranger, notice.id, items=3, digest=DIGEST)
