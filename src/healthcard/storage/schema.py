"""The tables and who may touch them: migrations run as the owner, then one file of grants for the application."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files

import psycopg
from django.core.management import call_command
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from healthcard.domain.admission.procedure import ACTS, Act
from healthcard.domain.lifecycle import RULES, STEPS
from healthcard.storage.roles import CHECKER, INSTITUTION, RESIDENT, UnsafeRole

_OWNER = "owner"


def migrate(owner: Mapping[str, object], application: str, institution: str = INSTITUTION) -> None:
    """Bring the tables up to date as `owner` (an entry of Django's DATABASES), then give the roles of the application,
    of the checker and of the `institution` process exactly what their files say.
    """
    connections.databases[_OWNER] = {**connections.databases["default"], **owner}
    try:
        call_command("migrate", database=_OWNER, interactive=False, verbosity=0)
        _rules()
        _grant("grants.sql", application=application)
        _grant_where_known("grants_fsck.sql", checker=CHECKER)
        _grant_where_known("grants_resident.sql", resident=RESIDENT)
        if institution != application:
            _grant_where_known("grants_institution.sql", institution=institution)
    finally:
        connections[_OWNER].close()
        del connections[_OWNER]
        del connections.databases[_OWNER]


def _grant(file: str, **role: str) -> None:
    text = files("healthcard.storage").joinpath(file).read_text("utf-8")
    with connections[_OWNER].cursor() as cursor:
        named = {place: sql.Identifier(name) for place, name in role.items()}
        cursor.execute(sql.SQL(text).format(**named).as_string(None))


def _grant_where_known(file: str, **role: str) -> None:
    """The same, unless the server has no such role."""
    with connections[_OWNER].cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", list(role.values()))
        known = cursor.fetchone() is not None
    if known:
        _grant(file, **role)


def _rules() -> None:
    """The tables of lives, of cards, applications and dossiers, as the database's guards read them."""
    rows = [
        (rule.name, _lists(rule.requires), _lists(rule.sets), json.dumps(rule.carries), rule.article)
        for rule in RULES.values()
    ]
    rows += [
        (f"application.{before}", "{}", json.dumps({"state": sorted(after)}), "[]", "12")
        for before, after in STEPS.items()
    ]
    with transaction.atomic(using=_OWNER), connections[_OWNER].cursor() as cursor:
        cursor.execute("DELETE FROM lifecycle_rule")
        cursor.executemany(
            "INSERT INTO lifecycle_rule (event, requires, sets, carries, article) VALUES (%s, %s, %s, %s, %s)", rows
        )
        cursor.execute("DELETE FROM admission_rule")
        procedure = [(act.name, json.dumps(_procedure(act))) for act in ACTS.values()]
        cursor.executemany("INSERT INTO admission_rule (act, rule) VALUES (%s, %s)", procedure)


def _procedure(act: Act) -> dict[str, object]:
    """What the database asks of an act in the life of an admission or a filing."""
    flags = {name: getattr(act, name) for name in ("text", "content", "certificate", "ordered")}
    return {"step": act.step or [""], "standing": act.standing, "another": act.another, "sets": dict(act.sets), **flags}


def _lists(facts: Mapping[str, Iterable[object]]) -> str:
    return json.dumps({fact: sorted(values, key=str) for fact, values in facts.items()})


def is_current() -> bool:
    """Whether every migration of this version has run, seen by the application role."""
    executor = MigrationExecutor(connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def check_role() -> None:
    """Refuse to work as a role that could undo what the database forbids, itself or by a role it belongs to.

    Raises UnsafeRole.
    """
    query = """
        SELECT current_user,
               EXISTS (SELECT FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')
                       AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)),
               EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema()
                       AND pg_has_role(current_user, tableowner, 'MEMBER'))"""
    with connections["default"].cursor() as cursor:
        cursor.execute(query)
        name, mighty, owner = cursor.fetchone()
    if mighty or owner:
        raise UnsafeRole(
            f"The database role {name!r} is a superuser, may change roles, owns the tables, or belongs to a role that "
            "does. Name a role in HEALTHCARD_DATABASE_URL that is none of these, and the owner in "
            "HEALTHCARD_OWNER_DATABASE_URL."
        )


def server_version() -> int:
    """The server's version as PostgreSQL counts it, e.g. 150018."""
    connection = connections["default"]
    connection.ensure_connection()
    driver = connection.connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("the database is PostgreSQL through psycopg")
    return driver.info.server_version
