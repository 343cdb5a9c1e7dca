"""The requests of the wire: their fields, and which act of the office answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from healthcard.keys import fields
from healthcard.keys.anchors import Anchor, Gap, serials
from healthcard.keys.blocks import FACTOR
from healthcard.keys.errors import OutOfShape
from healthcard.keys.frames import Frame, Json
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import RECORD, Wrapped, unpack
from healthcard.keys.secret import Secret
from healthcard.keys.stops import Stop

MOST_CHIPS = 4096
LONGEST_REASON = 300
LONGEST_PART = 4 * 1024 * 1024
PLAIN = re.compile(r"[A-Za-z0-9_:.-]{1,64}")
Act = Callable[[KeyOffice, Json, bytes], Frame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A kind of request: the fields of its head and their types, what answers it, and whether it makes cards."""

    fields: Mapping[str, type]
    act: Act
    making: bool = False


def answer(office: KeyOffice, request: Frame) -> Frame:
    """The answer to a request; raises KeysError for one that is refused."""
    verb = VERBS.get(name_of(request))
    if verb is None:
        raise OutOfShape(f"A request names one of the verbs {', '.join(VERBS)}.")
    if request.head.keys() != {"verb", *verb.fields}:
        raise OutOfShape(f"This request has the fields {', '.join(('verb', *verb.fields))}, no more and no fewer.")
    for name, kind in verb.fields.items():
        if type(request.head[name]) is not kind:
            raise OutOfShape(f"The field {name} is of type {kind.__name__}.")
    office.renew()
    if verb.making:
        office.switch.require_running()
    return verb.act(office, request.head, request.body)


def name_of(request: Frame) -> str:
    """The verb of a request, '' when it has none."""
    verb = request.head.get("verb")
    return verb if isinstance(verb, str) else ""


def about(request: Frame) -> str:
    """What a request is about, for the log: names, products, numbers of chips; never its data."""
    head, verb = request.head, name_of(request)
    if verb not in VERBS:
        return "action=unknown"
    parts = [f"action={verb}"]
    parts += [f"{part}={head[part]}" for part in ("name", "product", "purpose") if _plain(head.get(part))]
    if verb in ADDRESSED and len(request.body) >= RECORD:
        parts.append(f"chip={request.body[:FACTOR].hex().upper()} version={request.body[RECORD - 1]}")
    if verb in BATCHES:
        parts.append(f"chips={len(request.body) // RECORD}")
    return " ".join(parts)


def _plain(value: object) -> bool:
    return isinstance(value, str) and PLAIN.fullmatch(value) is not None


def _encipher(office: KeyOffice, head: Json, body: bytes) -> Frame:
    name, record, challenge, data = _session(head, body)
    return Frame(head={}, body=office.encipher(name, unpack(record), challenge, data))


def _mac(office: KeyOffice, head: Json, body: bytes) -> Frame:
    name, record, challenge, data = _session(head, body)
    return Frame(head={}, body=office.mac(name, unpack(record), challenge, data))


def _session(head: Json, body: bytes) -> tuple[str, bytes, bytes, bytes]:
    """Name, address record, challenge and data of a request under a session key."""
    if len(body) < RECORD + FACTOR:
        raise OutOfShape("The body is an address (17 bytes), a challenge (8 bytes) and the data.")
    return fields.key_name(head["name"]), body[:RECORD], body[RECORD : RECORD + FACTOR], body[RECORD + FACTOR :]


