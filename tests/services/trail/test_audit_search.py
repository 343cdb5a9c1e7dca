"""An auditor looks into the audit: of his part of the tree, of somebody, page after page; and is looked at himself."""

from __future__ import annotations

from uuid import uuid4

import pytest

from healthcard.domain.permissions import NotAllowed

SOMEBODY, CARD = 77, 41


@pytest.fixture
def auditor(as_role):
    return as_role("auditor")


@pytest.fixture
def entry(db):
    """Append an entry of an act by somebody."""
    from healthcard.services import audit

    def append(actor, action="loss.accept", **of):
        of = {"resident": SOMEBODY, "card": CARD, **of}
        audit.write(actor=actor, action=action, operation=uuid4(), **of)

    return append


def found(actor, **wanted):
    from healthcard.services.trail import audit_search

    page = audit_search.search(actor, audit_search.Wanted(**wanted))
    return [each.action for each in page.entries]


def test_what_concerns_a_card_is_found_the_newest_first_in_pages(entry, auditor, console):
    from healthcard.services.trail import audit_search

    for number in range(5):
        entry(console, f"loss.step_{'abcde'[number]}")
    wanted, seen, after = audit_search.Wanted(card=CARD), [], None
    while True:
        page = audit_search.search(auditor, wanted, after=after, limit=2)
        seen += [each.action for each in page.entries]
        if (after := page.after) is None:
            break
        assert len(page.entries) == 2
    assert seen == [f"loss.step_{letter}" for letter in "edcba"]


def test_entries_are_told_with_who_whom_and_what(helpers, entry, auditor, console):
    from healthcard.services.trail import audit_search

    entry(console, rule="written_loss", article="12(3)", facts={"by": "holder"}, sealed={"signer": "somebody"})
    (row,) = audit_search.search(auditor, audit_search.Wanted(resident=SOMEBODY)).entries
    assert (row.resident, row.card, row.organisation) == (SOMEBODY, CARD, console.organisation)
    assert (row.rule, row.article, row.facts, row.sealed) == ("written_loss", "12(3)", {"by": "holder"}, True)
    assert len(row.hash) == 64


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        ({"resident": SOMEBODY}, ["unlock.begin", "loss.accept"]),
        ({"resident": SOMEBODY, "action": "loss."}, ["loss.accept"]),
        ({"resident": SOMEBODY + 8}, []),
    ],
)
def test_what_is_asked_for_is_what_is_told(entry, auditor, console, wanted, actions):
    entry(console)
    entry(console, "unlock.begin")
    assert found(auditor, **wanted) == actions


def test_what_was_done_elsewhere_is_not_there(entry, auditor, console, province):
    from healthcard.services import actor as actors
    from healthcard.storage.models import Organisation

    ministry = Organisation.objects.get(pk=province.parent_id)
    entry(actors.of_console(ministry))
    assert found(auditor, card=CARD) == []
    entry(console)
    assert found(auditor, card=CARD) == ["loss.accept"]


def test_that_somebody_looked_is_an_entry_too(entry, auditor, console):
    entry(console)
    found(auditor, card=CARD)
    assert found(auditor, account=auditor.account) == ["audit.read"]


def test_who_looks_says_at_whom_and_may_look(entry, auditor, as_role):
    from healthcard.services.errors import Invalid

    with pytest.raises(Invalid):
        found(auditor, action="loss.")
    with pytest.raises(NotAllowed):
        found(as_role("clerk"), card=CARD)
