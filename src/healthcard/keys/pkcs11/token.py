"""One token, logged in for as long as the process lives, and the two keys that never leave it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, Session
from pkcs11.exceptions import NoSuchKey, NoSuchToken, PinIncorrect, PinLenRange, PinLocked, PKCS11Error

from healthcard.keys.errors import StoreRefused, TokenFailed, WrongPassphrase
from healthcard.keys.pkcs11.objects import LOCKED_IN, TokenObject, secret
from healthcard.keys.secret import Secret
from healthcard.keys.tokens import TokenPlace

WRAPPING, TAGGING = "healthcard wrapping key", "healthcard tagging key"


class Token:
    """One token, logged in for as long as the process lives; threads share it. Calls take turns."""

    _turn: ClassVar[threading.RLock] = threading.RLock()
    _open: ClassVar[dict[TokenPlace, tuple[Secret, Token]]] = {}

    def __init__(self, place: TokenPlace, session: Session) -> None:
        """Use `open`."""
        self.place = place
        self._session = session
        self._condemned: deque[TokenObject] = deque()
        with self.using() as opened:
            self.mechanisms = frozenset(opened.token.slot.get_mechanisms())

    @classmethod
    def open(cls, place: TokenPlace, pin: Secret) -> Token:
        """Log in. Raises WrongPassphrase, StoreRefused. A token takes one login of a process: a second must agree."""
        with cls._turn:
            if place not in cls._open:
                cls._open[place] = (pin, cls(place, _log_in(place, pin)))
            known, token = cls._open[place]
        if known != pin:
            raise WrongPassphrase(f"This is not the PIN of the {place}. Nothing was changed.")
        return token

    @contextmanager
    def using(self) -> Iterator[Session]:
        """The session, for one thread at a time; raises TokenFailed for what the token refuses."""
        with self._turn:
            try:
                while self._condemned:
                    self._condemned.popleft().destroy()
                yield self._session
            except PKCS11Error as error:
                kind = type(error).__name__
                raise TokenFailed(f"The {self.place} refused ({kind}). Look at the token, then try again.") from error

    def forget(self, key: TokenObject) -> None:
        """Have a session key destroyed at the next call: now may be in the middle of one."""
        self._condemned.append(key)

    def own(self, label: str) -> TokenObject:
        """The key of that label that never leaves the token; raises StoreRefused."""
        with self.using() as session:
            try:
                return secret(session.get_key(label=label, object_class=ObjectClass.SECRET_KEY))
            except NoSuchKey:
                raise StoreRefused(f"The {self.place} holds no {label}. Restore it by its own means.") from None

    def provide(self) -> None:
        """Make the two keys of its own inside an empty token; raises StoreRefused when they are there already."""
        with self.using() as session:
            if any(session.get_objects({Attribute.LABEL: WRAPPING})):
                raise StoreRefused(f"The {self.place} holds a {WRAPPING} already: one token is for one store.")
            wraps = MechanismFlag.WRAP | MechanismFlag.UNWRAP
            session.generate_key(KeyType.AES, 256, label=WRAPPING, store=True, capabilities=wraps, template=LOCKED_IN)
            session.generate_key(
                KeyType.GENERIC_SECRET,
                256,
                label=TAGGING,
                store=True,
                capabilities=MechanismFlag.SIGN,
                mechanism=Mechanism.GENERIC_SECRET_KEY_GEN,
                template=LOCKED_IN,
            )


def _log_in(place: TokenPlace, pin: Secret) -> Session:
    try:
        token = pkcs11.lib(str(place.module)).get_token(token_label=place.label)
        return token.open(rw=True, user_pin=pin.reveal().decode())
    except (PinIncorrect, PinLenRange, UnicodeDecodeError):
        raise WrongPassphrase(f"This is not the PIN of the {place}. A token counts tries: stop and ask.") from None
    except PinLocked:
        raise StoreRefused(f"The {place} is locked after wrong PINs. Its security officer sets a new one.") from None
    except NoSuchToken:
        raise StoreRefused(f"There is no {place}. Is it connected, and its label right?") from None
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise StoreRefused(f"The {place} does not open ({type(error).__name__}).") from None
