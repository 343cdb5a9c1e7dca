"""What of an error may be written into a log: its kind and where it happened. What it said may hold what people
entered, so it is not.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

MOST = 8  # places, the innermost first
_NUMBERS = re.compile(r"(?<![\w-])\d{11,17}[\dXx]?(?!\w)")  # of phones and of identity documents
_LOG = logging.getLogger("healthcard")

Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def told(error: BaseException) -> str:
    """Its kind, that of its cause, and where it happened."""
    cause = f" after {type(error.__cause__).__name__}" if error.__cause__ is not None else ""
    frames = traceback.extract_tb(error.__traceback__)[-MOST:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__}{cause} at {places}"


class Line(logging.Formatter):
    """A line of the log. The framework logs whole traces and addresses: of those only what `told` says, and no number
    that somebody may have.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line; what another handler made of the same error is not used."""
        record.exc_text = None
        line = _NUMBERS.sub("…", super().format(record))
        record.exc_text = None
        return line

    def formatException(self, ei: Caught) -> str:  # noqa: N802 - logging calls it so
        """The error in one line."""
        return told(ei[1]) if ei[1] is not None else ""


def hush() -> None:
    """Have errors that nobody catches told like all others: for processes whose words end in a log."""
    sys.excepthook = lambda kind, error, trace: _LOG.critical("nobody caught %s", told(error))
    threading.excepthook = lambda caught: _uncaught(caught.exc_value)


def _uncaught(error: BaseException | None) -> None:
    if error is not None:
        _LOG.critical("nobody caught %s", told(error))
