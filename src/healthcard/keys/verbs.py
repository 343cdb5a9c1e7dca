"""The requests of the wire: their fields, and which act of the office answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from healthcard.keys.anchors import Anchor, Gap, Head, serials
from healthcard.keys.blocks import FACTOR
from healthcard.keys.errors import OutOfShape
from healthcard.keys.frames import Frame, Json
from healthcard.keys.office import KeyOffice
from healthcard.keys.requests import RECORD, KeyLoad, Wrapped, unpack

MOST_LOADS = 64
MOST_CHIPS = 4096
MOST_CHAINS = 64
LONGEST_REASON = 300
LONGEST_PART = 4 * 1024 * 1024
HASH = re.compile("[0-9a-f]{64}")
NAME = re.compile(r"[A-Z0-9_]{1,32}|TRANSPORT:[a-z0-9-]{1,32}")
PLAIN = re.compile(r"[A-Za-z0-9_:.-]{1,64}")
PRODUCT = re.compile(r"[a-z0-9-]{1,32}")
Act = Callable[[KeyOffice, Json, bytes], Frame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A kind of request: the fields of its head and their types, and what answers it."""

    fields: Mapping[str, type]
    act: Act


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
    return _name(head["name"]), body[:RECORD], body[RECORD : RECORD + FACTOR], body[RECORD + FACTOR :]


