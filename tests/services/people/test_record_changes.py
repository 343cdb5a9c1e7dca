"""A record put right: by the form, told to its person, what stood before kept sealed; the road of each field."""

from __future__ import annotations

import pytest

from healthcard.domain.synthetic import resident

CAME = {"reason": "本人申请更正", "presented": ("identity",), "identity": "document_and_face"}


@pytest.fixture
def correct(people, console):
    from healthcard.services.people import corrections

    def make(n=1, actor=console, **cells):
        came = CAME | {name: cells.pop(name) for name in ("reason", "presented", "identity", "by") if name in cells}
        return corrections.correct(actor, people[n], corrections.Correction(cells=cells, **came))

    return make


def test_what_the_chip_can_rewrite_is_written_and_what_it_cannot_needs_a_new_card(correct, people):
    from healthcard.services.people import residents

    written = correct(phone_1="15400000001", education="大专")
    assert {(each.field, each.road) for each in written.changed} == {("phones", "write"), ("education", "write")}
    assert (written.road, written.card) == ("write", None)
    assert 16 in next(each for each in written.changed if each.field == "phones").items
    replaced = correct(name="王新", phone_2="15400000002")
    assert replaced.road == "replace"
    person = residents.opened(people[1])
    assert (person.name, person.phones) == ("王新", ("15400000001", "15400000002"))


def test_everything_else_stays_as_it_was(correct, people):
    from dataclasses import replace

    from healthcard.services.people import residents

    before = residents.opened(people[1])
    correct(education="大专")
    assert residents.opened(people[1]) == replace(before, education=residents.opened(people[1]).education)


def test_history_tells_fields_and_reason_and_keeps_what_stood_before_sealed(correct, console, people):
    from healthcard.services.people import record_changes, resident_record
    from healthcard.services.sealing import sealer
    from healthcard.storage.models import AuditEntry, Message, ResidentChange

    correct(name="王新")
    correct(phone_1="15400000001", reason="换号")
    told = record_changes.history(console, people[1])
    assert [(row.fields, row.zh, row.reason) for row in told] == [
        (("phones",), ("本人电话",), "换号"),
        (("name",), ("姓名",), "本人申请更正"),
    ]
    row = ResidentChange.objects.order_by("pk").first()
    before = resident_record.from_bytes(sealer().open(bytes(row.sealed_before), bytes(row.owner)))
    assert before == resident(1)
    message = Message.objects.filter(resident=people[1], kind="data.changed").order_by("pk").first()
    assert message.facts["what"] == "姓名"
    assert AuditEntry.objects.filter(operation=row.operation, action="resident.correct", resident=people[1]).exists()


def test_history_is_written_once(correct, people):
    from django.db import Error, transaction

    from healthcard.storage.models import ResidentChange

    correct(name="王新")
    for act in (
        lambda rows: rows.update(reason="x"),
        lambda rows: rows.update(sealed_before=b""),
        lambda r: r.delete(),
    ):
        with pytest.raises(Error, match=r"never changed|permission"), transaction.atomic():
            act(ResidentChange.objects.all())


def test_somebody_is_found_by_what_his_record_says_now_and_by_nothing_it_said_before(correct, console, people):
    from healthcard.services.people import finding

    old = resident(1)
    correct(name="欧阳新新新", phone_1="15400000001", phone_2="")
    for wanted in ({"name": "欧阳新新新"}, {"phone": "15400000001"}):
        assert people[1] in [p.id for p in finding.searched(console, finding.Wanted(**wanted)).people]
    gone = finding.Wanted(name=old.name, birth_date=old.birth_date)
    assert people[1] not in [p.id for p in finding.searched(console, gone).people]


def test_a_misread_number_is_let_go_and_belongs_to_whoever_has_it(correct, console, people, province):
    from dataclasses import replace

    from healthcard.services.people import finding, residents

    misread, right = resident(1).document, resident(41).document
    correct(citizen_number=right.number) if right.is_citizen_number else correct(
        document_kind=right.kind, document_number=right.number
    )
    assert finding.found(console, right) == people[1]
    assert finding.found(console, misread) is None
    assert residents.opened(people[1]).document == right
    assert residents.stored([replace(resident(42), document=misread)], province.pk) == 1


def test_the_document_of_somebody_else_is_refused(correct, people):
    from healthcard.domain.lifecycle import TransitionRefused

    other = resident(2).document
    cells = {"citizen_number": other.number} if other.is_citizen_number else {"document_number": other.number}
    with pytest.raises(TransitionRefused) as refusal:
        correct(**(cells | ({} if other.is_citizen_number else {"document_kind": other.kind})))
    assert refusal.value.rule == "one_person"


@pytest.mark.parametrize(
    ("cells", "field"),
    [({"birth_date": "20990101"}, "birth_date"), ({"phone_1": "x"}, "phone_1"), ({"name": ""}, "name")],
)
def test_the_forms_own_rules_judge_a_correction(correct, cells, field):
    from healthcard.domain.forms import FormRefused

    with pytest.raises(FormRefused) as refusal:
        correct(**cells)
    assert field in {problem.field for problem in refusal.value.problems}


@pytest.mark.parametrize(
    ("came", "rule"),
    [({"presented": ()}, "documents_presented"), ({"identity": "questions"}, "identity_checked")],
)
def test_who_shows_nothing_and_is_not_verified_changes_nothing(correct, came, rule):
    from healthcard.domain.lifecycle import TransitionRefused

    with pytest.raises(TransitionRefused) as refusal:
        correct(phone_1="15400000001", **came)
    assert refusal.value.rule == rule


def test_a_correction_that_changes_nothing_is_refused(correct):
    from healthcard.domain.lifecycle import TransitionRefused

    with pytest.raises(TransitionRefused) as refusal:
        correct(name=resident(1).name)
    assert refusal.value.rule == "something_changed"


def test_a_reason_holds_nobodys_number(correct):
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid):
        correct(phone_1="15400000001", reason="电话 13900000000")


@pytest.mark.parametrize("role", ["auditor", "maker", "reviewer"])
def test_only_clerks_correct_a_record(correct, as_role, role):
    from healthcard.domain.permissions import NotAllowed

    with pytest.raises(NotAllowed):
        correct(actor=as_role(role), phone_1="15400000001")
