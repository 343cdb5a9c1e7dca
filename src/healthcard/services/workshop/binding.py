"""A database and its key store belong together: with other keys every person would look like a new one."""

from __future__ import annotations

from hmac import compare_digest

from django.db import transaction

from healthcard.services.errors import ServiceError
from healthcard.storage import bulk
from healthcard.storage.models import KeyBinding

_CERTAIN: set[bytes] = set()  # marks this process has found in a committed row


class OtherKeys(ServiceError):
    """The key service serves another store than the one this database was filled with."""


def check(mark: bytes) -> None:
    """Bind the database to the key store of this `mark` (32 bytes) at its first use; raises OtherKeys later on."""
    if mark in _CERTAIN:
        return
    bound = _mark() or _bind(mark)
    if not compare_digest(bound, mark):
        raise OtherKeys(
            "This database was filled with the keys of another key store: nobody in it would be found again, and "
            "everybody would be put on file twice. Nothing was changed. Start the key service with the store that "
            "belongs to this database, or work with the database that belongs to this store."
        )
    transaction.on_commit(lambda: _CERTAIN.add(mark))  # not before: our own row may yet be rolled back


def _mark() -> bytes | None:
    row = KeyBinding.objects.first()
    return None if row is None else bytes(row.mark)


def _bind(mark: bytes) -> bytes:
    """Write the one row, unless somebody was faster; what it holds."""
    bulk.execute("INSERT INTO key_binding (id, mark) VALUES (1, %b) ON CONFLICT DO NOTHING", [mark])
    return _mark() or b""
