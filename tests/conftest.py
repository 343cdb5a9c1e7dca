"""What tests of more than one room share: a real PostgreSQL, made only when a test asks for it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

LONGEST_NAME = 100

for _name in [name for name in os.environ if name.startswith("HEALTHCARD_")]:
    del os.environ[_name]  # the operator's settings are not the tests'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share what their module made stay with one worker of xdist: it is made once, not once for each."""
    for item in items:
        known = item._fixtureinfo.name2fixturedefs.values()  # pytest has no public name for what a test uses
        if any(one.scope == "module" for many in known for one in many) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Long values are named by their length: a name is sent between processes again and again."""
    return f"{len(val)} long" if isinstance(val, bytes | str) and len(val) > LONGEST_NAME else None


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of the whole test run, with Django's settings read from it."""
    folder = tmp_path_factory.mktemp("home")
    os.environ["HEALTHCARD_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "healthcard.site.settings"
    yield folder
    del os.environ["HEALTHCARD_HOME"]


@pytest.fixture(scope="session")
def superuser(home: Path) -> Iterator[dict[str, object]]:
    """Connection parameters of the database server's superuser; the server runs until the end of the tests.

    TEST_POSTGRES may name a server instead (parameters as JSON): the tests then use it as an operator's own.
    """
    from healthcard.site.installation import Site

    if "TEST_POSTGRES" in os.environ:
        yield json.loads(os.environ["TEST_POSTGRES"])
        return
    site = Site.open(os.environ, server_settings={"fsync": "off"})
    site.state.ensure()
    site.server.create()
    with site.server.serving():
        yield site.server.superuser()


@pytest.fixture(scope="session")
def installation(home: Path, superuser: dict[str, object]) -> Iterator[object]:
    """A set-up installation, its database running."""
    from healthcard.site.installation import Site

    if "TEST_POSTGRES" in os.environ:
        _name_foreign_server(superuser)
    site = Site.open(os.environ, server_settings={"fsync": "off"})
    site.set_up_database()
    _hash_at_least_cost()
    with site.database():
        yield site


def _hash_at_least_cost() -> None:
    """Passwords of these processes are hashed by the function that is used in earnest, in the least time it takes."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    Argon2PasswordHasher.time_cost = 1
    Argon2PasswordHasher.memory_cost = 8
    Argon2PasswordHasher.parallelism = 1


def _name_foreign_server(superuser: dict[str, object]) -> None:
    from healthcard.storage.roles import APPLICATION, DATABASE, INSTITUTION, OWNER, provision

    secrets = {OWNER: "owner-secret", APPLICATION: "app-secret", INSTITUTION: "institution-secret"}
    provision(superuser, secrets)
    address = f"/{DATABASE}?host={superuser['host']}"
    os.environ["HEALTHCARD_DATABASE_URL"] = f"postgresql://{APPLICATION}:app-secret@{address}"
    os.environ["HEALTHCARD_OWNER_DATABASE_URL"] = f"postgresql://{OWNER}:owner-secret@{address}"
    os.environ["HEALTHCARD_INSTITUTION_DATABASE_URL"] = f"postgresql://{INSTITUTION}:institution-secret@{address}"


@pytest.fixture
def db(installation: object) -> Iterator[None]:
    """A database to work in; what the test wrote is rolled back."""
    from django.db import connection, transaction

    from healthcard.services import scope

    with transaction.atomic():
        scope.limit(scope.EVERYBODY)
        yield
        connection.needs_rollback = False
        transaction.set_rollback(True)


@pytest.fixture
def committed_db(installation: object, superuser: dict[str, object]) -> Iterator[None]:
    """A database in which transactions really commit; every table of ours is emptied afterwards."""
    import psycopg

    from healthcard.services import scope

    scope.limit(scope.EVERYBODY)
    yield

    with psycopg.connect(dbname="healthcard", **superuser) as connection:
        connection.execute("SET session_replication_role = replica")  # the guards refuse even their owner
        rows = connection.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        kept = ("django_migrations", "django_content", "auth_", "lifecycle_rule", "admission_rule", "audit_chain")
        connection.execute("TRUNCATE " + ", ".join(name for (name,) in rows if not name.startswith(kept)))
        connection.execute("UPDATE audit_chain SET seq = 0, hash = decode(repeat('00', 32), 'hex')")


@pytest.fixture(scope="session")
def helpers(installation: object) -> Iterator[object]:
    """Key service and rack as processes of their own, with demo keys; yields the state folder. Services know them."""
    from healthcard.services import processes

    processes.prepare_demo_keys(installation.state)
    started = [processes.start_rack(installation.state), processes.start_keys(installation.state)]
    yield installation.state
    for process in started:
        processes.stop(process)


@pytest.fixture
def province(db: None) -> object:
    """A province of the test world, with a ministry above it."""
    from healthcard.storage.models import Organisation

    ministry = Organisation.objects.create(code="000000", name="测试部", kind="ministry", division="000000")
    row = Organisation.objects.create(
        code="990000", name="测试省", kind="province", parent=ministry, division="990000", issuer_code="9" * 22
    )
    ministry.refresh_from_db()  # the database keeps the paths
    row.refresh_from_db()
    return row


@pytest.fixture
def issuer(province: object) -> object:
    """The province's identity as its cards carry it, its authorisation to issue; the certificate is no real one."""
    from healthcard.storage.models import Authorisation, IssuerIdentity

    Authorisation.objects.create(
        kind="issue",
        grantor=province.parent,
        grantee=province,
        document="测〔2026〕1号",
        valid_from=date(2026, 1, 1),
        filed_on=date(2026, 1, 1),
    )
    return IssuerIdentity.objects.create(
        organisation=province,
        name=province.name,
        code=province.issuer_code,
        certificate=bytes(180),
        valid_from=date(2026, 1, 1),
        valid_to=date(2046, 1, 1),
    )
