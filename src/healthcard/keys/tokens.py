"""Where a store's token is: a private file beside the store names the module and the token, never a PIN."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from healthcard.keys import disk
from healthcard.keys.errors import StoreRefused

SUFFIX = ".token.toml"
FIELDS = {"module", "token"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """The PKCS#11 module (a shared library) and the label of the token in it."""

    driver: ClassVar[str] = "pkcs11"

    module: Path
    label: str

    def __str__(self) -> str:
        return f"token {self.label} of {self.module.name}"


def beside(store: Path) -> Path:
    """The file that names the token of a store."""
    return store.with_name(store.name + SUFFIX)


def write(store: Path, place: TokenPlace) -> None:
    """Name the token of a store; raises StoreRefused when one is named already or the module is no absolute path."""
    if not place.module.is_absolute() or any(sign in f"{place.module}{place.label}" for sign in "'\n"):
        raise StoreRefused("A PKCS#11 module is named by its whole path; path and label have no quotes.")
    text = f"module = '{place.module}'\ntoken = '{place.label}'\n"
    disk.write_private(beside(store), text.encode(), replace=False)


def read(store: Path) -> TokenPlace:
    """The token of a store; raises StoreRefused."""
    path = beside(store)
    try:
        table = tomllib.loads(disk.read_private(path).decode())
    except ValueError:
        raise StoreRefused(f"{path} is no table of a module and a token.") from None
    if table.keys() != FIELDS or not all(isinstance(value, str) for value in table.values()):
        raise StoreRefused(f"{path} names a module and a token, no more and no less.")
    return TokenPlace(module=Path(table["module"]), label=table["token"])
