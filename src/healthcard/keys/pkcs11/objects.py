"""Keys as objects of a token: how it calls the algorithms, what may be done with an object, and how one is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, SecretKey, Session

from healthcard.keys.errors import TokenFailed

ACTS = MechanismFlag.ENCRYPT | MechanismFlag.SIGN | MechanismFlag.DERIVE
HIDDEN = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: True, Attribute.TOKEN: False}
SHOWN = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True, Attribute.TOKEN: False}
LOCKED_IN = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a token calls an algorithm: type of key, mechanisms; `derives` where a key below can be made inside."""

    type: KeyType
    bits: int | None
    ecb: Mechanism
    cbc: Mechanism
    cmac: Mechanism
    derives: Mechanism | None = None


KINDS = {
    "AES": Kind(
        type=KeyType.AES,
        bits=128,
        ecb=Mechanism.AES_ECB,
        cbc=Mechanism.AES_CBC,
        cmac=Mechanism.AES_CMAC,
        derives=Mechanism.AES_ECB_ENCRYPT_DATA,
    ),
    # a key below is made of two blocks: tokens differ in whether they set its parity, so its bytes pass through here
    "3DES": Kind(
        type=KeyType.DES2, bits=None, ecb=Mechanism.DES3_ECB, cbc=Mechanism.DES3_CBC, cmac=Mechanism.DES3_CMAC
    ),
}


class TokenObject(Protocol):
    """What a secret key of the token can do; the library mixes it in by the key's flags, unseen by its types."""

    def __getitem__(self, attribute: Attribute) -> bytes: ...
    def destroy(self) -> None:
        """Remove it from the token."""
        ...

    def sign(self, data: bytes, *, mechanism: Mechanism) -> bytes:
        """A MAC."""
        ...

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: bytes | None) -> bytes:
        """Whole blocks."""
        ...

    def wrap_key(self, key: TokenObject, *, mechanism: Mechanism) -> bytes:
        """Another key under this one."""
        ...

    def derive_key(
        self,
        key_type: KeyType,
        key_length: int | None,
        *,
        mechanism: Mechanism,
        mechanism_param: bytes,
        capabilities: MechanismFlag,
        template: Mapping[Attribute, bool],
    ) -> TokenObject:
        """A key below."""
        ...

    def unwrap_key(
        self,
        object_class: ObjectClass,
        key_type: KeyType,
        key_data: bytes,
        *,
        mechanism: Mechanism,
        capabilities: MechanismFlag,
        template: Mapping[Attribute, bool],
    ) -> TokenObject:
        """A key that was wrapped."""
        ...


def created(
    session: Session, kind: KeyType, value: bytes, template: dict[Attribute, bool], acts: MechanismFlag
) -> TokenObject:
    """A session object made of bytes that we have."""
    may = {
        Attribute.ENCRYPT: MechanismFlag.ENCRYPT,
        Attribute.SIGN: MechanismFlag.SIGN,
        Attribute.DERIVE: MechanismFlag.DERIVE,
        Attribute.WRAP: MechanismFlag.WRAP,
    }
    whole: dict[Attribute, object] = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: kind}
    whole |= {Attribute.VALUE: value, **template}
    whole |= {attribute: True for attribute, flag in may.items() if flag in acts}
    return secret(session.create_object(whole))


def secret(found: object) -> TokenObject:
    """What the library gave, when it is a secret key; else TokenFailed."""
    if not isinstance(found, SecretKey):
        raise TokenFailed("The token gave something else than a secret key.")
    return cast("TokenObject", found)
