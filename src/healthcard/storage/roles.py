"""The database roles: one owns the tables and migrates them, one works with them, one checks them and only reads;
none is a superuser.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

OWNER = "healthcard_owner"
APPLICATION = "healthcard_app"
CHECKER = "healthcard_fsck"
DATABASE = "healthcard"

_PLAIN = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


class UnsafeRole(Exception):
    """The application would work with a role that may do more than it needs; the message says which."""


def provision(superuser: Mapping[str, str | int], passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Create the roles, or give them these passwords, and the database they share; doing it again changes nothing."""
    with psycopg.connect(dbname="postgres", autocommit=True, **superuser) as connection:  # type: ignore[arg-type] # parameters by name
        for role in (OWNER, APPLICATION, CHECKER):
            if role in passwords:
                _role(connection, role, passwords[role])
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(OWNER)))
    with psycopg.connect(dbname=database, autocommit=True, **superuser) as connection:  # type: ignore[arg-type] # as above
        _rights(connection, database)
        if CHECKER in passwords:
            _let_check(connection, database)


def _role(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    name = sql.Identifier(role)
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(name, _PLAIN))
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} {} PASSWORD {}")  # the verifier travels, the password does not
    connection.execute(statement.format(name, _PLAIN, sql.Literal(verifier.decode())))


def _rights(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    name, application = sql.Identifier(database), sql.Identifier(APPLICATION)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, application))
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(application))


def _let_check(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    """The checker reads what the owner shows it (`grants_fsck.sql`) and scribbles in its own session."""
    name, checker = sql.Identifier(database), sql.Identifier(CHECKER)
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, checker))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(checker))


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, value: str) -> bool:
    return connection.execute(query, (value,)).fetchone() is not None
