"""What only the host side can refuse or miss."""

from __future__ import annotations

from healthcard.card.wire.errors import CardError, Refused


class WrongKey(Refused):
    """The card refused an authentication and lowered a try counter: wrong key, wrong city factor, or wrong chip."""

    def __init__(self, refused: Refused, key: str, tries: int) -> None:
        """`tries` are left on the card for `key` (0..15)."""
        super().__init__(refused.what, refused.sw, f"{refused.meaning}; {tries} left for {key}")
        self.key = key
        self.tries = tries


class TriesSpared(CardError):
    """An authentication that already failed once is not repeated: no retry of ours may spend a card's last tries."""


class NoKeys(CardError):
    """The act needs a card key, and this session was given nobody who holds one."""


class KeyHolderFailed(CardError):
    """The key service or the SAM answered something that is no cipher text and no MAC."""


class Forbidden(CardError):
    """The card's layout allows this access to nobody (禁止改写)."""


class NoReader(CardError):
    """There is no reader to talk to; the message says what to start, install or plug in."""
