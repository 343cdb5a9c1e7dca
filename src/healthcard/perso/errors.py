"""The error tree of the personalisation room."""

from healthcard.card.wire.answer import AnswerToReset
from healthcard.card.wire.errors import UnknownCard


class PersoError(Exception):
    """A card cannot be personalised as asked; the message says why and what to do."""


class BadScript(PersoError, ValueError):
    """A script file (接口脚本文件) or an application plan says something the engine cannot follow."""


class BadImage(PersoError, ValueError):
    """A datum does not fit the card; the message names the item, never its value."""


class BadPlan(PersoError, ValueError):
    """A plan fails a static check, or its rehearsal."""


class AlreadyUsed(PersoError):
    """A rehearsed plan was offered to a second chip: each chip gets a plan rehearsed for it."""


class BlockedCard(UnknownCard):
    """A card that answers nothing any more but its reset: CARD BLOCK is for ever (第十三条)."""

    def __init__(self, answer: AnswerToReset) -> None:
        """`answer` is its answer to reset, all that is left of it."""
        super().__init__("This card is blocked for ever (第十三条): nothing reads or writes it any more.")
        self.answer = answer


class ProgramFailed(PersoError):
    """The external program of a COS product did not answer by the line protocol."""
