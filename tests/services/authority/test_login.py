"""Who gets in, who does not, and what the audit says of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from doubles.authenticator import code_of

PASSWORD = "correct horse battery"


@pytest.fixture
def clerk(helpers, province):
    from healthcard.domain.permissions import Role
    from healthcard.services.authority import accounts

    return accounts.create(province, username="clerk", full_name="经办员", role=Role.CLERK, password=PASSWORD)


def _row(username="clerk"):
    from healthcard.storage.models import Account

    return Account.objects.get(username=username)


def _set(**fields):
    from healthcard.storage.models import Account

    Account.objects.filter(username="clerk").update(**fields)


def _refused(username="clerk", password=PASSWORD, code=""):
    from healthcard.services.authority import login
    from healthcard.services.errors import NotAuthenticated

    with pytest.raises(NotAuthenticated) as refusal:
        login.prove(username, password, code)
    return str(refusal.value)


def _audited():
    from healthcard.services import audit
    from healthcard.storage.models import AuditEntry

    entries = AuditEntry.objects.filter(chain=audit.APART).order_by("seq")
    return [json.loads(bytes(entry.body)) for entry in entries]


def test_password_and_code_together_open(clerk):
    from healthcard.services.authority import login

    proven = login.prove("clerk", PASSWORD, code_of(clerk))
    assert (proven.account, proven.must_change, proven.idle_seconds) == (clerk.id, False, 15 * 60)


def test_the_same_words_refuse_whatever_was_wrong(clerk):
    from healthcard.services.errors import NotAuthenticated  # noqa: F401 - what _refused expects

    words = {
        _refused("nobody"),
        _refused(password="guess", code=code_of(clerk)),
        _refused(code="000000"),
        _refused(code=code_of(clerk, steps=-5)),
    }
    _set(is_active=False)
    words.add(_refused(code=code_of(clerk)))
    assert len(words) == 1


def test_a_code_works_once(clerk):
    from healthcard.services.authority import login

    code = code_of(clerk)
    login.prove("clerk", PASSWORD, code)
    _refused(code=code)
    login.prove("clerk", PASSWORD, code_of(clerk, steps=1))


def test_nobody_without_a_second_factor_gets_in(clerk):
    _set(second_factor=None)
    _refused(code=code_of(clerk))
    assert _audited()[-1]["facts"] == {"reason": "no_second_factor"}


def test_the_second_factor_lies_sealed_and_opens_for_its_login_alone(clerk):
    import base64

    from healthcard.services.authority import accounts
    from healthcard.services.sealing import SealBroken

    sealed = bytes(_row().second_factor)
    secret = base64.b32decode(clerk.second_factor.partition("secret=")[2].partition("&")[0])
    assert secret not in sealed
    other = accounts.create(
        _row().organisation, username="other", full_name="other", role="clerk", password=PASSWORD + "2"
    )
    _row("other").__class__.objects.filter(pk=other.id).update(second_factor=sealed)
    from healthcard.services.authority import login

    with pytest.raises(SealBroken):
        login.prove("other", PASSWORD + "2", code_of(clerk))


def test_after_failures_the_account_rests_and_longer_each_time(clerk):
    from django.utils import timezone

    from healthcard.services.authority import login

    def rest():
        return round((_row().locked_until - timezone.now()) / timedelta(minutes=1))

    for _ in range(4):
        _refused(password="guess")
    assert _row().locked_until is None
    _refused(password="guess")
    assert rest() == 30
    _refused(code=code_of(clerk))  # the right ones are of no use now
    assert _audited()[-1]["facts"] == {"reason": "resting"}
    rests = []
    for _ in range(8):
        _set(locked_until=timezone.now() - timedelta(seconds=1))
        _refused(password="guess")
        rests.append(rest())
    assert rests == [60, 120, 240, 480, 960, 1440, 1440, 1440]
    _set(locked_until=timezone.now() - timedelta(seconds=1))
    login.prove("clerk", PASSWORD, code_of(clerk))
    assert (_row().failures, _row().locked_until) == (0, None)


def test_a_wrong_code_counts_like_a_wrong_password(clerk):
    for _ in range(5):
        _refused(code="000000")
    assert _row().locked_until is not None


def test_every_attempt_is_in_the_chain_apart_and_nothing_that_was_typed(clerk):
    from healthcard.services.authority import login

    typed = "my password typed as a name"
    _refused(typed)
    _refused(password="guess", code="123456")
    login.prove("clerk", PASSWORD, code_of(clerk), terminal="desk 4", address="10.1.2.3")
    entries = _audited()
    assert [entry["action"] for entry in entries] == ["login.refuse", "login.refuse", "login.accept"]
    assert [entry["facts"] for entry in entries] == [{"reason": "unknown"}, {"reason": "password"}, {}]
    assert [entry["who"]["account"] for entry in entries] == [None, clerk.id, clerk.id]
    assert (entries[2]["who"]["terminal"], entries[2]["who"]["address"]) == ("desk 4", "10.1.2.3")
    kept = json.dumps(entries)
    assert not any(word in kept for word in (typed, "guess", "123456", PASSWORD))


def test_a_refusal_is_kept_although_it_raises(committed_db, helpers):
    from healthcard.services.authority import accounts
    from healthcard.storage.models import AuditEntry, Organisation

    ministry = Organisation.objects.create(code="000000", name="部", kind="ministry", division="000000")
    accounts.create(ministry, username="clerk", full_name="x", role="clerk", password=PASSWORD)
    _refused(password="guess")
    assert _row().failures == 1
    assert AuditEntry.objects.filter(action="login.refuse").count() == 1


def test_a_password_of_ones_own_replaces_the_given_one(clerk):
    from healthcard.services.authority import login
    from healthcard.services.errors import Invalid, NotAuthenticated, Refused

    _set(must_change=True)
    proven = login.prove("clerk", PASSWORD, code_of(clerk))
    with pytest.raises(Refused) as refusal:
        login.require_own_password(proven)
    assert refusal.value.rule == "password_change_due"
    with pytest.raises(NotAuthenticated):
        login.replace_password(clerk.id, "guess", "a new and long one")
    for poor in ("short", "clerk", "password1234567"[:8], PASSWORD):
        with pytest.raises(Invalid):
            login.replace_password(clerk.id, PASSWORD, poor)
    login.replace_password(clerk.id, PASSWORD, "a new and long one")
    assert not login.prove("clerk", "a new and long one", code_of(clerk, steps=1)).must_change
    assert [entry["action"] for entry in _audited()][-2:] == ["password.change", "login.accept"]


def test_a_password_that_is_too_old_has_to_be_changed(clerk):
    from healthcard.services import acting
    from healthcard.services.authority import login

    now, _ = acting.clock()
    _set(password_at=now - timedelta(days=91))
    assert login.prove("clerk", PASSWORD, code_of(clerk)).must_change


def test_an_address_that_only_guesses_is_not_listened_to_and_others_are(clerk, monkeypatch):
    from healthcard.services.authority import login
    from healthcard.services.errors import NotAuthenticated

    monkeypatch.setattr(login, "FLOOD", 3)
    for name in ("anna", "boris", "chen"):
        with pytest.raises(NotAuthenticated):
            login.prove(name, PASSWORD, "", address="192.0.2.1")
    before = len(_audited())
    with pytest.raises(NotAuthenticated):
        login.prove("clerk", PASSWORD, code_of(clerk), address="192.0.2.1")
    assert len(_audited()) == before
    assert login.prove("clerk", PASSWORD, code_of(clerk), address="192.0.2.2").account == clerk.id
