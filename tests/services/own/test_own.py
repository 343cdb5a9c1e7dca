"""Residents for themselves: everybody is answered alike, codes hold once and not for long, own rows alone are seen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest


@pytest.fixture
def number(people):
    """The number of the document of person `n`."""
    from healthcard.services.people import residents

    return lambda n: residents.opened(people[n]).document.number


@pytest.fixture
def entered(number, people):
    """Person `n` asks for a code and types it in."""
    from healthcard.services.own import entering

    def make(n):
        challenge = entering.ask(number(n))
        return entering.prove(challenge, challenge.shown)

    return make


def _actions():
    from healthcard.storage.models import AuditEntry

    return sorted(AuditEntry.objects.filter(action__startswith="own.").values_list("action", flat=True))


def test_a_resident_enters_with_the_code_that_was_sent(entered, people):
    assert entered(0) == people[0]
    assert _actions() == ["own.ask", "own.enter"]


@pytest.mark.parametrize("number", ["990101199001010018", "nothing", ""])
def test_whoever_is_not_on_file_is_answered_alike_and_never_enters(people, number):
    from healthcard.services.errors import NotAuthenticated
    from healthcard.services.own import entering

    challenge = entering.ask(number)
    assert len(challenge.shown) == 6
    with pytest.raises(NotAuthenticated):
        entering.prove(challenge, challenge.shown)


def test_after_wrong_codes_the_right_one_is_refused_too(number):
    from healthcard.services.errors import NotAuthenticated
    from healthcard.services.own import entering

    challenge = entering.ask(number(0))
    wrong = "000000" if challenge.shown != "000000" else "000001"
    for _ in range(entering.WRONG):
        with pytest.raises(NotAuthenticated):
            entering.prove(challenge, wrong)
    with pytest.raises(NotAuthenticated):
        entering.prove(challenge, challenge.shown)


def test_an_old_code_and_a_code_for_somebody_else_are_refused(number, people):
    from healthcard.services.errors import NotAuthenticated
    from healthcard.services.own import entering

    challenge = entering.ask(number(0))
    for other in (
        replace(challenge, at=challenge.at - entering.HOLDS - 1),
        replace(challenge, resident=people[1]),
    ):
        with pytest.raises(NotAuthenticated):
            entering.prove(other, challenge.shown)


def test_one_person_gets_no_more_than_a_few_codes_an_hour(number):
    from healthcard.services.own import entering

    sent = [entering.ask(number(0)).resident for _ in range(entering.CODES + 1)]
    assert [bool(each) for each in sent] == [True] * entering.CODES + [False]


def test_an_address_that_asks_for_everybody_waits(number):
    from healthcard.services.errors import TooMany
    from healthcard.services.own import entering

    for _ in range(entering.FLOOD):
        entering.ask("nobody", address="192.0.2.1")
    with pytest.raises(TooMany):
        entering.ask(number(0), address="192.0.2.1")
    assert entering.ask(number(0), address="192.0.2.2").resident


def test_a_page_shows_a_resident_his_own_alone(people, in_use, entered):
    from healthcard.services import scope
    from healthcard.services.own import looking

    mine, other = in_use(0), in_use(1)
    page = looking.page(entered(0))
    assert [card.usable for card in page.cards] == [True]
    assert mine.issue_serial not in repr(page)
    assert page.may_report
    assert looking.page(people[2]).cards == ()
    scope.limit(scope.EVERYBODY)
    other.refresh_from_db()
    assert other.loss == "none"


def test_the_page_is_read_as_a_role_that_sees_one_person(people, in_use):
    from django.db import connection

    from healthcard.services.own.looking import _as_resident

    in_use(0), in_use(1)
    with _as_resident(people[0]), connection.cursor() as cursor:
        for table, column in (("resident", "id"), ("card", "resident_id"), ("application", "resident_id")):
            cursor.execute(f"SELECT DISTINCT {column} FROM {table}")
            assert {each for (each,) in cursor.fetchall()} <= {people[0]}
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("healthcard_resident",)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT sealed FROM resident",
        "SELECT sealed FROM application",
        "SELECT full_name FROM account",
        "SELECT body FROM audit_entry",
        "SELECT digest FROM resident_key",
        "UPDATE card SET loss = 'none'",
        "INSERT INTO card_event (event) VALUES ('unlossed')",
    ],
)
def test_that_role_reads_nothing_sealed_and_writes_nothing(people, statement):
    from django.db import ProgrammingError, connection, transaction

    from healthcard.services.own.looking import _as_resident

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        _as_resident(people[0]),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_resident_freezes_his_cards_and_lifts_it_again(people, in_use, entered):
    from healthcard.services import scope
    from healthcard.services.own import looking, reporting
    from healthcard.storage.models import AuditEntry

    card, whom = in_use(0), entered(0)
    ticket = reporting.report(whom)
    assert ticket.cards == (card.pk,)
    page = looking.page(whom)
    assert (page.cards[0].reason, page.may_report) == ("lost", False)
    reporting.withdraw(whom)
    assert looking.page(whom).cards[0].usable
    scope.limit(scope.EVERYBODY)
    assert AuditEntry.objects.filter(action="loss.oral", resident=whom, account=None).count() == 1


def test_a_telephones_codes_do_not_lift_what_was_reported_at_a_counter(people, in_use, entered, clerk):
    from healthcard.domain.lifecycle import TransitionRefused
    from healthcard.services.desk import loss
    from healthcard.services.own import looking, reporting

    _, whom = in_use(0), entered(0)
    loss.report_oral(clerk, whom, channel="phone", identity="questions")
    with pytest.raises(TransitionRefused) as refused:
        reporting.withdraw(whom)
    assert refused.value.rule == "reported_oneself"
    assert looking.page(whom).cards[0].reason == "lost"


def test_a_resident_may_report_and_nothing_else(people):
    from healthcard.domain.permissions import NotAllowed, Permission
    from healthcard.services.own.reporting import _himself

    himself = _himself(people[0], "")
    with pytest.raises(NotAllowed):
        himself.require(Permission.RESIDENT_VIEW)


@pytest.fixture
def child(province):
    """A minor with somebody's telephone on the record, put on file by him as guardian."""
    from dataclasses import asdict

    from healthcard.domain import synthetic
    from healthcard.services.desk.applications import Delegate
    from healthcard.services.people import registering, residents
    from healthcard.services.sealing import sealer
    from healthcard.storage.models import Collection, Organisation, Resident

    def make(guardian, *, phone=None, document=None, born=2015):
        person = residents.opened(guardian)
        minor = next(each for each in (synthetic.resident(n, 7) for n in range(200)) if each.birth_date.year == born)
        residents.stored([replace(minor, phones=(phone or person.phones[0],))], province.pk)
        row = Resident.objects.get(identity_digest=sealer().digest(minor.document))
        number = document or person.document.number
        delegate = Delegate(name=person.name, document_kind="01", document_number=number, phone="", relation="51")
        plain = json.dumps({"delegate": asdict(delegate), "extra": {}}).encode()
        Collection.objects.create(
            resident=row,
            edition="1",
            by="guardian",
            identity="document_and_face",
            consented="guardian",
            sealed=sealer().seal(plain, registering.owner(row.pk)),
            organisation_id=Organisation.objects.get(pk=province.pk).pk,
            operation="00000000-0000-4000-8000-000000000000",
        )
        return row.pk

    return make


