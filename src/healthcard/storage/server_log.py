"""What the database server writes into its log: statements and rows that it refuses name people, so none of those."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connections

_SILENT = ("log", "fatal", "panic")  # to PostgreSQL's log all of these are graver than an error
QUIET: Mapping[str, tuple[str, ...]] = {
    "log_min_messages": _SILENT,
    "log_min_error_statement": _SILENT,
    "log_statement": ("none",),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
}


def loud() -> dict[str, str]:
    """Settings of the server, as the application's role works with them, that would have people written into its log;
    each with the value it should have.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name", [list(QUIET)])
        return {name: QUIET[name][0] for name, setting in cursor.fetchall() if setting not in QUIET[name]}