def _wrap(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _wrapped(office.wrap(_product(head), _loads(head), _chips(body)))


def _sam_loads(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _wrapped(office.sam_loads(_loads(head), _chips(body)))


def _wrapped(wrapped: Wrapped) -> Frame:
    return Frame(head={"lengths": wrapped.lengths}, body=wrapped.blob)


def _chips(body: bytes) -> bytes:
    if len(body) > MOST_CHIPS * RECORD:
        raise OutOfShape(f"One request is for up to {MOST_CHIPS} chips; split the batch.")
    return body


def _loads(head: Json) -> list[KeyLoad]:
    rows = head["loads"]
    if not isinstance(rows, list) or len(rows) > MOST_LOADS:
        raise OutOfShape(f"A request has up to {MOST_LOADS} loads.")
    return [_load(row) for row in rows]


def _load(row: object) -> KeyLoad:
    if not isinstance(row, dict) or row.keys() != {"name", "header", "clear", "prefix", "padded"}:
        raise OutOfShape("A load has the fields name, header, clear, prefix, padded.")
    if not isinstance(row["padded"], bool):
        raise OutOfShape("padded of a load is true or false.")
    header, clear, prefix = (_hex(row[part]) for part in ("header", "clear", "prefix"))
    return KeyLoad(name=_name(row["name"]), header=header, clear=clear, prefix=prefix, padded=row["padded"])


def _check_values(office: KeyOffice, head: Json, body: bytes) -> Frame:
    names = head["names"]
    if not isinstance(names, list) or len(names) > MOST_LOADS:
        raise OutOfShape(f"A request is for up to {MOST_LOADS} names.")
    return _checks(office.check_values([_name(name) for name in names], unpack(body)))


def _national(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _checks(office.national_check_values(_version(head)))


def _provincial(office: KeyOffice, head: Json, body: bytes) -> Frame:
    if len(body) != FACTOR:
        raise OutOfShape("The body is CITY8.")
    return _checks(office.provincial_check_values(body, _version(head)))


def _checks(values: Mapping[str, bytes]) -> Frame:
    return Frame(head={"check_values": {name: value.hex() for name, value in values.items()}})


def _sam_pin(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.sam_pin(unpack(body)))


def _certificate(office: KeyOffice, head: Json, body: bytes) -> Frame:
    days = _day(head["valid_from"]), _day(head["valid_to"])
    return Frame(head={}, body=office.issuer_certificate(str(head["issuer"]), *days))


def _authority(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.authority())


def _factory(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.factory_envelope(_product(head)))


def _data_key(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.data_key(str(head["purpose"])))


def _status(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={"mark": office.store.mark, "keys": [asdict(row) for row in office.rows()]})


def _anchor(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return _signed(office.anchor(_heads(head["heads"]), serials(body)))


def _restored(office: KeyOffice, head: Json, body: bytes) -> Frame:
    gaps = [Gap(chain=chain, since=since, until=until) for chain, since, until in _triples(head["gaps"])]
    return _signed(office.restored(_heads(head["heads"]), gaps, str(head["reason"])[:LONGEST_REASON]))


def _anchors(office: KeyOffice, head: Json, body: bytes) -> Frame:
    offset = head["offset"]
    return Frame(head={}, body=office.anchors(max(0, offset) if isinstance(offset, int) else 0, LONGEST_PART))


def _newest_anchors(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.newest_anchors())


def _audit_key(office: KeyOffice, head: Json, body: bytes) -> Frame:
    return Frame(head={}, body=office.audit_key())


def _heads(rows: object) -> list[Head]:
    """Chain, number and hash (hex) of each."""
    if not isinstance(rows, list) or len(rows) > MOST_CHAINS:
        raise OutOfShape(f"A request has up to {MOST_CHAINS} heads.")
    return [_head(row) for row in rows]


def _head(row: object) -> Head:
    match row:
        case [int(chain), int(seq), str(text)] if (
            0 <= chain < MOST_CHAINS and 0 <= seq < 2**63 and HASH.fullmatch(text)
        ):
            return Head(chain=chain, seq=seq, hash=bytes.fromhex(text))
    raise OutOfShape("A head is a chain, the number of its last entry (0: none), and its hash in hex.")


def _triples(rows: object) -> list[tuple[int, int, int]]:
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_CHAINS:
        raise OutOfShape(f"A request has 1 to {MOST_CHAINS} gaps.")
    found = []
    for row in rows:
        match row:
            case [int(chain), int(since), int(until)] if 0 <= chain < MOST_CHAINS and 0 <= since < until < 2**63:
                found.append((chain, since, until))
            case _:
                raise OutOfShape("A gap is a chain, the last entry that is left and the last one lost.")
    return found


def _signed(anchors: Sequence[Anchor]) -> Frame:
    rows = [[one.head.chain, one.head.seq, one.head.hash.hex(), one.at, one.signature.hex()] for one in anchors]
    return Frame(head={"anchors": rows})


def _name(value: object) -> str:
    """A key name; anything else would only travel into messages and logs."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise OutOfShape("A key name is up to 32 of A-Z, 0-9 and _, or TRANSPORT:<product>.")
    return value


def _product(head: Json) -> str:
    product = str(head["product"])
    if not PRODUCT.fullmatch(product):
        raise OutOfShape("A product name is up to 32 of a-z, 0-9 and -.")
    return product


def _hex(value: object) -> bytes:
    try:
        return bytes.fromhex(str(value))
    except ValueError:
        raise OutOfShape("Header, clear and prefix of a load are hex.") from None


def _version(head: Json) -> int:
    version = head["version"]
    return version if isinstance(version, int) else 0


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise OutOfShape("A day is written YYYY-MM-DD.") from None


BATCHES = frozenset({"wrap", "sam_loads"})
ADDRESSED = BATCHES | {"encipher", "mac", "check_values", "sam_pin"}  # their body begins with an address
VERBS: Mapping[str, Verb] = {
    "encipher": Verb(fields={"name": str}, act=_encipher),
    "mac": Verb(fields={"name": str}, act=_mac),
    "wrap": Verb(fields={"product": str, "loads": list}, act=_wrap),
    "sam_loads": Verb(fields={"loads": list}, act=_sam_loads),
    "check_values": Verb(fields={"names": list}, act=_check_values),
    "national_check_values": Verb(fields={"version": int}, act=_national),
    "provincial_check_values": Verb(fields={"version": int}, act=_provincial),
    "sam_pin": Verb(fields={}, act=_sam_pin),
    "issuer_certificate": Verb(fields={"issuer": str, "valid_from": str, "valid_to": str}, act=_certificate),
    "authority": Verb(fields={}, act=_authority),
    "factory_envelope": Verb(fields={"product": str}, act=_factory),
    "data_key": Verb(fields={"purpose": str}, act=_data_key),
    "anchor": Verb(fields={"heads": list}, act=_anchor),
    "anchors": Verb(fields={"offset": int}, act=_anchors),
    "newest_anchors": Verb(fields={}, act=_newest_anchors),
    "restored": Verb(fields={"heads": list, "gaps": list, "reason": str}, act=_restored),
    "audit_key": Verb(fields={}, act=_audit_key),
    "status": Verb(fields={}, act=_status),
}
