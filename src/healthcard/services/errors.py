"""The error tree of the services: refusals with a sentence for whoever asked."""

from __future__ import annotations


class ServiceError(Exception):
    """Something was asked that is not done; the message says what, why and what to do."""


class NotFound(ServiceError):
    """There is no such thing, or it is not this actor's to see: both answer alike."""


class NotWired(ServiceError):
    """The key service or the rack was asked for, but this process was not given it."""


class Conflict(ServiceError):
    """A rule, or what others did meanwhile, stands against it."""
