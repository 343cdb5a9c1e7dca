"""The settings: organisations, logins and machines by an administrator, parameters with their effect told before."""

from __future__ import annotations

import re

import pytest


def _page(browser, path, role, language="zh-hans"):
    client = browser(role)
    client.cookies["django_language"] = language
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def place(world):
    from healthcard.storage.models import Account

    return Account.objects.get(username="admin").organisation_id


@pytest.fixture
def province_staff(world):
    """A supervisor of the province's own body, and another one."""
    from healthcard.storage.models import Account, Organisation

    province = Organisation.objects.get(kind="province")
    for name in ("decider", "checker"):
        Account.objects.create(username=name, full_name=name, organisation=province, role="supervisor", password="!")
    yield
    Account.objects.filter(username__in=("decider", "checker")).update(is_active=False)
    for name in ("decider", "checker"):
        Account.objects.filter(username=name).update(username=f"{name}.{Account.objects.count()}.{id(world)}"[:40])


def test_an_administrator_begins_at_the_settings(browser):
    assert browser("admin").get("/").headers["Location"] == "/settings"


def test_the_password_of_a_new_login_is_told_once(browser, place):
    form = {"organisation": place, "role": "clerk", "full_name": "新员", "username": "new.one"}
    client = browser("admin")
    page = client.post("/settings/logins/new", form | {"number": "11010119900307889X"})
    if page.status_code == 409:
        page = client.post("/settings/logins/new", form | {"number": _number()})
    assert page.status_code == 200
    (password,) = re.findall(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b", page.content.decode())
    assert password not in _page(browser, "/settings/logins", "admin")
    assert "new.one" in _page(browser, "/settings/logins", "admin")


def _number():
    from healthcard.domain.synthetic import residents

    return next(each.document.number for each in residents(5, seed=77) if each.document.is_citizen_number)


def test_a_wrong_number_is_refused_in_words_and_not_repeated(browser, place):
    form = {
        "organisation": place,
        "role": "clerk",
        "full_name": "新员",
        "username": "x1",
        "number": "123456789012345678",
    }
    answer = browser("admin").post("/settings/logins/new", form)
    assert answer.status_code == 409
    assert "123456789012345678" not in answer.content.decode()


def test_a_machine_is_let_in_and_shut_out(browser, place):
    from healthcard.storage.models import Credential

    client = browser("admin")
    page = client.post("/settings/machines/new", {"organisation": place, "role": "clerk", "name": "自助机"})
    (secret,) = re.findall(
        r"[\w-]{43}",
        re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", page.content.decode()),
    )
    assert secret not in _page(browser, "/settings/machines", "admin")
    machine = Credential.objects.get(name="自助机").pk
    assert client.post(f"/settings/machines/{machine}/revocation").status_code == 302
    assert "已吊销" in _page(browser, "/settings/machines", "admin")


def test_the_effect_of_a_change_is_told_before_anybody_proposes_it(browser, world, province_staff):
    from healthcard.services.acting import clock
    from healthcard.storage.models import ParameterSet

    _, today = clock()
    form = {"value:loss.oral_days": "7", "since": today.isoformat()}
    page = browser("decider").post("/settings/parameters/effect", form).content.decode()
    assert "loss.oral_days" in page
    assert ">10<" in page
    assert "<strong>7</strong>" in page
    assert "申领" in page or "首次" in page or "First" in page
    assert not ParameterSet.objects.exists()
    assert browser("decider").post("/settings/parameters/proposal", form).status_code == 302
    version = ParameterSet.objects.get()
    assert browser("decider").post(f"/settings/parameters/{version.pk}/approval").status_code == 409
    assert browser("checker").post(f"/settings/parameters/{version.pk}/approval").status_code == 302
    assert "<strong>7</strong>" in _page(browser, "/settings/parameters", "decider")


def test_a_value_that_cannot_be_is_told(browser, world, province_staff):
    form = {"value:loss.oral_days": "99", "since": "2030-01-01"}
    answer = browser("decider").post("/settings/parameters/effect", form)
    assert answer.status_code == 409
    assert "loss.oral_days" in answer.content.decode()


def test_code_tables_name_their_edition(browser):
    page = _page(browser, "/settings/codes?table=sex", "clerk")
    assert "GB/T 2261.1-2003" in page
    assert browser("clerk").get("/settings/codes?table=nothing").status_code == 404


def test_who_may_not_change_sees_no_buttons(browser):
    page = _page(browser, "/settings", "clerk")
    assert "新设机构" not in page
    assert "/settings/logins" not in page
