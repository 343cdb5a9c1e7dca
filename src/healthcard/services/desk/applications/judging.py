"""Who may apply for what, and what he shows: holder, agent, guardian or relative, with documents and verified."""

from __future__ import annotations

from datetime import date

from healthcard.domain import evidence, people
from healthcard.domain.evidence import Presenter, PresenterRefused
from healthcard.domain.forms import form
from healthcard.domain.lifecycle import GUARDS, TransitionRefused, require
from healthcard.domain.people import Representative, RoleRefused, Traits
from healthcard.domain.resident import Document
from healthcard.domain.resident import Resident as Form
from healthcard.domain.rights import may_ask
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.services.desk.applications.request import Delegate, Request
from healthcard.services.errors import Invalid, Refused
from healthcard.storage.models import Resident

FAREWELLS = frozenset({"termination", "return"})  # what is done for the dead and for emigrants too (第十三条)


def judge(request: Request, row: Resident, person: Form, rules: ParametersInForce, today: date) -> None:
    """Raise TransitionRefused, Refused or Invalid unless whoever came may apply for this at this desk."""
    require("channel_allowed", request.channel == "counter", channel=request.channel)
    gone = row.died_on is not None or row.left_on is not None
    require("holder_alive", not gone or request.kind in FAREWELLS)
    deceased = row.died_on is not None or answer(request, "reason") == "death"
    judge_coming(request.kind, request.by, request.delegate, person, rules, today, deceased=deceased)
    facts = {key: name for key in ("reason", "entitlement") if (name := answer(request, key))}
    judge_documents(request.kind, request.by, request.presented, request.identity, **facts)


def judge_coming(
    kind: str,
    by: str,
    delegate: Delegate | None,
    person: Form,
    rules: ParametersInForce,
    today: date,
    *,
    deceased: bool = False,
) -> None:
    """Raise unless `by` may come for an act of `kind` (as the parameters' group `agent` names it)."""
    came = _came(by, delegate)
    if by == Presenter.AGENT:
        require("no_agent" if kind == "unlock" else "agent_allowed", rules.allows(f"agent.{kind}"), kind=kind)
    if by == Presenter.RELATIVE:
        require("relative_acts", kind in FAREWELLS, kind=kind)
    _judge_role(came, person, rules, today, deceased=deceased)


def judge_asking(
    right: str, by: str, delegate: Delegate | None, person: Form, rules: ParametersInForce, today: date, *, dead: bool
) -> None:
    """Raise unless `by` may ask for a `right` about the data of `person` (个人信息保护法第四十四条至第五十条)."""
    came = _came(by, delegate)
    require("may_ask", may_ask(right, by), right=right, by=by)
    _judge_role(came, person, rules, today, deceased=dead)


def _judge_role(
    came: Representative | None, person: Form, rules: ParametersInForce, today: date, *, deceased: bool
) -> None:
    holder = Traits(document=person.document, name=person.name, sex=person.sex, birth_date=person.birth_date)
    try:
        people.require_role(came, holder, today, rules.values, deceased=deceased)
    except RoleRefused as error:
        raise Refused(
            error.rule, "12", error.zh, error.en, advice_zh=error.advice_zh, advice_en=error.advice_en
        ) from error


def judge_documents(act: str, by: str, presented: tuple[str, ...], identity: str, **facts: str) -> None:
    """Raise unless everything `act` wants was presented and whoever came was verified well enough."""
    if unknown := [name for name in presented if name not in evidence.PAPERS]:
        raise Invalid("presented", f"没有 {unknown[0]} 这种材料", f"there is no document {unknown[0]}")
    try:
        lacking = evidence.missing(act, by, presented, **facts)
    except PresenterRefused as error:
        guard = "no_agent" if act == "unlock" else "agent_allowed"
        raise TransitionRefused(GUARDS[guard], by=by) from error
    missing = [requirement.zh for requirement in lacking]
    require("documents_presented", not missing, missing=missing, missing_en=[each.en for each in lacking])
    judge_identity(identity, act, by)


def judge_identity(identity: str, act: str, by: str = "holder") -> None:
    """Raise TransitionRefused unless this way of verifying (`evidence.VERIFICATIONS`) is enough for `act`."""
    known = identity in evidence.VERIFICATIONS
    require("identity_checked", known and evidence.verifies(identity, act, by), identity=identity if known else "")


def answer(request: Request, key: str) -> str:
    """The name of what was answered in a field with choices; '' where the form has none or nothing was chosen."""
    field = next((each for each in form(request.kind).fields if each.key == key), None)
    return next((each.name for each in field.choices if each.code == request.fields.get(key)), "") if field else ""


def _came(by: str, delegate: Delegate | None) -> Representative | None:
    if by not in set(Presenter):
        raise Invalid("by", "应为本人、代理人、监护人或近亲属", "one of holder, agent, guardian, relative")
    if (by == Presenter.HOLDER) != (delegate is None):
        raise Invalid(
            "delegate", "他人办理必须登记，本人办理不填", "somebody else who comes is entered, the holder is not"
        )
    if delegate is None:
        return None
    if not (delegate.name.strip() and delegate.document_number.strip()):
        raise Invalid("delegate", "须登记姓名和证件号码", "name and document number of whoever comes")
    document = Document(kind=delegate.document_kind, number=delegate.document_number.strip().upper())
    return Representative(
        by=Presenter(by), name=delegate.name, document=document, phone=delegate.phone, relation=delegate.relation
    )
