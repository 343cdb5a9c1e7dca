"""Scripts of COS makers: signed, of the product, rehearsed on a sample card, accepted by two people."""

from __future__ import annotations

from importlib.resources import files

import pytest

from healthcard.domain.lifecycle import TransitionRefused


@pytest.fixture
def content():
    return files("healthcard.perso").joinpath("cos", "jia.toml").read_bytes()


def rule(act, *given):
    with pytest.raises(TransitionRefused) as refusal:
        act(*given)
    return refusal.value.rule


def test_a_script_that_somebody_else_signed_or_changed_is_refused(filed, content):
    from dataclasses import replace

    from healthcard.services.admission import scripts

    delivery = filed.signed("jia", content, "2.0")
    for wrong in (replace(delivery, content=content + b"\n"), replace(delivery, version="2.1")):
        assert rule(scripts.deliver, filed.staff.selector, wrong) == "signature_fits"


def test_the_script_of_another_product_is_refused(filed):
    from healthcard.services.admission import scripts

    other = files("healthcard.perso").joinpath("cos", "yi.toml").read_bytes()
    assert rule(scripts.deliver, filed.staff.selector, filed.signed("jia", other, "2.0")) == "script_of_product"


def test_a_new_script_is_accepted_by_two_people_after_a_sample_card_was_made_with_it(
    filed, content, blank, shop, issuer, case
):
    from healthcard.services.admission import samples, scripts

    staff = filed.staff
    number = scripts.deliver(staff.selector, filed.signed("jia", content, "2.0", document=""))
    assert rule(scripts.accept, staff.selector, number) == "rehearsed_first"
    with blank("jia", "0000000001", 7) as chip:
        sample = samples.make(staff.selector, number, filed.admissions["card"], chip, shop)
    assert rule(samples.approve, staff.selector, sample) == "two_people"
    samples.approve(staff.second, sample)
    scripts.accept(staff.selector, number)
    assert rule(scripts.accept, staff.selector, number) == "two_people"
    scripts.accept(staff.second, number)
    assert [row.state for row in scripts.listed(staff.second)] == ["in_force", "ended"]
