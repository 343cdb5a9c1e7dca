"""A value that must not be shown."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """Bytes of a key, a PIN or a passphrase. `repr` and `str` show nothing; `reveal` is the one way to the bytes."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes themselves, for the cipher library or a sealed file."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> NoReturn:
        raise TypeError("a secret is no dictionary key: its hash would say something about it")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def __repr__(self) -> str:
        return "<secret>"
