"""Everything others may ask, answered with the keys of one unlocked store. It runs inside the key service's process."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import date

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3, Hash

from healthcard.keys import certificates, custody, officers, stops
from healthcard.keys.anchors import Anchor, AnchorFile, Gap, Head
from healthcard.keys.certificates import IssuerCertificate
from healthcard.keys.custody import Reminder
from healthcard.keys.entries import PRODUCTION, KeyRow
from healthcard.keys.errors import NotAllowed, OutOfShape
from healthcard.keys.hierarchy import AUDIT, HIERARCHY, ISSUE, SERVE
from healthcard.keys.keyring import SESSION_KEYS, Keyring
from healthcard.keys.loading import SAM_PIN, wrap_cards, wrap_sams
from healthcard.keys.officers import Officers
from healthcard.keys.pins import pins
from healthcard.keys.requests import RECORD, TRANSPORT, Address, KeyLoad, Wrapped
from healthcard.keys.secret import Secret
from healthcard.keys.stops import StopSwitch
from healthcard.keys.store import KeyStore

ENVELOPE = b"healthcard transport key"
NONCE = 12
DATA_LABEL = b"healthcard data key|"
BLOCK = 16
PART = 1000 * RECORD  # chips wrapped before the stop switch is asked again: under half a second of work
PURPOSE = re.compile(r"[a-z][a-z0-9.-]{0,63}")


class KeyOffice:
    """`vault` is the key (16 bytes) of the virtual chip factory; without it no lot key ever leaves.

    `anchors` is where the audit's anchors are kept; without it none are signed.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        vault: Secret | None = None,
        anchors: AnchorFile | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.store = store
        self._today = today
        self._ring = Keyring(store, today)
        self._driver = store.driver
        self._vault = vault
        beside = store.path.with_name
        who = Officers(beside(officers.NAME), self._driver.seal, store.mark)
        self.switch = StopSwitch(beside(stops.NAME), self._driver.seal, who)
        self._anchors = anchors

    def renew(self) -> None:
        """Take in what a ceremony changed in the store since the last request."""
        self._ring.renew()

    def reminders(self) -> tuple[Reminder, ...]:
        """Keys whose backup has to be tried soon."""
        return custody.reminders(self.store.mark, self.store, self._today())

    def encipher(self, name: str, card: Address, challenge: bytes, data: bytes) -> bytes:
        """Whole blocks under the session key of a card key and the card's challenge (8 bytes)."""
        self._check_making(name)
        return self._driver.encipher(self._ring.session(name, card, challenge), data)

    def mac(self, name: str, card: Address, challenge: bytes, data: bytes) -> bytes:
        """4 bytes over `data` under the session key."""
        self._check_making(name)
        return self._driver.mac(self._ring.session(name, card, challenge), data)

    def wrap(self, product: str, loads: Sequence[KeyLoad], records: bytes) -> Wrapped:
        """WRITE KEY data of user cards; `records` are packed addresses."""
        return self._in_parts(records, lambda part: wrap_cards(self._ring, product, loads, part))

    def sam_loads(self, loads: Sequence[KeyLoad], records: bytes) -> Wrapped:
        """WRITE KEY data of SAMs."""
        return self._in_parts(records, lambda part: wrap_sams(self._ring, loads, part))

    def check_values(self, names: Sequence[str], card: Address) -> dict[str, bytes]:
        """Check values (3 bytes) of a chip's keys."""
        for name in names:
            if name not in SESSION_KEYS and not name.startswith(TRANSPORT):
                raise NotAllowed(f"{name} has no check value on a card.")
        return {name: self._driver.check_value(self._ring.card(name, card, SERVE)) for name in names}

    def national_check_values(self, version: int) -> dict[str, bytes]:
        """Check values of every national master of that version."""
        return {name: self._driver.check_value(self._ring.national(name, version, SERVE)) for name in HIERARCHY.masters}

    def provincial_check_values(self, city: bytes, version: int) -> dict[str, bytes]:
        """Check values of every master of the province of CITY8."""
        return {
            name: self._driver.check_value(self._ring.provincial(name, city, version, SERVE))
            for name in HIERARCHY.masters
        }

    def sam_pin(self, sam: Address) -> bytes:
        """The PIN of a SAM (3 bytes BCD) for the terminal it is handed to. A card's PIN is never given."""
        seed = self._ring.provincial(SAM_PIN, sam.city, sam.version, SERVE)
        return pins(self._driver, seed, sam.chip).reveal()

    def issuer_certificate(self, issuer: str, valid_from: date, valid_to: date) -> bytes:
        """180 bytes, signed now: the signature differs each time, so whoever asks keeps what he got."""
        authority = self._ring.service("AUTHORITY", ISSUE)
        content = IssuerCertificate(
            issuer=issuer,
            valid_from=valid_from,
            valid_to=valid_to,
            public=self._driver.public(self._ring.service("ISSUER")),
        )
        return certificates.compose(content, self.authority(), lambda body: self._driver.sign(authority, body))

    def authority(self) -> bytes:
        """The public key (64 bytes) issuer certificates are verified with."""
        return self._driver.public(self._ring.service("AUTHORITY"))

    def factory_envelope(self, product: str) -> bytes:
        """Nonce (12) | SM4-GCM of the lot key for the virtual chip factory | tag (16). Never in production."""
        if self.store.mark == PRODUCTION or self._vault is None:
            raise NotAllowed(
                "A lot's transport key leaves only for virtual chips: in a store not marked production, "
                "by a key service that was started with --factory-vault."
            )
        key = self._ring.transport(product)
        value = self._driver.release(key.handle).reveal()
        text = json.dumps({"product": product, "key": value.hex(), "diversified": key.diversified}).encode()
        nonce = os.urandom(NONCE)
        machine = Cipher(SM4(self._vault.reveal()), modes.GCM(nonce)).encryptor()
        machine.authenticate_additional_data(ENVELOPE)
        return nonce + machine.update(text) + machine.finalize() + machine.tag

    def data_key(self, purpose: str) -> bytes:
        """16 bytes to seal data with: the data root enciphers the first 16 bytes of SM3 over label and purpose.

        This key does leave the process: who asks holds the data it protects.
        """
        if not PURPOSE.fullmatch(purpose):
            raise OutOfShape("The purpose of a data key is 1 to 64 of a-z, 0-9, . and -, beginning with a letter.")
        machine = Hash(SM3())
        machine.update(DATA_LABEL + purpose.encode())
        return self._driver.blocks(self._ring.service("DATA"), machine.finalize()[:BLOCK])

    def anchor(self, heads: Sequence[Head], ended: Sequence[str]) -> tuple[Anchor, ...]:
        """Sign and keep the heads of the audit's chains, and the cards that ended; raises AnchorRefused."""
        return self._anchor_file().append(heads, ended, self._sign_anchor)

    def restored(self, heads: Sequence[Head], gaps: Sequence[Gap], reason: str) -> tuple[Anchor, ...]:
        """Keep that chains go on from a restored backup, and from where."""
        return self._anchor_file().restored(heads, gaps, reason, self._sign_anchor)

    def anchors(self, offset: int, longest: int) -> bytes:
        """Whole lines of what is kept, from `offset` on."""
        return self._anchor_file().part(offset, longest)

    def newest_anchors(self) -> bytes:
        """The last line of what is kept."""
        return self._anchor_file().newest()

    def audit_key(self) -> bytes:
        """The public key (64 bytes) anchors are verified with."""
        return self._driver.public(self._ring.service(AUDIT))

    def _in_parts(self, records: bytes, wrap: Callable[[bytes], Wrapped]) -> Wrapped:
        """A batch wrapped a thousand chips at a time: of one that is stopped in the middle nothing leaves."""
        done = []
        for start in range(0, max(1, len(records)), PART):
            self.switch.require_running()
            done.append(wrap(records[start : start + PART]))
        return Wrapped(lengths=done[0].lengths, blob=b"".join(one.blob for one in done))

    def _check_making(self, name: str) -> None:
        """A chip's transport key is used to make it and for nothing else."""
        if name.startswith(TRANSPORT):
            self.switch.require_running()

    def _anchor_file(self) -> AnchorFile:
        if self._anchors is None:
            raise NotAllowed("This key service keeps no anchors of the audit.")
        return self._anchors

    def _sign_anchor(self, message: bytes) -> bytes:
        return self._driver.sign(self._ring.service(AUDIT), message)

    def rows(self) -> tuple[KeyRow, ...]:
        """Every key of the store as a line of its status."""
        return tuple(
            KeyRow(
                level=entry.place.level,
                name=entry.place.name,
                zh=HIERARCHY.zh.get(entry.place.name, "传输密钥"),
                scope=entry.place.scope,
                algorithm=entry.algorithm,
                version=entry.place.version,
                check_value=entry.check.hex().upper(),
                state=entry.state,
                origin=entry.origin,
                mark=self.store.mark,
                drilled=entry.drilled,
            )
            for entry in self.store
        )
