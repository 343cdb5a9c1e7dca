"""The error tree of the services: refusals with a sentence for whoever asked."""

from __future__ import annotations

from collections.abc import Mapping

from healthcard.keys.errors import ServiceGone

KeyServiceGone = ServiceGone  # doors know services only; they have to tell "not now" from "no"


class ServiceError(Exception):
    """Something was asked that is not done; the message says what, why and what to do."""


class NotFound(ServiceError):
    """There is no such thing, or it is not this actor's to see: both answer alike."""


class NotWired(ServiceError):
    """The key service or the rack was asked for, but this process was not given it."""


class Worded(ServiceError):
    """Something is told to people in their language: `zh` in Chinese, the message in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


class Conflict(Worded):
    """A rule, or what others did meanwhile, stands against it."""


class NotAuthenticated(ServiceError):
    """Whoever asks did not prove who he is: no token, a wrong or an old one, a wrong password or code."""


class Invalid(ServiceError):
    """What was entered in a field cannot be: `field` names it, the message says in English why, `zh` in Chinese."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.field = field
        self.zh = zh


class TooMany(ServiceError):
    """Asked too often: come back after `seconds`."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Refused(ServiceError):
    """A rule stands against it: which one, by which article, on which facts, and what to do. Shown to people."""

    def __init__(
        self,
        rule: str,
        article: str,
        zh: str,
        en: str,
        facts: Mapping[str, object] | None = None,
        advice_zh: str = "",
        advice_en: str = "",
    ) -> None:
        super().__init__(en)
        self.rule = rule
        self.article = article
        self.zh = zh
        self.en = en
        self.facts = dict(facts or {})
        self.advice_zh = advice_zh
        self.advice_en = advice_en
