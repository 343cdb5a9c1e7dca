"""Devices behind a program: the maker's software is called once for each taking, and prints what came of it as JSON.

So a device for which nobody wrote a driver here is connected without a change to this station.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from healthcard_station.cards import CardGone

NAMES = ("pad", "identity_card", "camera", "signature")
SECONDS = 90.0
LONGEST_REASON = 160
LONGEST = 1 << 20  # characters that a program may print


class Program:
    """A device whose program prints one JSON object of texts; one that fails says why on its standard error."""

    def __init__(self, command: Sequence[str], *, seconds: float = SECONDS) -> None:
        self._command = tuple(command)
        self._seconds = seconds

    def take(self) -> Mapping[str, str]:
        """What it printed; raises CardGone."""
        name = Path(self._command[0]).name
        try:
            done = subprocess.run(  # noqa: S603 - the command of whoever starts the station
                self._command, capture_output=True, timeout=self._seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise CardGone(f"{name} did not end within {self._seconds:g} s") from None
        except OSError as error:
            raise CardGone(f"{name} cannot be run: {error.strerror}") from error
        if done.returncode:
            why = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0][:LONGEST_REASON]
            raise CardGone(why or f"{name} ended with {done.returncode}")
        return _read(name, done.stdout)


def named(text: str) -> tuple[str, tuple[str, ...]]:
    """The device and the command of NAME=COMMAND; raises CardGone for a device that there is not."""
    name, _, command = text.partition("=")
    words = tuple(shlex.split(command, posix=os.name == "posix"))
    if name not in NAMES or not words:
        raise CardGone(f"--device wants NAME=COMMAND, NAME one of {', '.join(NAMES)}")
    return name, words


def _read(name: str, printed: bytes) -> Mapping[str, str]:
    try:
        told = json.loads(printed[:LONGEST])
    except ValueError:
        told = None
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
        raise CardGone(f"{name} printed no JSON object of texts")
    return told
