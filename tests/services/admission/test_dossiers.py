"""The life of an admission or a filing, from the application to the certificate and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from admission_desk import ADMISSION, FILING, PAPER, Content, credit_code, dates

from healthcard.domain.admission.papers import NewDossier
from healthcard.domain.admission.procedure import ACTS
from healthcard.domain.lifecycle import TransitionRefused


def refused(rule, act, *given, **more):
    with pytest.raises(TransitionRefused) as refusal:
        act(*given, **more)
    assert refusal.value.rule == rule
    return refusal.value.guard


@pytest.fixture
def papers(centre):
    from healthcard.services.admission import dossiers

    dossier = centre.apply("chip", centre.producer(), content=Content(documents=(PAPER,)))

    def step(who, act, **more):
        dossiers.proceed(getattr(centre, who), dossier, act, **more)

    return dossier, step


def file_of(centre, dossier):
    from healthcard.services.admission import looking

    return looking.shown(centre.head, dossier)


def test_an_application_comes_back_with_an_opinion_is_corrected_and_goes_in_again(centre, papers):
    dossier, step = papers
    step("reviewer", "return", text="缺少检测报告")
    step("taker", "correct", content=Content(documents=(PAPER, replace(PAPER, name="补充.pdf"))))
    step("taker", "resubmit")
    seen = file_of(centre, dossier)
    assert [each.act for each in seen.events] == ["apply", "return", "correct", "resubmit"]
    assert [each.name for each in seen.documents] == ["检测报告.pdf", "补充.pdf"]
    assert (seen.row.step, seen.row.standing) == ("applied", "none")


def test_an_opinion_has_words(centre, papers):
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid):
        papers[1]("reviewer", "return", text=" ")


def test_whoever_took_an_application_does_not_review_it(centre, papers):
    from healthcard.services.admission import dossiers

    refused(
        "another_person",
        dossiers.proceed,
        replace(centre.taker, permissions=centre.head.permissions),
        papers[0],
        "recommend",
    )


def test_whoever_found_it_fit_gives_no_certificate(centre, papers, today):
    from healthcard.services.admission import dossiers

    papers[1]("head", "recommend")
    refused("another_person", dossiers.certify, centre.head, papers[0], "1", today, today + timedelta(days=365))


def test_an_appeal_is_heard_by_another_person_and_reviewed_anew(centre, papers, member, province):
    dossier, step = papers
    step("reviewer", "reject", text="不符合要求")
    step("taker", "appeal", text="已补做检测")
    step("head", "reopen", text="受理")
    assert file_of(centre, dossier).row.step == "applied"
    step("reviewer", "reject", text="仍不符合")
    step("taker", "appeal", text="再申诉")
    step("head", "uphold", text="维持")
    assert file_of(centre, dossier).row.step == "refused"
    assert file_of(centre, dossier).possible == ()


def test_a_certificate_counts_on_its_days_alone(centre, today):
    from healthcard.services.admission.validity import in_force

    _, dossier = centre.admitted("chip", **dates(today, 2, 30))
    assert [in_force(dossier, today + timedelta(days=day)) for day in (1, 2, 30, 31)] == [False, True, True, False]


@pytest.mark.parametrize("days", [(-1, 300), (0, 0), (0, 3650)], ids=["past", "empty", "endless"])
def test_a_certificate_runs_for_a_fit_time(centre, papers, today, days):
    from healthcard.services.admission import dossiers

    papers[1]("reviewer", "recommend")
    first, last = (today + timedelta(days=day) for day in days)
    refused("certificate_term", dossiers.certify, centre.head, papers[0], "1", first, last)


def test_a_certificate_is_renewed_in_its_window_and_goes_on_without_a_gap(centre, today):
    from healthcard.services.admission import dossiers

    _, early = centre.admitted("chip", **dates(today, 0, 91))
    refused("renewal_window", dossiers.proceed, centre.taker, early, "renew")
    _, due = centre.admitted("cos", **dates(today, 0, 90))
    dossiers.proceed(centre.taker, due, "renew")
    dossiers.proceed(centre.reviewer, due, "recommend")
    gap = today + timedelta(days=92)
    refused("certificate_term", dossiers.certify, centre.head, due, "新", gap, gap + timedelta(days=9))
    dossiers.certify(centre.head, due, "新", today + timedelta(days=91), today + timedelta(days=400))
    assert [each.cut_on for each in file_of(centre, due).validities] == [None, None]


def test_a_change_counts_from_its_new_certificate(centre, today):
    from healthcard.services.admission import dossiers

    producer, _ = centre.admitted("chip")
    chip = centre.chip(producer)
    dossiers.proceed(centre.taker, chip, "change", content=Content(name="CIU32B"))
    centre.certify(chip, "变更后")
    seen = file_of(centre, chip)
    assert (seen.row.name, seen.row.number, seen.row.purpose) == ("CIU32B", "变更后", "change")
    assert [each.cut_on for each in seen.validities] == [today, None]


def test_a_product_is_filed_by_an_admitted_producer_alone(centre):
    from healthcard.services.admission import dossiers

    dossier = centre.apply("chip", centre.producer(), FILING, content=Content(name="CIU32"))
    guard = refused("producer_admitted", dossiers.proceed, centre.reviewer, dossier, "recommend")
    assert guard.article == "5"


def test_a_cos_wants_the_report_of_a_laboratory_designated_on_its_day(centre, today):
    from healthcard.services.admission import dossiers

    producer, _ = centre.admitted("chip")
    chip = centre.chip(producer)
    maker, _ = centre.admitted("cos")
    _, laboratory = centre.admitted("laboratory")
    early = centre.report(laboratory, today - timedelta(days=1))
    cos = centre.apply("cos", maker, FILING, content=Content(name="JIA32", report=early), product="jia", basis=chip)
    guard = refused("report_designated", dossiers.proceed, centre.reviewer, cos, "recommend")
    assert guard.article == "10"
    dossiers.proceed(centre.reviewer, cos, "return", text="报告日期不在指定期内")
    dossiers.proceed(centre.taker, cos, "correct", content=Content(report=centre.report(laboratory)))
    dossiers.proceed(centre.taker, cos, "resubmit")
    centre.certify(cos, "C-1")
    assert file_of(centre, cos).row.counts


@pytest.mark.parametrize(
    ("field", "more"),
    [("laboratory", {}), ("cos", {"product": "jia"}), ("chip", {"product": "jia"})],
    ids=["no products", "no chip", "no COS"],
)
def test_a_filing_fits_its_kind(centre, field, more):
    refused("product_fits", centre.apply, field, centre.producer(), FILING, content=Content(name="X"), **more)


def test_the_same_is_on_file_once(centre):
    from healthcard.services.admission import producers
    from healthcard.services.errors import Conflict

    producer, _ = centre.admitted("chip")
    with pytest.raises(Conflict):
        centre.apply("chip", producer)
    with pytest.raises(Conflict):
        producers.enter(centre.taker, name="再来", credit_code=credit_code(1))


def test_the_registration_centre_alone_keeps_dossiers(centre, member):
    from healthcard.services.admission import dossiers

    producer = centre.producer()
    new = NewDossier(kind=ADMISSION, field="chip", producer=producer)
    assert refused("centre_decides", dossiers.apply, member("supervisor"), new).article == "6(1)"


def test_an_application_is_seen_at_the_centre_and_a_certificate_everywhere(centre, papers, member):
    from healthcard.services.admission import looking
    from healthcard.services.errors import NotFound

    outside = member("supervisor")
    with pytest.raises(NotFound):
        looking.shown(outside, papers[0])
    _, certified = centre.admitted("cos")
    seen = looking.shown(outside, certified)
    assert seen.row.counts
    assert seen.events == ()


def test_the_queue_shows_what_waits_the_oldest_first(centre, papers):
    from healthcard.services.admission import looking

    second = centre.apply("cos", centre.producer())
    centre.admitted("kms")
    assert [each.id for each in looking.queue(centre.reviewer)] == [papers[0], second]


def test_the_short_list_holds_what_counts_today_and_no_laboratory(centre, today):
    from healthcard.services.admission import looking

    producer, admission = centre.admitted("chip")
    chip = centre.chip(producer)
    late = centre.chip(producer, "CIU33", **dates(today, 5, 50))
    centre.admitted("laboratory")
    assert [each.id for each in looking.short_list(centre.reviewer)] == [admission, chip]
    assert late not in [each.id for each in looking.public_short_list()]


def test_the_database_keeps_a_dossier_to_its_table(centre, papers):
    from django.db import DatabaseError, transaction

    from healthcard.storage.models import Dossier, DossierEvent

    dossier, _ = papers

    def event(**given):
        row = {"version": 2, "changes": {}, "operation": "0" * 32, "organisation_id": centre.head.organisation}
        return DossierEvent.objects.create(dossier_id=dossier, **row, **given)

    for act, who in (("certify", centre.head), ("recommend", centre.taker), ("dance", centre.head)):
        with pytest.raises(DatabaseError, match=r"does not follow|another person|no act"), transaction.atomic():
            event(act=act, account_id=who.account)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Dossier.objects.filter(pk=dossier).update(standing="valid")


def test_every_act_of_the_table_has_words_in_the_audit():
    from healthcard.domain.actions import ACTIONS

    assert {f"admission.{name}" for name in ACTS} <= ACTIONS.keys()
