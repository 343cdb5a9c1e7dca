"""Rows of models whose query is written out: for what every act asks, where composing the query costs more than it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Field, Model

Row = TypeVar("Row", bound=Model)


def columns(model: type[Model], table: str) -> str:
    """All columns of a model as a SELECT names them, its table called `table` there."""
    return ", ".join(f"{table}.{field.column}" for field in _fields(model))


def made(model: type[Row], values: Sequence[object]) -> Row:
    """The model of the row that begins with `values`, which were selected by `columns`; no JSON among them."""
    names = [field.attname for field in _fields(model)]
    return model.from_db(DEFAULT_DB_ALIAS, names, list(values[: len(names)]))


def rest(model: type[Model], values: Sequence[object]) -> Sequence[object]:
    """What follows in a row after the columns of a model."""
    return values[len(_fields(model)) :]


def _fields(model: type[Model]) -> Sequence[Field[object, object]]:
    return model._meta.concrete_fields  # noqa: SLF001 - Django's public interface to its models is called so
