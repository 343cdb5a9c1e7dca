"""Sample cards (样卡): the first of a maker and a product, made in its production environment, approved by another.

Making one rehearses the delivered script too: the card is planned with it, rehearsed, made, read back, kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models.functions import Now

from healthcard.card.host.address import city_factor
from healthcard.card.host.ports import CardAddress, Transport
from healthcard.domain.admission.procedure import require
from healthcard.domain.calendar import add_years
from healthcard.domain.permissions import Permission
from healthcard.domain.synthetic import resident
from healthcard.perso import application, execution, image, loads, script
from healthcard.perso.issue import IssueData, security_code
from healthcard.perso.plan import Plan
from healthcard.perso.products import Product, Recognised, load, recognise
from healthcard.perso.rehearsal import NoJournal
from healthcard.perso.results import Finished
from healthcard.services.acting import act, clock
from healthcard.services.actor import Actor
from healthcard.services.admission.centre import require_province
from healthcard.services.admission.validity import in_force
from healthcard.services.authority import issuers
from healthcard.services.errors import Conflict, Invalid, NotFound
from healthcard.services.second_person import is_another
from healthcard.services.workshop.making import Workshop
from healthcard.storage.models import CosScript, Dossier, DossierKind, IssuerIdentity, Organisation, SampleCard

SERIAL = "0000000000"  # no card that is issued has it
NOBODY = 99  # the invented person whose data a sample card carries


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One sample card."""

    id: int
    dossier: int
    product: str
    maker: int
    maker_name: str
    document: str
    made_at: datetime
    approved: bool


def make(actor: Actor, script_id: int, maker: int, reader: Transport, shop: Workshop) -> int:
    """Make a sample card of the blank chip in `reader` with a delivered script; its id. The script counts as rehearsed.

    Raises NotAllowed, NotFound, TransitionRefused, Conflict where the card did not become what was planned, CardError.
    """
    actor.require(Permission.SUPPLY_ACCEPT)
    province = require_province(actor)
    delivery = CosScript.objects.select_related("dossier").filter(pk=script_id, organisation=province).first()
    if delivery is None:
        raise NotFound("There is no such delivery.")
    require("not_decided", delivery.accepted_at is None, script=delivery.pk)
    _require_maker(maker)
    product = load(bytes(delivery.content).decode("utf-8"))
    chip = recognise(reader, [product])
    plan = _plan(product, chip, province, shop)
    result = execution.execute(shop.rehearser.rehearse(plan), reader, NoJournal(), shop.keys)
    if not isinstance(result, Finished):
        raise Conflict("样卡未能制成。", f"The sample card was not finished: {result.reason}")
    with act(actor, Permission.SUPPLY_ACCEPT, "supply.sample") as now:
        row = SampleCard.objects.create(
            organisation=province,
            maker_id=maker,
            dossier=delivery.dossier,
            chip8=chip.chip8,
            script=delivery.digest,
            evidence=plan.digest,
            made_by_id=actor.account,
        )
        CosScript.objects.filter(pk=delivery.pk).update(rehearsal=plan.digest, sample=row)
        now.note(sample=row.pk, script=delivery.pk, maker=maker, plan=plan.digest.hex())
        return row.pk


def carry_over(actor: Actor, script_id: int, maker: int, document: str) -> int:
    """Take over what was approved on paper before this system came: the sample of a delivered script; the sample's id.

    Another person approves it as any other. Raises NotAllowed, NotFound, TransitionRefused, Invalid.
    """
    with act(actor, Permission.SUPPLY_ACCEPT, "supply.sample") as now:
        province = require_province(actor)
        if not 0 < len(document.strip()) <= 80:
            raise Invalid("document", "须填写文号，不超过 80 个字符", "name the document, in at most 80 characters")
        delivery = CosScript.objects.filter(pk=script_id, organisation=province).first()
        if delivery is None:
            raise NotFound("There is no such delivery.")
        _require_maker(maker)
        row = SampleCard.objects.create(
            organisation=province,
            maker_id=maker,
            dossier_id=delivery.dossier_id,
            script=delivery.digest,
            document=document,
            made_by_id=actor.account,
        )
        now.note(sample=row.pk, script=script_id, maker=maker, document=document)
        return row.pk


def approve(actor: Actor, sample_id: int) -> None:
    """Approve a sample card as another person than made it. Raises NotAllowed, NotFound, TransitionRefused."""
    with act(actor, Permission.SUPPLY_DECIDE, "supply.approve") as now:
        province = require_province(actor)
        row = SampleCard.objects.select_for_update().filter(pk=sample_id, organisation=province).first()
        if row is None:
            raise NotFound("There is no such sample card.")
        require("not_decided", row.approved_at is None, sample=row.pk)
        require("two_people", is_another(actor, row.made_by_id), sample=row.pk)
        SampleCard.objects.filter(pk=row.pk).update(approved_at=Now(), approved_by=actor.account)
        now.note(sample=row.pk, dossier=row.dossier_id, maker=row.maker_id)


def listed(actor: Actor) -> tuple[SampleRow, ...]:
    """The sample cards the actor may see, the newest first."""
    actor.require(Permission.ADMISSION_VIEW)
    rows = SampleCard.objects.select_related("dossier", "maker__producer").order_by("-pk")
    return tuple(
        SampleRow(
            id=row.pk,
            dossier=row.dossier_id,
            product=row.dossier.product,
            maker=row.maker_id,
            maker_name=row.maker.producer.name,
            document=row.document,
            made_at=row.made_at,
            approved=row.approved_at is not None,
        )
        for row in rows
    )


def _require_maker(maker: int) -> None:
    found = Dossier.objects.filter(pk=maker, kind=DossierKind.ADMISSION, field="card").exists()
    require("producer_admitted", found and in_force(maker, clock()[1]), maker=maker)


def _plan(product: Product, chip: Recognised, province: Organisation, shop: Workshop) -> Plan:
    """The card of somebody invented on this chip, under the keys cards have."""
    today = clock()[1]
    program = application.load(product.application)
    issue = _issue(issuers.identity(province, today), province.division, today)
    address = CardAddress(chip=chip.chip8, city=city_factor(province.division), version=1)
    wanted = loads.loads(product, program.layout, program.keys, program.pin)
    wrapped = shop.keys.wrap(product.name, wanted, [address])[0]
    values = shop.keys.check_values(program.keys, address)
    return script.compile_plan(image.build(resident(NOBODY), issue, program), product, address, wrapped, values)


def _issue(issuer: IssuerIdentity, division: str, today: date) -> IssueData:
    return IssueData(
        issuer_name=issuer.name,
        issuer_code=issuer.code,
        issuer_certificate=bytes(issuer.certificate),
        issue_date=today,
        expiry=add_years(today, 1),
        serial=SERIAL,
        city_code=division,
        category="1",
        security_code=security_code(issuer.code, SERIAL),
    )
