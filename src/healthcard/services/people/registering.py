"""One person put on file at a desk (采集): the official form whole, who consented, who came, how he was verified.

The form is the ministry's (edition `form.EDITION`); a province asks its own fields besides (`extra_fields`).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from healthcard.documents.errors import DocumentRefused
from healthcard.documents.photo import shrunk
from healthcard.domain import form, people, roster
from healthcard.domain.evidence import Presenter
from healthcard.domain.lifecycle import require
from healthcard.domain.permissions import Permission
from healthcard.domain.resident import Resident as Form
from healthcard.services.acting import Act, act, clock
from healthcard.services.actor import Actor
from healthcard.services.authority import parameters
from healthcard.services.authority.parameters import ParametersInForce
from healthcard.services.desk import signing
from healthcard.services.desk.applications import Delegate
from healthcard.services.desk.applications.judging import judge_coming, judge_documents
from healthcard.services.desk.applications.reach import home_path
from healthcard.services.errors import Invalid
from healthcard.services.people import extra_fields, finding, residents
from healthcard.services.people.collection_form import refuse_findings, warnings, warnings_en
from healthcard.services.scope import widened
from healthcard.services.sealing import sealer
from healthcard.storage.models import Collection, Organisation, Resident


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a desk enters: the form's cells by key, the province's own fields, a picture, who came and what he showed.

    `consented`: the notice was shown and whoever has to consent has signed; never taken for granted. `signature` is
    what he wrote on a pad (JPEG or PNG), b"" where he signed the paper.
    """

    cells: Mapping[str, str] = field(repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    photo: bytes = field(default=b"", repr=False)
    by: str = "holder"
    delegate: Delegate | None = None
    presented: tuple[str, ...] = ()
    identity: str = ""
    consented: bool = False
    signature: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Somebody on file; `warnings` is what to look at once more, in Chinese and in English."""

    id: int
    photo_bytes: int
    consented: str
    warnings: tuple[str, ...]
    warnings_en: tuple[str, ...] = ()


def register(actor: Actor, entry: Entry) -> Registered:
    """Put somebody on file at the desk's organisation, with how his data were collected.

    Raises FormRefused, Invalid, TransitionRefused, Refused.
    """
    actor.require(Permission.RESIDENT_IMPORT)
    photo = photo_of(entry.photo)
    with act(actor, Permission.RESIDENT_IMPORT, "resident.register") as now:
        desk = Organisation.objects.select_related("parent").get(pk=actor.organisation)
        _, today = clock()
        rules = parameters.of(desk, today)
        judged = roster.judge(0, dict(entry.cells), today=today)
        person = replace(refuse_findings("collection", judged), photo=photo)
        require("one_person", finding.holder(person.document) is None)
        consented = _judge(entry, person, rules)
        own = extra_fields.judged(desk, entry.extra)
        with widened(home_path(desk)):
            row = _stored(person, Organisation.objects.get(path=home_path(desk)).pk)
            _collected(now, row, entry, consented, own)
        now.about(resident=row.pk)
        now.note(by=entry.by, presented=sorted(set(entry.presented)), identity=entry.identity, consented=consented)
        told = {"warnings": warnings(judged), "warnings_en": warnings_en(judged)}
        return Registered(id=row.pk, photo_bytes=len(photo), consented=consented, **told)


def photo_of(picture: bytes) -> bytes:
    """The photo for the card of a picture as it came, b"" without one; raises Invalid."""
    if not picture:
        return b""
    try:
        return shrunk(picture)
    except DocumentRefused as error:
        raise Invalid("photo", error.zh, str(error)) from error


def _judge(entry: Entry, person: Form, rules: ParametersInForce) -> str:
    """Who may come, with what, and who had to consent and did."""
    _, today = clock()
    judge_coming("first_issue", entry.by, entry.delegate, person, rules, today)
    judge_documents("rights", entry.by, entry.presented, entry.identity)
    young = people.minority(person.birth_date, today, rules.values).guardian_consents
    require("consent_given", entry.consented and (not young or entry.by == Presenter.GUARDIAN))
    return "guardian" if entry.by == Presenter.GUARDIAN else "holder"


def _stored(person: Form, home: int) -> Resident:
    require("one_person", residents.stored([person], home) == 1)  # unless another desk was faster
    return Resident.objects.get(identity_digest=sealer().digest(person.document))


def _collected(now: Act, row: Resident, entry: Entry, consented: str, own: Mapping[str, str]) -> None:
    told: dict[str, object] = {"delegate": asdict(entry.delegate) if entry.delegate else None, "extra": dict(own)}
    if entry.signature:
        told["signature"] = encoded(signing.clean(entry.signature))
    plain = json.dumps(told, ensure_ascii=False).encode()
    Collection.objects.create(
        resident=row,
        edition=form.EDITION,
        by=entry.by,
        identity=entry.identity,
        presented=sorted(set(entry.presented)),
        consented=consented,
        sealed=sealer().seal(plain, owner(row.pk)),
        organisation_id=now.actor.organisation,
        account_id=now.actor.account,
        operation=now.operation,
    )


def opened(row: Collection) -> Mapping[str, object]:
    """What was collected beside the form; {} once it was deleted. Raises SealBroken."""
    if not bytes(row.sealed):
        return {}
    told: dict[str, object] = json.loads(sealer().open(bytes(row.sealed), owner(row.resident_id)))
    return told


def owner(resident_id: int) -> bytes:
    """What the sealed part of a collection is bound to."""
    return f"collection:{resident_id}".encode()


def encoded(photo: bytes) -> str:
    """A photo as it travels in JSON."""
    return b64encode(photo).decode()
