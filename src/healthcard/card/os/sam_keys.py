"""The SAM's commands on keys: how they come in, and how DELIVERY KEY and CIPHER use them (card.md 3.1, 5.3, 5.4).

Keys come in as on COS product 甲: `84 D4 01 KID 24`, the data field as the key service wraps it under the SAM's
transport key, prefix = P1 of the DELIVERY KEY it serves | key version, padded. The prefix of the SAM's own maintenance
key (KID 00, MF current) is 08 | version. The PIN is `84 D4 02 00 14`, prefix = tries | length, with the MF current.
"""

from __future__ import annotations

import hmac

from healthcard.card.os import crypto
from healthcard.card.os.crypto import LOAD_MAC, KeyInUse
from healthcard.card.os.sam_memory import PRODUCT, SamKey, SamPin
from healthcard.card.os.sam_session import DF01, MF, SamSession, WorkingKey
from healthcard.card.os.words import Denied, Word
from healthcard.card.wire.answer import CHIP8
from healthcard.card.wire.apdu import Command
from healthcard.card.wire.facts import FACTS

BLOCK = 16
KEY = 16
AUTHENTICATION = 17  # AUTH8 | T8 | key version
LEVELS_SHIFT = 5
USE_BITS = 0x1F
ENCIPHER, MAC = "encipher", "mac"
# P1 of CIPHER: what it does, whether an initial value comes first, whether more parts follow (card.md 3.1)
CIPHER_MODES = {
    0x00: (ENCIPHER, False, False),
    0x02: (ENCIPHER, False, True),
    0x05: (MAC, True, False),
    0x07: (MAC, True, True),
    0x03: (MAC, False, True),
    0x01: (MAC, False, False),
}


def get_challenge(session: SamSession, command: Command) -> bytes:
    """GET CHALLENGE: 8 bytes, the last one counts."""
    if command.p1 or command.p2:
        raise Denied(Word.WRONG_PARAMETERS)
    if command.le != FACTS.challenge_length:
        raise Denied(0x6C00 | FACTS.challenge_length)
    session.challenge = session.random(FACTS.challenge_length)
    return session.challenge


def external_authenticate(session: SamSession, command: Command) -> bytes:
    """EXTERNAL AUTHENTICATE with the transport key: opens personalisation until the power goes or it ends."""
    memory, data = session.memory, command.data
    if len(data) != AUTHENTICATION:
        raise Denied(Word.WRONG_LENGTH)
    if command.p1 or command.p2 != PRODUCT.transport_kid or data[-1] != FACTS.key_version:
        raise Denied(Word.KEY_UNKNOWN)
    if memory.ended:
        raise Denied(Word.CONDITIONS)
    if memory.transport_left == 0:
        raise Denied(Word.KEY_BLOCKED)
    once = KeyInUse(memory.transport_key).session(session.take_challenge())
    _count_try(session, right=hmac.compare_digest(once.token(data[8:16]), data[:8]))
    session.rights = True
    return b""


def write_key(session: SamSession, command: Command) -> bytes:
    """WRITE KEY: a key (P1 = 01, P2 = its id) or the PIN (P1 = 02), as the module's docstring lays down."""
    session.need_rights()
    if command.p1 not in (1, 2):
        raise Denied(Word.WRONG_PARAMETERS)
    plain = _unwrap(session, command)
    if command.p1 == 1:
        session.memory.keys[(session.directory, command.p2)] = _key(session, command.p2, plain)
    else:
        session.memory.pin = _pin(session, command.p2, plain)
    session.wrote()
    return b""


def get_data(session: SamSession, command: Command) -> bytes:
    """PROBE (P1 P2 = 01 00) says which product this is; KEY CHECK (P1 = 00, P2 = key id) gives the check value."""
    if (command.p1, command.p2) == (1, 0):
        return PRODUCT.version
    if command.p1:
        raise Denied(Word.WRONG_PARAMETERS)
    session.need_rights()
    key = session.memory.keys.get((session.directory, command.p2))
    if key is None:
        raise Denied(Word.KEY_UNKNOWN)
    return KeyInUse(key.value).check_value()


def end_personalisation(session: SamSession, command: Command) -> bytes:
    """End of personalisation, for ever; refused while there is no PIN, for nothing else guards the keys."""
    if command.p1 or command.p2:
        raise Denied(Word.WRONG_PARAMETERS)
    session.need_rights()
    if session.memory.pin is None:
        raise Denied(Word.CONDITIONS)
    session.memory.ended = True
    session.rights = False
    session.wrote()
    return b""


