"""What stands against upkeep besides the chip's own refusals."""

from healthcard.perso.errors import PersoError


class CannotBe(PersoError):
    """The goal is out of reach on this card for ever: it is blocked, or has no such thing."""


class PadFailed(PersoError):
    """The PIN pad gave no PIN: the holder turned away, or the pad does not answer."""
