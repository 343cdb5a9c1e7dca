"""The error tree of the card room."""


class CardError(Exception):
    """Something between us and a chip went wrong; the message tells the operator what to do."""


class CardGone(CardError):
    """The chip no longer answers: pulled from the reader, torn, or the reader died. What it did last is unknown."""


class CardTimeout(CardGone):
    """The chip did not answer within the limit of its reader."""


class MalformedAnswer(CardError):
    """The chip answered bytes that are no answer to the command sent."""


class BadCommand(CardError, ValueError):
    """Bytes that are no ISO 7816-4 short command."""


class UnknownCard(CardError):
    """No COS product on file fits this answer to reset and probe (第十条: only filed products may be used)."""


class Refused(CardError):
    """The chip refused a command with a status word that was not expected."""

    def __init__(self, what: str, sw: int, meaning: str) -> None:
        """`what` names the act, `sw` is the status word (0..65535), `meaning` its sentence."""
        super().__init__(f"{what}: the card answered {sw:04X} ({meaning})")
        self.what = what
        self.sw = sw
        self.meaning = meaning