@pytest.fixture
def grown(people):
    """Somebody grown up with an identity card and a telephone."""
    from healthcard.services.people import residents

    persons = {each: residents.opened(each) for each in people}
    return next(
        each
        for each, person in persons.items()
        if person.phones and person.document.is_citizen_number and person.birth_date.year < 2000
    )


def test_a_guardian_sees_the_child_he_acts_for_and_it_is_noted(grown, child):
    from healthcard.services import scope
    from healthcard.services.own import children, looking
    from healthcard.storage.models import AuditEntry

    minor = child(grown)
    (known,) = children.of(grown)
    assert known.id == minor
    children.turn_to(grown, minor)
    assert looking.page(minor).is_child
    scope.limit(scope.EVERYBODY)
    assert AuditEntry.objects.filter(action="own.child", resident=minor).count() == 1


@pytest.mark.parametrize(
    "other",
    [{"phone": "15499998888"}, {"document": "990101199001010018"}, {"born": 1990}],
    ids=lambda each: next(iter(each)),
)
def test_nobody_sees_a_child_by_his_telephone_or_his_word_alone_or_a_grown_one(grown, child, other):
    from healthcard.services.errors import NotFound
    from healthcard.services.own import children

    minor = child(grown, **other)
    assert children.of(grown) == ()
    with pytest.raises(NotFound):
        children.turn_to(grown, minor)
