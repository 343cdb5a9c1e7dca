"""One installation: its settings, its database, its ports. The console and the web server both begin here."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from healthcard.card.host.rack import RackClient
from healthcard.keys.client import KeyClient
from healthcard.keys.errors import ServiceGone
from healthcard.services import ports, processes
from healthcard.services.ports import Ports
from healthcard.services.state import State
from healthcard.site import databases
from healthcard.site.configuration import NAMES, PREFIX, Configuration, UnknownSetting, read
from healthcard.storage import dump
from healthcard.storage.embedded import DatabaseFailed, EmbeddedServer, write_secret
from healthcard.storage.roles import APPLICATION, CHECKER, DATABASE, INSTITUTION, OWNER, provision

SETTINGS_MODULE = "healthcard.site.settings"
INSTITUTION_SETTINGS_MODULE = "healthcard.site.institution_settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the operator's commands get to work with; see `services.ports.Installation`."""

    configuration: Configuration
    server_settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, environ: Mapping[str, str], *, server_settings: Mapping[str, str] | None = None) -> Site:
        """The installation that these environment variables name; nothing is created."""
        return cls(configuration=read(environ), server_settings=server_settings or {})

    @property
    def state(self) -> State:
        """The state folder."""
        return self.configuration.state

    @property
    def production(self) -> bool:
        """Whether real people and real cards are served."""
        return self.configuration.production

    @property
    def embedded(self) -> bool:
        """Whether the database is our own child process."""
        return self.configuration.embedded

    @property
    def has_database(self) -> bool:
        """Whether there is a database to work with."""
        return not self.embedded or self.server.exists

    @property
    def server(self) -> EmbeddedServer:
        """The embedded database server."""
        plain = databases.server(self.configuration)
        return EmbeddedServer(folder=plain.folder, secret=plain.secret, link=plain.link, settings=self.server_settings)

    def set_up_django(self) -> None:
        """Load Django with the settings of this installation."""
        import django

        os.environ["HEALTHCARD_HOME"] = str(self.configuration.home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
        django.setup()
        ports.give(_ports(self.configuration))

    def set_up(self) -> Iterator[str]:
        """Create or update everything the installation keeps; tells what it does, sentence by sentence."""
        opened = self.set_up_database()
        yield f"State folder {self.state.home} is ready."
        for folder in opened:
            yield f"The database's user may now pass through {folder}; it may not list it."
        yield f"The database is ready ({'embedded' if self.embedded else 'as HEALTHCARD_DATABASE_URL says'})."
        if self.production:
            yield "Production: make the key store with `healthcard keys init --purpose production`, then serve it."
        elif processes.prepare_demo_keys(self.state):
            yield "Demo keys were made; they unlock themselves, so never make real cards with them."

    def cautions(self) -> Iterator[str]:
        """What whoever runs the database server should change."""
        from healthcard.storage import server_log

        if loud := server_log.loud():
            told = ", ".join(f"{name} = {value}" for name, value in loud.items())
            yield f"CAUTION: the database server writes what people are called into its log: set {told} there."

    def web_environment(self) -> dict[str, str]:
        """What the web server's processes have to know: everything but how to be the owner of the tables."""
        names = {name: os.environ.get(PREFIX + name.upper()) for name in NAMES if name != "owner_database_url"}
        return {PREFIX + name.upper(): value for name, value in names.items() if value} | {
            "HEALTHCARD_HOME": str(self.configuration.home),
            "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE,
        }

    def institution_environment(self) -> dict[str, str]:
        """What the process for institutions has to know: not how to be the role of the desk."""
        given = self.web_environment() | {"DJANGO_SETTINGS_MODULE": INSTITUTION_SETTINGS_MODULE}
        if self.configuration.institution_database_url:
            given.pop("HEALTHCARD_DATABASE_URL", None)
        given.pop("HEALTHCARD_FSCK_DATABASE_URL", None)
        return given

    @property
    def institution_port(self) -> int:
        """The port of the process for institutions; 0 = there is none."""
        return self.configuration.institution_port

    def set_up_database(self) -> tuple[Path, ...]:
        """State folder, server, roles, tables; again and again without harm. Foreign folders opened for passing."""
        self.state.ensure()
        _secret(self.state.secrets / "django")
        opened = self._create_server() if self.configuration.embedded else ()
        self.set_up_django()
        with self.database():
            self._migrate()
        return opened

    def _create_server(self) -> tuple[Path, ...]:
        opened = self.server.create()
        roles = (OWNER, APPLICATION, CHECKER, INSTITUTION)
        passwords = {role: _secret(databases.password_file(self.configuration, role)) for role in roles}
        with self.server.serving():
            provision(self.server.superuser(), passwords)
        return opened

    def _migrate(self) -> None:
        from healthcard.storage import schema

        if self.configuration.embedded:
            schema.migrate(databases.embedded(self.configuration, OWNER), APPLICATION)
        elif self.configuration.owner_database_url:
            application = databases.application(self.configuration)
            institution = databases.institution(self.configuration)
            schema.migrate(databases.owner(self.configuration), str(application["USER"]), str(institution["USER"]))
        elif not schema.is_current():
            raise UnknownSetting(
                "the tables are older than this version: name the owner in HEALTHCARD_OWNER_DATABASE_URL "
                "and run `healthcard setup`"
            )
        schema.check_role()

    @contextmanager
    def database(self) -> Iterator[None]:
        """The database runs inside this block: ours is started if nobody has, and stopped if nobody else needs it."""
        if not self.configuration.embedded:
            yield
            return
        if not self.server.exists:
            raise DatabaseFailed(f"there is no database in {self.configuration.home}: run `healthcard setup` first")
        with self.server.serving():
            try:
                yield
            finally:
                _close_connections()

    def dump_database(self, target: Path) -> None:
        """Write the whole database, which runs, to a file; raises DumpFailed."""
        dump.dump(self._mighty(), target, embedded=self.embedded)

    def restore_database(self, source: Path) -> None:
        """Make the database of a file that `dump_database` wrote, then bring it up to date; raises DumpFailed."""
        if not self.embedded:
            dump.restore(self._mighty(), source, embedded=False)
        else:
            self._create_server()
            with self.server.serving():
                dump.restore(self._mighty(), source, embedded=True)
        self.set_up_database()

    def _mighty(self) -> dict[str, object]:
        """Who sees every row: the embedded server's superuser, or the owner of the tables an operator named."""
        if self.embedded:
            return {**self.server.superuser(), "dbname": DATABASE}
        if not self.configuration.owner_database_url:
            raise UnknownSetting("name the owner of the tables in HEALTHCARD_OWNER_DATABASE_URL for this")
        return databases.parameters("HEALTHCARD_OWNER_DATABASE_URL", self.configuration.owner_database_url)

    def checker_address(self) -> str:
        """The database as the role that only reads, in psycopg's form."""
        return databases.checker(self.configuration)

    def revive_database(self) -> bool:
        """Start our own database again if it has died; whether it had to be."""
        return self.embedded and self.server.revive()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Django, the database and the key service are ready inside this block."""
        self.set_up_django()
        with self.database(), self._keys():
            yield

    @contextmanager
    def _keys(self) -> Iterator[None]:
        """The key service that runs, or in a demo one of our own until the end of the block."""
        if self.production:
            yield
            return
        with processes.using_keys(self.state) as users:
            if _answers(self.configuration):
                yield  # of another command; it goes on with us when that one ends
                return
            process = processes.start_keys(self.state)
            try:
                yield
            finally:
                processes.leave_keys(self.state, process, users)


def _ports(configuration: Configuration) -> Ports:
    state = configuration.state
    return Ports(
        keys=lambda: KeyClient(state.key_socket, served_by=configuration.keys_uid),
        rack=lambda: RackClient(state.rack_socket),
        line=state.line_socket,
        webhook_networks=configuration.webhook_networks,
        virtual=None if configuration.production else state.run,
    )


def _answers(configuration: Configuration) -> bool:
    try:
        with KeyClient(configuration.state.key_socket, served_by=configuration.keys_uid) as client:
            client.report()
    except ServiceGone:
        return False
    return True


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _secret(path: Path) -> str:
    if not path.exists():
        with suppress(FileExistsError):  # somebody was faster: theirs counts
            write_secret(path, secrets.token_urlsafe(48))
    return path.read_text()
