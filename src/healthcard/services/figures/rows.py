"""Statements that this room puts together out of its own tables' words, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection

Parameter = str | int | date | datetime | Sequence[str] | Sequence[int]


def fetch(statement: str, parameters: Mapping[str, Parameter]) -> list[tuple[object, ...]]:
    """The rows of `statement`, over Django's connection and in its transaction; planned for these very values."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {name: _plain(value) for name, value in parameters.items()})
        return [tuple(row) for row in cursor.fetchall()]


def run(statement: str, parameters: Mapping[str, Parameter]) -> None:
    """The same for a statement that gives no rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {name: _plain(value) for name, value in parameters.items()})


def _plain(value: Parameter) -> str | int | date | list[str | int]:
    return value if isinstance(value, str | int | date) else [*value]