def delivery_key(session: SamSession, command: Command) -> bytes:
    """DELIVERY KEY 分散: P1 names levels and use, P2 the key; data are CHIP8, then CITY8 on two levels, then R8."""
    session.working = None
    if session.directory != DF01:
        raise Denied(Word.CONDITIONS)
    if not session.verified:
        raise Denied(Word.NOT_ALLOWED)
    key = session.memory.keys.get((DF01, command.p2))
    if key is None:
        raise Denied(Word.KEY_UNKNOWN)
    levels = command.p1 >> LEVELS_SHIFT
    if command.p1 != key.serves or levels == 0:
        raise Denied(Word.CONDITIONS)
    if len(command.data) != CHIP8 * (levels + 1):
        raise Denied(Word.WRONG_LENGTH)
    *factors, challenge = (command.data[at : at + CHIP8] for at in range(0, len(command.data), CHIP8))
    value = key.value
    for factor in reversed(factors):  # the command lists the card first, the key comes down through the city
        value = KeyInUse(value).derived(factor)
    session.working = WorkingKey(KeyInUse(value).session(challenge), command.p1 & USE_BITS)
    return b""


def cipher(session: SamSession, command: Command) -> bytes:
    """CIPHER 加密/MAC with the key DELIVERY KEY has set; any end of it, good or bad, takes the key away."""
    working, session.working = session.working, None
    if working is None:
        raise Denied(Word.CONDITIONS)
    if command.p1 not in CIPHER_MODES or command.p2:
        raise Denied(Word.WRONG_PARAMETERS)
    kind, with_iv, more = CIPHER_MODES[command.p1]
    if not _continues(working, kind, with_iv=with_iv):
        raise Denied(Word.CONDITIONS)
    if not command.data or len(command.data) % BLOCK or (with_iv and len(command.data) == BLOCK):
        raise Denied(Word.WRONG_LENGTH)
    answer = _encipher(working, command.data) if kind == ENCIPHER else _mac(working, command.data, more=more)
    if more:
        working.part = kind
        session.working = working
    return answer


def _continues(working: WorkingKey, kind: str, *, with_iv: bool) -> bool:
    """MACs need a maintenance key; a first MAC part brings the initial value, later parts none."""
    if kind == MAC and working.use != PRODUCT.maintain:
        return False
    if working.part is None:
        return kind == ENCIPHER or with_iv
    return working.part == kind and not with_iv


def _encipher(working: WorkingKey, data: bytes) -> bytes:
    return working.key.encipher(data)


def _mac(working: WorkingKey, data: bytes, *, more: bool) -> bytes:
    if working.part is None:
        working.chain, data = data[:BLOCK], data[BLOCK:]
    working.chain = working.key.last_of_chain(data, working.chain)
    return b"" if more else working.chain[: FACTS.mac_length]


def _count_try(session: SamSession, *, right: bool) -> None:
    memory = session.memory
    if right and memory.transport_left == PRODUCT.transport_tries:
        return
    memory.transport_left = PRODUCT.transport_tries if right else memory.transport_left - 1
    session.wrote()
    if not right:
        session.rights = False
        raise Denied(Word.WRONG_TRIES | memory.transport_left)


def _unwrap(session: SamSession, command: Command) -> bytes:
    """The plain block of a WRITE KEY; 6988 unless the transport key has signed it, 6A80 when it does not unpad."""
    body, mac = command.data[:-LOAD_MAC], command.data[-LOAD_MAC:]
    if not body or len(body) % BLOCK:
        raise Denied(Word.WRONG_LENGTH)
    signed = command.header + bytes([len(command.data)]) + body
    key = KeyInUse(session.memory.transport_key)
    if not hmac.compare_digest(key.mac_of_load(signed), mac):
        raise Denied(Word.MAC_WRONG)
    plain = crypto.stripped(key.decipher_blocks(body))
    if plain is None:
        raise Denied(Word.WRONG_DATA)
    return plain


def _key(session: SamSession, kid: int, plain: bytes) -> SamKey:
    if len(plain) != 2 + KEY:
        raise Denied(Word.WRONG_DATA)
    serves, version = plain[:2]
    own = session.directory == MF
    if own != (kid == PRODUCT.maintain_kid) or own != (serves >> LEVELS_SHIFT == 0):
        raise Denied(Word.WRONG_DATA)
    if serves & USE_BITS not in ((PRODUCT.maintain,) if own else (PRODUCT.authenticate, PRODUCT.maintain)):
        raise Denied(Word.WRONG_DATA)
    return SamKey(serves=serves, version=version, value=plain[2:])


def _pin(session: SamSession, reference: int, plain: bytes) -> SamPin:
    if session.directory != MF or reference:
        raise Denied(Word.CONDITIONS)
    tries, length, digits = plain[:1], plain[1:2], plain[2:]
    if not tries or not 1 <= tries[0] <= 15 or not digits.hex().isdecimal():
        raise Denied(Word.WRONG_DATA)
    if length != bytes([len(digits)]) or len(digits) not in PRODUCT.pin_lengths:
        raise Denied(Word.WRONG_DATA)
    return SamPin(digits=digits, left=tries[0], most=tries[0])
