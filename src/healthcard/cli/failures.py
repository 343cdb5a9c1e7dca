"""Failures that are told in one sentence: the operator can do something about them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

# By name, for their modules must not be loaded merely to find out whether they failed.
_TOLD = frozenset(
    {
        "healthcard.site.configuration.UnknownSetting",
        "healthcard.storage.embedded.DatabaseFailed",
        "healthcard.storage.roles.UnsafeRole",
        "healthcard.storage.dump.DumpFailed",
        "healthcard.domain.permissions.NotAllowed",
    }
)
_TREES = frozenset(
    {
        "healthcard.card.wire.errors.CardError",
        "healthcard.keys.errors.KeysError",
        "healthcard.perso.errors.PersoError",
        "healthcard.documents.errors.DocumentError",
        "healthcard.services.errors.ServiceError",
    }
)


@contextmanager
def told() -> Iterator[None]:
    """Turn the failures of our rooms into one line on standard error and exit status 1; others keep their trace."""
    try:
        yield
    except Exception as error:
        if not _has_sentence(error):
            raise
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(130)


def _has_sentence(error: Exception) -> bool:
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return bool(names & (_TOLD | _TREES)) or isinstance(error, PermissionError)
