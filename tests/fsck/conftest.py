from __future__ import annotations

import psycopg
import pytest
from population import Population


@pytest.fixture(scope="module")
def checked(installation, superuser):
    """A populated database: a connection past all guards, rolled back after each use, and what the checker says."""
    with psycopg.connect(dbname="healthcard", autocommit=True, **superuser) as connection:
        Population(60).fill(connection)
        yield connection
        connection.execute("SET session_replication_role = replica")
        rows = connection.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        kept = ("django_", "auth_", "lifecycle_rule", "admission_rule", "audit_chain", "holiday")
        connection.execute("TRUNCATE " + ", ".join(name for (name,) in rows if not name.startswith(kept)))
        connection.execute("UPDATE audit_chain SET seq = 0, hash = decode(repeat('00', 32), 'hex')")
