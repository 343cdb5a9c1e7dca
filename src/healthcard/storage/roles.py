"""The database roles: one owns the tables and migrates them, one works with them, one serves institutions and changes
no card, one checks them and only reads, one sees what is one resident's own; none is a superuser.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

import psycopg
from psycopg import sql

OWNER = "healthcard_owner"
APPLICATION = "healthcard_app"
CHECKER = "healthcard_fsck"
INSTITUTION = "healthcard_institution"
RESIDENT = "healthcard_resident"  # nobody logs in as it: the application becomes it where it shows a resident his own
DATABASE = "healthcard"

_PLAIN = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


class UnsafeRole(Exception):
    """The application would work with a role that may do more than it needs; the message says which."""


def provision(superuser: Mapping[str, str | int], passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Create the roles, or give them these passwords, and the database they share; doing it again changes nothing."""
    with psycopg.connect(dbname="postgres", autocommit=True, **superuser) as connection:  # type: ignore[arg-type] # parameters by name
        for role in (OWNER, APPLICATION, CHECKER, INSTITUTION):
            if role in passwords:
                _role(connection, role, passwords[role])
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(OWNER)))
        _become(connection, APPLICATION, RESIDENT)
    with psycopg.connect(dbname=database, autocommit=True, **superuser) as connection:  # type: ignore[arg-type] # as above
        _rights(connection, database)
        name = sql.Identifier(RESIDENT)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        if CHECKER in passwords:
            _let_in(connection, database, CHECKER, "CONNECT, TEMPORARY")  # it scribbles in its own session
        if INSTITUTION in passwords:
            _let_in(connection, database, INSTITUTION, "CONNECT")


def _role(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    name = sql.Identifier(role)
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(name, _PLAIN))
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} {} PASSWORD {}")  # the verifier travels, the password does not
    connection.execute(statement.format(name, _PLAIN, sql.Literal(verifier.decode())))


def _become(connection: psycopg.Connection[tuple[object, ...]], who: str, role: str) -> None:
    """Let `who` become `role`, of which it has nothing before it does (NOINHERIT: fences of `role` are not its own)."""
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    connection.execute(sql.SQL("ALTER ROLE {} NOINHERIT").format(sql.Identifier(who)))
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(who)))


def _rights(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
    _let_in(connection, database, APPLICATION, "CONNECT")


def _let_in(
    connection: psycopg.Connection[tuple[object, ...]], database: str, role: str, rights: LiteralString
) -> None:
    """What it may read and write there is said by the file of its grants."""
    name, whom = sql.Identifier(database), sql.Identifier(role)
    connection.execute(sql.SQL("GRANT {} ON DATABASE {} TO {}").format(sql.SQL(rights), name, whom))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(whom))


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, value: str) -> bool:
    return connection.execute(query, (value,)).fetchone() is not None