def _wrap(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _wrapped(office.wrap(fields.product(head), fields.loads(head), _chips(body)))


def _sam_loads(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _wrapped(office.sam_loads(fields.loads(head), _chips(body)))


def _wrapped(wrapped: Wrapped) -> Frame:
    return Frame(head={"lengths": wrapped.lengths}, body=wrapped.blob)


def _chips(body: bytes) -> bytes:
    if len(body) > MOST_CHIPS * RECORD:
        raise OutOfShape(f"One request is for up to {MOST_CHIPS} chips; split the batch.")
    return body


def _check_values(office: KeyOffice, head: Json, body: bytes) -> Frame:
    names = head["names"]
    if not isinstance(names, list) or len(names) > fields.MOST_LOADS:
        raise OutOfShape(f"A request is for up to {fields.MOST_LOADS} names.")
    return _checks(office.check_values([fields.key_name(name) for name in names], unpack(body)))


def _national(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _checks(office.national_check_values(fields.version(head)))


def _provincial(office: KeyOffice, head: Json, body: bytes) -> Frame:
    if len(body) != FACTOR:
        raise OutOfShape("The body is CITY8.")
    return _checks(office.provincial_check_values(body, fields.version(head)))


def _checks(values: Mapping[str, bytes]) -> Frame:
    return Frame(head={"check_values": {name: value.hex() for name, value in values.items()}})


def _sam_pin(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.sam_pin(unpack(body)))


def _certificate(office: KeyOffice, head: Json, body: bytes) -> Frame:
    days = fields.day(head["valid_from"]), fields.day(head["valid_to"])
    return Frame(head={}, body=office.issuer_certificate(str(head["issuer"]), *days))


def _authority(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.authority())


def _factory(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.factory_envelope(fields.product(head)))


def _running(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={})


def _stop(office: KeyOffice, head: Json, body: bytes) -> Frame:
    by, reason = str(head["by"]), str(head["reason"])
    if not PLAIN.fullmatch(by) or not reason.isprintable() or not 0 < len(reason) <= LONGEST_REASON:
        raise OutOfShape("A stop has the staff number of who stops and a reason on one line.")
    office.switch.press(Stop(by=by, reason=reason, at=_now()))
    return Frame(head={})


def _restart(office: KeyOffice, head: Json, body: bytes) -> Frame:
    people, said = head["people"], body.split(b"\n")
    if not isinstance(people, list) or len(people) != len(said) or not all(_plain(person) for person in people):
        raise OutOfShape("A restart names its people, and the body has a line with the passphrase of each.")
    office.switch.release({str(person): Secret(line) for person, line in zip(people, said, strict=True)}, _now())
    return Frame(head={})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _data_key(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.data_key(str(head["purpose"])))


def _status(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={"mark": office.store.mark, "keys": [asdict(row) for row in office.rows()]})


def _anchor(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _signed(office.anchor(fields.heads(head["heads"]), serials(body)))


def _restored(office: KeyOffice, head: Json, body: bytes) -> Frame:
    gaps = [Gap(chain=chain, since=since, until=until) for chain, since, until in fields.triples(head["gaps"])]
    return _signed(office.restored(fields.heads(head["heads"]), gaps, str(head["reason"])[:LONGEST_REASON]))


def _anchors(office: KeyOffice, head: Json, body: bytes) -> Frame:
    offset = head["offset"]
    return Frame(head={}, body=office.anchors(max(0, offset) if isinstance(offset, int) else 0, LONGEST_PART))


def _newest_anchors(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.newest_anchors())


def _audit_key(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.audit_key())


def _signed(anchors: Sequence[Anchor]) -> Frame:
    rows = [[one.head.chain, one.head.seq, one.head.hash.hex(), one.at, one.signature.hex()] for one in anchors]
    return Frame(head={"anchors": rows})


BATCHES = frozenset({"wrap", "sam_loads"})
ADDRESSED = BATCHES | {"encipher", "mac", "check_values", "sam_pin"}  # their body begins with an address
VERBS: Mapping[str, Verb] = {
    "encipher": Verb(fields={"name": str}, act=_encipher),
    "mac": Verb(fields={"name": str}, act=_mac),
    "wrap": Verb(fields={"product": str, "loads": list}, act=_wrap, making=True),
    "sam_loads": Verb(fields={"loads": list}, act=_sam_loads, making=True),
    "check_values": Verb(fields={"names": list}, act=_check_values),
    "national_check_values": Verb(fields={"version": int}, act=_national),
    "provincial_check_values": Verb(fields={"version": int}, act=_provincial),
    "sam_pin": Verb(fields={}, act=_sam_pin, making=True),
    "issuer_certificate": Verb(
        fields={"issuer": str, "valid_from": str, "valid_to": str}, act=_certificate, making=True
    ),
    "authority": Verb(fields={}, act=_authority),
    "factory_envelope": Verb(fields={"product": str}, act=_factory, making=True),
    "running": Verb(fields={}, act=_running, making=True),
    "stop": Verb(fields={"by": str, "reason": str}, act=_stop),
    "restart": Verb(fields={"people": list}, act=_restart),
    "data_key": Verb(fields={"purpose": str}, act=_data_key),
    "anchor": Verb(fields={"heads": list}, act=_anchor),
    "anchors": Verb(fields={"offset": int}, act=_anchors),
    "newest_anchors": Verb(fields={}, act=_newest_anchors),
    "restored": Verb(fields={"heads": list, "gaps": list, "reason": str}, act=_restored),
    "audit_key": Verb(fields={}, act=_audit_key),
    "status": Verb(fields={}, act=_status),
}
