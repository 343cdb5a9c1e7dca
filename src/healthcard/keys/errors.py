"""The error tree of the key room: refusals say what was refused, by which rule, and what to do."""

from __future__ import annotations


class KeysError(Exception):
    """Anything the key room has to say no to; the message is for the operator and holds no key bytes."""


class OutOfShape(KeysError):
    """A request whose fields or lengths are not those of its kind."""


class UnknownKey(KeysError):
    """No key of that name, version and scope is held here."""


class NotAllowed(KeysError):
    """The key is held, but its state, its level or the mark of the store forbids this use."""


class Stopped(NotAllowed):
    """The making of cards is stopped; loss reports, status and cards in the field go on."""


class AlgorithmRefused(KeysError):
    """No driver in service offers this algorithm."""


class StoreRefused(KeysError):
    """The store file may not be used: wrong place, wrong permissions, or test keys in production."""


class WrongPassphrase(StoreRefused):
    """The passphrase does not open the store."""


class StoreDamaged(StoreRefused):
    """The store file is not what was written: damaged or altered."""


class TokenFailed(KeysError):
    """The hardware token refused or does not answer."""


class CeremonyRefused(KeysError):
    """A key ceremony that may not be held as its file says; `article` is the clause it rests on."""

    def __init__(self, message: str, article: str = "第七条第三项") -> None:
        super().__init__(f"{message} ({article})")
        self.article = article


class AnchorRefused(KeysError):
    """A chain of the audit that was anchored is shown shorter or otherwise: an alarm."""


class BadCertificate(KeysError):
    """Bytes that are no issuer certificate, or one that this authority has not signed."""


class ServiceGone(KeysError):
    """The key service does not answer: not started, not unlocked, or ended in the middle of a request."""


class ServiceFailed(KeysError):
    """The key service met an error of its own; its log has the kind."""


WIRE = {
    kind.__name__: kind
    for kind in (
        OutOfShape,
        UnknownKey,
        NotAllowed,
        Stopped,
        AlgorithmRefused,
        StoreRefused,
        BadCertificate,
        AnchorRefused,
        TokenFailed,
        ServiceFailed,
    )
}  # what a refusal is called between service and client
