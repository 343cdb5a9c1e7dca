"""Where the database is and who we are there: the embedded server's roles, or the server an operator named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from healthcard.site.configuration import Configuration, UnknownSetting
from healthcard.storage.embedded import PORT, EmbeddedServer
from healthcard.storage.roles import APPLICATION, CHECKER, DATABASE, INSTITUTION

_PREPARED = 5  # statements bound by the server (storage.statements, storage.bulk) are planned once after so many times
_FIELDS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def server(configuration: Configuration) -> EmbeddedServer:
    """The embedded server of this installation, whether it exists or not."""
    state = configuration.state
    return EmbeddedServer(folder=state.pg, secret=state.secrets / "database-superuser", link=state.run / "pg")


def password_file(configuration: Configuration, role: str) -> Path:
    """Where the password of a role of the embedded server is kept (0600)."""
    return configuration.state.secrets / f"database-{role}"


def application(configuration: Configuration) -> dict[str, object]:
    """Django's entry for the application role."""
    if configuration.embedded:
        return embedded(configuration, APPLICATION)
    return _entry(_parse("HEALTHCARD_DATABASE_URL", configuration.database_url))


def institution(configuration: Configuration) -> dict[str, object]:
    """Django's entry in the process for institutions: a role of its own unless an operator's server has none."""
    if configuration.institution_database_url:
        return _entry(_parse("HEALTHCARD_INSTITUTION_DATABASE_URL", configuration.institution_database_url))
    if configuration.embedded:
        return embedded(configuration, INSTITUTION)
    return application(configuration)


def embedded(configuration: Configuration, role: str) -> dict[str, object]:
    """Django's entry for a role of the embedded server; an empty password until `healthcard setup` has made it."""
    secret = password_file(configuration, role)
    host = str(server(configuration).socket_folder)
    password = secret.read_text() if secret.exists() else ""
    return _entry({"dbname": DATABASE, "user": role, "password": password, "host": host, "port": PORT})


def owner(configuration: Configuration) -> dict[str, object]:
    """Django's entry for the owner of the tables on a server that an operator named."""
    return _entry(_parse("HEALTHCARD_OWNER_DATABASE_URL", configuration.owner_database_url))


def checker(configuration: Configuration) -> str:
    """The address for the role of the checker; raises UnknownSetting where an operator's server has none named."""
    if not configuration.embedded:
        if not configuration.fsck_database_url:
            raise UnknownSetting("name the role that only reads in HEALTHCARD_FSCK_DATABASE_URL")
        return configuration.fsck_database_url
    secret, host = password_file(configuration, CHECKER), str(server(configuration).socket_folder)
    password = secret.read_text() if secret.exists() else ""
    return make_conninfo(dbname=DATABASE, user=CHECKER, password=password, host=host, port=PORT)


def parameters(name: str, url: str) -> dict[str, object]:
    """The parts of the address in the setting `name`; raises UnknownSetting."""
    return dict(_parse(name, url))


def _parse(name: str, url: str) -> Mapping[str, object]:
    try:
        return conninfo_to_dict(url)
    except ProgrammingError as error:  # its text would repeat the password
        raise UnknownSetting(f"{name} is no address of a PostgreSQL database") from error.with_traceback(None)


def _entry(parameters: Mapping[str, object]) -> dict[str, object]:
    rest = {name: value for name, value in parameters.items() if name not in _FIELDS}
    return {
        "ENGINE": "healthcard.storage.postgresql",
        **{_FIELDS[name]: str(value) for name, value in parameters.items() if name in _FIELDS},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "application_name": "healthcard", "prepare_threshold": _PREPARED, **rest},
    }
