"""The driver over a token: which keys live in it, and how those that can not are kept by it."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from healthcard.keys.algorithms import algorithm as row_of
from healthcard.keys.blocks import Encipher
from healthcard.keys.ciphering import KEY, BlockKey, Ciphering, SoftwareKey, check_length, check_served
from healthcard.keys.driver import Handle
from healthcard.keys.errors import StoreDamaged
from healthcard.keys.hierarchy import HIERARCHY, Rules
from healthcard.keys.pkcs11.objects import ACTS, HIDDEN, KINDS, SHOWN, TokenObject, created, secret
from healthcard.keys.pkcs11.token import TAGGING, WRAPPING, Token
from healthcard.keys.secret import Secret
from healthcard.keys.software import generated

TAG = 32


class TokenKey(BlockKey):
    """A key inside a token: a session object, destroyed when nobody has it any more."""

    __slots__ = ("key", "token")

    def __init__(self, algorithm_name: str, key: TokenObject, token: Token) -> None:
        super().__init__(algorithm_name)
        self.key = key
        self.token = token

    def __del__(self) -> None:
        self.token.forget(self.key)

    def machine(self) -> Encipher:
        """An encipherer that asks the token."""
        return lambda data: self._encrypt(data, KINDS[self.algorithm].ecb)

    def chained(self, data: bytes) -> bytes:
        """CBC with zero initial value."""
        return self._encrypt(data, KINDS[self.algorithm].cbc, bytes(row_of(self.algorithm).block))

    def cmac(self, data: bytes) -> bytes:
        """The whole CMAC."""
        with self.token.using():
            return bytes(self.key.sign(data, mechanism=KINDS[self.algorithm].cmac))

    def below(self, wide: bytes) -> Handle:
        """The key one level below, made inside where the token can."""
        kind = KINDS[self.algorithm]
        with self.token.using() as session:
            if kind.derives is None:
                made = created(session, kind.type, self.machine()(wide), HIDDEN, ACTS)
            else:
                made = self.key.derive_key(
                    kind.type,
                    kind.bits,
                    mechanism=kind.derives,
                    mechanism_param=wide,
                    capabilities=ACTS,
                    template=HIDDEN,
                )
        return TokenKey(self.algorithm, secret(made), self.token)

    def family(self, wide: bytes) -> Callable[[int], Encipher]:
        """Each of them inside the token, when it is asked for."""

        def below(index: int) -> Encipher:
            key = self.below(wide[index * KEY : (index + 1) * KEY])
            return lambda data: key.machine()(data) if isinstance(key, TokenKey) else b""

        return below

    def plain(self) -> Secret:
        """The bytes, wrapped by the token under a key of the moment that we give it."""
        with self.token.using() as session:
            moment = bytes(session.generate_random(128))
            outer = created(session, KeyType.AES, moment, SHOWN, MechanismFlag.WRAP)
            wrapped = outer.wrap_key(self.key, mechanism=Mechanism.AES_KEY_WRAP)
            outer.destroy()
        return Secret(aes_key_unwrap(moment, wrapped))

    def _encrypt(self, data: bytes, mechanism: Mechanism, parameter: bytes | None = None) -> bytes:
        with self.token.using():
            return bytes(self.key.encrypt(data, mechanism=mechanism, mechanism_param=parameter))


class TokenDriver(Ciphering):
    """Keys of a token. What it has no mechanism for is computed in this process, and kept wrapped by the token."""

    name = "pkcs11"
    kinds = (TokenKey, SoftwareKey)

    def __init__(self, token: Token, *, rules: Rules = HIERARCHY.rules) -> None:
        """Raises StoreRefused for a token without its own keys."""
        super().__init__(rules)
        self._token = token
        self._wrapping = token.own(WRAPPING)
        self._tagging = token.own(TAGGING)

    def inside(self, algorithm: str) -> bool:
        """Whether keys of this algorithm are used inside the token."""
        kind = KINDS.get(algorithm)
        return kind is not None and {kind.ecb, kind.cbc, kind.cmac} <= self._token.mechanisms

    def generate(self, algorithm: str) -> Handle:
        """A new key, made by the token; of what it does not serve, made here of its random numbers."""
        if not self.inside(algorithm):
            return generated(algorithm, self._random)
        kind = KINDS[algorithm]
        with self._token.using() as session:
            made = session.generate_key(kind.type, kind.bits, store=False, capabilities=ACTS, template=HIDDEN)
        return TokenKey(algorithm, secret(made), self._token)

    def adopt(self, algorithm: str, value: Secret) -> Handle:
        """A key brought from outside."""
        check_served(algorithm)
        check_length(algorithm, value)
        if not self.inside(algorithm):
            return SoftwareKey(algorithm, value)
        with self._token.using() as session:
            made = created(session, KINDS[algorithm].type, value.reveal(), HIDDEN, ACTS)
        return TokenKey(algorithm, made, self._token)

    def keep(self, key: Handle, label: bytes) -> bytes:
        """The key wrapped by the token (AES key wrap, RFC 3394) | 32 bytes that bind it to `label`."""
        own = self._own(key)
        with self._token.using() as session:
            if isinstance(own, TokenKey):
                wrapped = bytes(self._wrapping.wrap_key(own.key, mechanism=Mechanism.AES_KEY_WRAP))
            else:
                guest = created(session, KeyType.GENERIC_SECRET, own.plain().reveal(), SHOWN, MechanismFlag.SIGN)
                wrapped = bytes(self._wrapping.wrap_key(guest, mechanism=Mechanism.AES_KEY_WRAP))
                guest.destroy()
        return wrapped + self.seal(label + wrapped)

    def recall(self, algorithm: str, kept: bytes, label: bytes) -> Handle:
        """The key that `keep` wrapped."""
        wrapped, tag = kept[:-TAG], kept[-TAG:]
        if not wrapped or not hmac.compare_digest(self.seal(label + wrapped), tag):
            raise StoreDamaged("A kept key does not fit its seal. Restore the store from its backup.")
        if self.inside(algorithm):
            return TokenKey(algorithm, self._unwrapped(KINDS[algorithm].type, wrapped, HIDDEN, ACTS), self._token)
        guest = self._unwrapped(KeyType.GENERIC_SECRET, wrapped, SHOWN, MechanismFlag.SIGN)
        with self._token.using():
            value = Secret(bytes(guest[Attribute.VALUE]))
            guest.destroy()
        return self.adopt(algorithm, value)

    def seal(self, data: bytes) -> bytes:
        """HMAC-SHA-256 by the token, 32 bytes."""
        with self._token.using():
            return bytes(self._tagging.sign(data, mechanism=Mechanism.SHA256_HMAC))

    def _unwrapped(
        self, kind: KeyType, wrapped: bytes, template: dict[Attribute, bool], acts: MechanismFlag
    ) -> TokenObject:
        with self._token.using():
            return secret(
                self._wrapping.unwrap_key(
                    ObjectClass.SECRET_KEY,
                    kind,
                    wrapped,
                    mechanism=Mechanism.AES_KEY_WRAP,
                    capabilities=acts,
                    template=template,
                )
            )

    def _random(self, length: int) -> bytes:
        with self._token.using() as session:
            return bytes(session.generate_random(8 * length))
