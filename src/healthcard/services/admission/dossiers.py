"""The life of an admission or a filing: each act by the table of procedure, one event each (第五条、第六条、第十条)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta

from healthcard.domain.admission import procedure
from healthcard.domain.admission.papers import Content, Kind, NewDossier, Report
from healthcard.domain.admission.procedure import ACTS, FIELDS
from healthcard.services.acting import Act, act, clock
from healthcard.services.actor import Actor
from healthcard.services.admission import validity
from healthcard.services.admission.centre import require_centre
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.services.second_person import is_another
from healthcard.storage import statements
from healthcard.storage.models import Dossier, DossierEvent, DossierKind, Producer

LONGEST_TEXT = 500
DIGEST_HEX = 64
MOST_DOCUMENTS = 50


def apply(actor: Actor, new: NewDossier) -> int:
    """Take an application at the registration centre; the dossier's id.

    Raises NotAllowed, NotFound, Invalid, TransitionRefused, Conflict where the same is applied for or on file.
    """
    rule = ACTS["apply"]
    with act(actor, rule.permission, "admission.apply") as now:
        centre = require_centre(actor)
        _require_fit(new)
        if not Producer.objects.filter(pk=new.producer).exists():
            raise NotFound("There is no such producer on the register.")
        _require_new(new)
        report = new.content.report
        row = Dossier.objects.create(
            kind=new.kind,
            field=new.field,
            producer_id=new.producer,
            path=centre.path,
            name=new.content.name,
            product=new.product,
            basis_id=new.basis,
            laboratory_id=report.laboratory if report else None,
            report=report.number if report else "",
            report_on=report.day if report else None,
            documents=_listed(new.content),
        )
        happen(now, row, "apply")
        return row.pk


def proceed(actor: Actor, dossier_id: int, name: str, *, text: str = "", content: Content | None = None) -> None:
    """One act of the table that takes one person and no certificate: `correct`, `return`, `recommend`, `appeal`, ...

    Raises NotAllowed, NotFound, Invalid, TransitionRefused, Conflict.
    """
    rule = ACTS.get(name)
    if rule is None or rule.ordered or rule.certificate or not rule.step:
        raise Invalid("act", "没有这一环节", "there is no such step")
    if content is not None and not rule.content:
        raise Invalid("content", "本环节不更改申请内容", "this step changes no content")
    with act(actor, rule.permission, f"admission.{name}") as now:
        require_centre(actor)
        row = found(dossier_id)
        if content is not None:
            _require_report(content.report)
        happen(now, row, name, text=text, changes=_changes(row, content))


def certify(actor: Actor, dossier_id: int, number: str, first_day: date, last_day: date) -> None:
    """Give a certificate, or the one that follows; as another person than found the application fit.

    Raises NotAllowed, NotFound, Invalid, TransitionRefused, Conflict.
    """
    with act(actor, ACTS["certify"].permission, "admission.certify") as now:
        require_centre(actor)
        row = found(dossier_id)
        _, today = clock()
        before = validity.last_day(row.pk)
        goes_on = row.purpose != "renewal" or before is None or first_day == before + timedelta(days=1)
        fits = first_day >= today and goes_on and procedure.term_fits(first_day, last_day)
        procedure.require("certificate_term", fits, first_day=first_day.isoformat(), last_day=last_day.isoformat())
        if not 0 < len(number) <= 40:
            raise Invalid("number", "证书编号为 1 至 40 个字符", "a number has 1 to 40 characters")
        if Dossier.objects.filter(number=number).exclude(pk=row.pk).exists():
            raise Conflict("此编号已用于其他证书。", "Another certificate has this number.")
        happen(now, row, "certify", changes={"number": number, "first_day": first_day, "last_day": last_day})


def happen(now: Act, row: Dossier, name: str, *, text: str = "", changes: Mapping[str, object] | None = None) -> None:
    """Within an act: an event of a dossier. Raises TransitionRefused, Invalid; Conflict when somebody was faster."""
    rule = procedure.require_act(name, row.step, row.standing)
    said = text.strip()
    if len(said) > LONGEST_TEXT or (rule.text and not said):
        raise Invalid(
            "text", f"须填写意见，不超过 {LONGEST_TEXT} 个字符", f"say why, in at most {LONGEST_TEXT} characters"
        )
    _require_another(now.actor, row, rule.another)
    validity.require(rule.checks, row, clock()[1])
    told = json.dumps(dict(changes or {}), default=date.isoformat, ensure_ascii=False)
    by = [now.operation, now.actor.account, now.actor.organisation]
    statements.run(_HAPPEN, [row.pk, row.version + 1, name, said, told, *by])
    now.rule, now.article = f"admission.{name}", rule.article
    now.note(dossier=row.pk, version=row.version + 1, act=name)


_HAPPEN = """
    INSERT INTO dossier_event (dossier_id, version, act, text, changes, operation, account_id, organisation_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""


def found(dossier_id: int) -> Dossier:
    """The dossier, if the actor whose scope is set may see it; raises NotFound."""
    row = Dossier.objects.select_related("producer").filter(pk=dossier_id).first()
    if row is None:
        raise NotFound("There is no such dossier.")
    return row


def _require_another(actor: Actor, row: Dossier, before: tuple[str, ...]) -> None:
    last = DossierEvent.objects.filter(dossier=row, act__in=before).order_by("-version").first()
    procedure.require("another_person", last is None or is_another(actor, last.account_id), dossier=row.pk)


def _require_fit(new: NewDossier) -> None:
    """What is applied for can be: the kind has products to file, and they rest on what they name."""
    if new.field not in FIELDS:
        raise Invalid("field", "没有这一类别", "there is no such field")
    field, filing = FIELDS[new.field], new.kind is Kind.FILING
    rests_on = field.rests_on if filing else ""
    fits = field.filed or not filing
    if rests_on:
        named = {"pk": new.basis, "field": rests_on, "kind": DossierKind.FILING}
        fits = fits and bool(new.product) and Dossier.objects.filter(**named).exists()
    else:
        fits = fits and new.basis is None and not new.product
    procedure.require("product_fits", fits, field=new.field, kind=new.kind.value)
    if filing != bool(new.content.name.strip()) or len(new.content.name) > 120:
        raise Invalid("name", "备案须填写产品名称，准入不填", "a filing names its product, an admission none")
    _require_report(new.content.report)


def _require_report(report: Report | None) -> None:
    if report is None:
        return
    if not Dossier.objects.filter(pk=report.laboratory, field="laboratory").exists():
        raise NotFound("There is no such laboratory on the register.")
    if not 0 < len(report.number) <= 60:
        raise Invalid("report", "报告编号为 1 至 60 个字符", "a report's number has 1 to 60 characters")


def _require_new(new: NewDossier) -> None:
    """One admission in a field, one filing of a product, until it ended."""
    ended = {"step__in": ["retracted", "refused"]}
    same = Dossier.objects.exclude(**ended).exclude(standing="withdrawn")
    if new.kind is Kind.ADMISSION:
        same = same.filter(kind=new.kind, producer=new.producer, field=new.field)
    else:
        same = same.exclude(product="").filter(product=new.product)
    if same.exists():
        raise Conflict(
            "同一事项已在申请或已备案，请查看该案卷。", "The same is applied for or on file already: look at it."
        )


def _changes(row: Dossier, content: Content | None) -> dict[str, object]:
    if content is None:
        return {}
    told: dict[str, object] = {}
    if content.name and row.kind == DossierKind.FILING:
        told["name"] = content.name[:120]
    if content.documents:
        told["documents"] = _listed(content)
    if content.report is not None:
        report = content.report
        told.update(laboratory=report.laboratory, report=report.number, report_on=report.day)
    return told


def _listed(content: Content) -> list[dict[str, str]]:
    for each in content.documents[:MOST_DOCUMENTS]:
        if not each.name or len(each.digest) != DIGEST_HEX or not set(each.digest) <= set("0123456789abcdef"):
            raise Invalid("documents", "每份材料须有名称和 SM3 摘要", "each document has a name and its SM3 digest")
    return [{"name": each.name[:120], "digest": each.digest} for each in content.documents[:MOST_DOCUMENTS]]
