"""The whole database into one file and back, by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from healthcard.storage import postgres

_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


class DumpFailed(Exception):
    """The database could not be dumped or restored; the message holds what the program said."""


def dump(connection: Mapping[str, object], target: Path, *, embedded: bool) -> None:
    """Write the database to `target` in PostgreSQL's custom form; mode 0600. Raises DumpFailed."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        _run([_program("pg_dump", embedded=embedded), "--format=custom"], connection, stdout=file.fileno())
        os.fsync(file.fileno())


def restore(connection: Mapping[str, object], source: Path, *, embedded: bool) -> None:
    """Fill an empty database from `source`, whole or not at all. Raises DumpFailed."""
    options = ["--single-transaction", "--exit-on-error", "--dbname", str(connection["dbname"])]
    with source.open("rb") as file:
        _run([_program("pg_restore", embedded=embedded), *options], connection, stdin=file.fileno())


def _program(name: str, *, embedded: bool) -> str:
    if embedded:
        return str(postgres.programs() / name)
    found = shutil.which(name)
    if found is None:
        raise DumpFailed(f"{name} is not on the PATH: install PostgreSQL's client programs of the server's version.")
    return found


def _run(
    command: list[str],
    connection: Mapping[str, object],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> None:
    """The password travels in the program's environment: nobody else reads that, and no argument shows it."""
    given = {_VARIABLES[name]: str(value) for name, value in connection.items() if name in _VARIABLES}
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **given}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's program with our own arguments
        command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=environment, check=False
    )
    if done.returncode != 0:
        said = " / ".join(done.stderr.decode("utf-8", "replace").strip().splitlines()[-3:])
        raise DumpFailed(f"{Path(command[0]).name} failed: {said}")
