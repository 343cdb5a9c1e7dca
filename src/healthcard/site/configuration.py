"""The settings of an installation, read once: `HEALTHCARD_*` in the environment, else `healthcard.toml` in its home."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TypeGuard

from healthcard.services.state import State, here

PREFIX = "HEALTHCARD_"
FILE = "healthcard.toml"

NAMES: Mapping[str, str] = {
    "home": "the state folder; default ./var",
    "database_url": "a PostgreSQL server >= 15 as the application role; default: the embedded server",
    "owner_database_url": "the same server as the role that owns the tables, for `healthcard setup` alone",
    "institution_database_url": "the same server as the role of the process for institutions; it has to be named in "
    "production, elsewhere the default is as database_url",
    "fsck_database_url": "the same server as the role healthcard_fsck, which only reads, for `healthcard fsck`",
    "institution_port": "the port of the API for medical institutions, a process of its own; default: there is none",
    "webhook_networks": "private networks that webhooks may go to, as 10.0.0.0/8, separated by commas; default: none",
    "hosts": "host names the web server answers to, separated by commas; default: this machine",
    "https": "1 when a proxy in front speaks HTTPS: cookies then travel over HTTPS only",
    "vault": "another file for the vault key of virtual chips; default: chips/vault.key in the state folder",
    "keys_uid": "the number of the user who runs the key service, when it is not ours; nobody else's is asked",
    "production": "1 for real cards: no demo accounts, no demo keys, hosts must be named",
}


_ENVIRONMENT_ONLY = frozenset({"home", "vault"})  # read before there is a file, and by commands that read none


class UnknownSetting(Exception):
    """A setting we do not know, or a value we cannot read; the message names it and the ones there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What an operator may set; see NAMES."""

    home: Path
    database_url: str = ""
    owner_database_url: str = ""
    institution_database_url: str = ""
    fsck_database_url: str = ""
    institution_port: int = 0
    webhook_networks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    https: bool = False
    keys_uid: frozenset[int] = frozenset()
    production: bool = False

    @property
    def state(self) -> State:
        """The state folder."""
        return State(self.home)

    @property
    def embedded(self) -> bool:
        """Whether the database is our own child process."""
        return not self.database_url

    def __repr__(self) -> str:
        return f"Configuration(home={self.home}, embedded={self.embedded}, production={self.production})"


def read(environ: Mapping[str, str]) -> Configuration:
    """The settings in force; raises UnknownSetting."""
    given = {_known(name): value for name, value in environ.items() if name.startswith(PREFIX)}
    home = here(environ).home
    values = {**_file(home / FILE), **given}
    production = _flag("production", values)
    _need_institution_role(values, production=production)
    return Configuration(
        home=home,
        database_url=values.get("database_url", ""),
        owner_database_url=values.get("owner_database_url", ""),
        institution_database_url=values.get("institution_database_url", ""),
        fsck_database_url=values.get("fsck_database_url", ""),
        institution_port=_port("institution_port", values),
        webhook_networks=_networks("webhook_networks", values),
        hosts=_hosts(values.get("hosts", ""), production),
        https=_flag("https", values),
        keys_uid=_uid("keys_uid", values),
        production=production,
    )


def _need_institution_role(values: Mapping[str, str], *, production: bool) -> None:
    """Hospitals of real people are never served by a process that could change cards."""
    served = _port("institution_port", values) and values.get("database_url")
    if production and served and not values.get("institution_database_url"):
        raise UnknownSetting(
            "name the role of the process for institutions in HEALTHCARD_INSTITUTION_DATABASE_URL: it changes no card"
        )


def _known(name: str) -> str:
    short = name.removeprefix(PREFIX).lower()
    if short not in NAMES:
        known = ", ".join(PREFIX + each.upper() for each in NAMES)
        raise UnknownSetting(f"there is no setting {name}; there are {known}")
    return short


def _file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    table = tomllib.loads(path.read_text("utf-8"))
    for name in sorted(_ENVIRONMENT_ONLY & table.keys()):
        raise UnknownSetting(f"{FILE} cannot say the setting {name}: set {PREFIX}{name.upper()} in the environment")
    return {_known(PREFIX + name.upper()): _text(name, value) for name, value in table.items()}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if _is_names(value):
        return ",".join(value)
    if isinstance(value, str):
        return value
    raise UnknownSetting(f"the setting {name} in {FILE} wants a text, true or false, or a list of texts")


def _is_names(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _flag(name: str, values: Mapping[str, str]) -> bool:
    value = values.get(name, "0")
    if value not in ("0", "1"):
        raise UnknownSetting(f"the setting {PREFIX}{name.upper()} is 1 or 0, not {value!r}")
    return value == "1"


def _port(name: str, values: Mapping[str, str]) -> int:
    value = values.get(name, "0") or "0"
    if not (value.isascii() and value.isdigit() and int(value[:6]) < 65536):
        raise UnknownSetting(f"the setting {PREFIX}{name.upper()} is the number of a port, not {value!r}")
    return int(value)


def _networks(name: str, values: Mapping[str, str]) -> tuple[str, ...]:
    given = [each.strip() for each in values.get(name, "").split(",") if each.strip()]
    try:
        return tuple(str(ip_network(each)) for each in given)
    except ValueError as error:
        raise UnknownSetting(f"the setting {PREFIX}{name.upper()} wants networks as 10.0.0.0/8: {error}") from error


def _uid(name: str, values: Mapping[str, str]) -> frozenset[int]:
    value = values.get(name, "")
    if value and not (value.isascii() and value.isdigit()):
        raise UnknownSetting(f"the setting {PREFIX}{name.upper()} is the number of a user, not {value!r}")
    return frozenset({int(value)} if value else ())


def _hosts(value: str, production: bool) -> tuple[str, ...]:
    hosts = tuple(each.strip() for each in value.split(",") if each.strip())
    if production and not hosts:
        raise UnknownSetting("a production server has to name the hosts it answers to: set HEALTHCARD_HOSTS")
    return hosts or ("127.0.0.1", "localhost")
