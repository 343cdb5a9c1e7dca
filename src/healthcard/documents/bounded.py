"""Files from outside are read by a child process that can use little and knows nothing.

The child gets the open file, limits and today's date; it gets no environment with secrets, may write no file, start no
process, and ends with ours. It answers in messages of plain JSON, each with its length (4 bytes) in front. We hold one
message at a time, so a file of any length costs us the same memory.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from healthcard.documents.errors import KINDS, DocumentRefused
from healthcard.documents.limits import READER

LENGTH = 4
_DETAIL = 200  # characters of a refusal's detail that we repeat
_PIPE = 1 << 20  # bytes
Message = dict[str, Any]  # one JSON object; who asked for the work knows its keys
_OUT_OF_TIME = (signal.SIGXCPU, signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the child is to do: a module with `messages(source, **arguments)`, within `cpu` seconds."""

    module: str
    arguments: Mapping[str, str]
    cpu: int


def messages(work: Work, source: BinaryIO) -> Iterator[Message]:
    """Start the child on the open file `source` and yield what it says until it is done.

    Raises DocumentRefused when the child refuses the file, breaks a limit or dies. Whoever stops listening ends it.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-m", "healthcard.documents.child", work.module, json.dumps(dict(work.arguments))],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(work.cpu),
    )
    _widen(child)
    try:
        for message in _listen(child):
            if "refused" in message:
                raise _refusal(message)
            yield message
        _require_good_end(child)
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def _widen(child: subprocess.Popen[bytes]) -> None:
    """A wider pipe lets the child read on while we store a batch; where the system grants none, it waits."""
    if child.stdout is not None:
        with suppress(OSError):
            fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, _PIPE)


def _environment(cpu: int) -> dict[str, str]:
    """The limits, and where Python finds itself: nothing else of ours, least of all passwords."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    limits = {"READER_CPU": str(cpu), "READER_MEMORY": str(READER.memory)}
    return {**kept, **limits, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _listen(child: subprocess.Popen[bytes]) -> Iterator[Message]:
    """Messages until one says "end"; raises DocumentRefused for silence and for what is no message."""
    while True:
        size = int.from_bytes(_exactly(child, LENGTH), "big")
        if not 0 < size <= READER.frame:
            raise DocumentRefused("stopped", "no message")
        message = _message(_exactly(child, size))
        if "end" in message:
            return
        yield message


def _refusal(message: Message) -> DocumentRefused:
    kind, detail = str(message["refused"]), str(message.get("detail", ""))[:_DETAIL]
    return DocumentRefused(kind, detail) if kind in KINDS else DocumentRefused("stopped", "unknown refusal")


def _message(text: bytes) -> Message:
    try:
        message: Message = dict(json.loads(text))
    except (ValueError, TypeError):
        raise DocumentRefused("stopped", "no message") from None
    return message


def _exactly(child: subprocess.Popen[bytes], count: int) -> bytes:
    """`count` bytes of the child's answer, waiting only so long for each piece."""
    if child.stdout is None:
        raise DocumentRefused("stopped", "no answer")
    pipe, pieces = child.stdout.fileno(), []
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    while count:
        if not waiting.poll(READER.silence * 1000):
            raise DocumentRefused("time")
        piece = os.read(pipe, min(count, 1 << 20))
        if not piece:
            _require_good_end(child)
            raise DocumentRefused("stopped", "answer cut")
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _require_good_end(child: subprocess.Popen[bytes]) -> None:
    """The child ended by itself and well; else the reason, as far as its end tells."""
    deadline = time.monotonic() + READER.silence
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    code = child.returncode
    if code == 0:
        return
    if code is not None and -code in _OUT_OF_TIME:
        raise DocumentRefused("time")
    raise DocumentRefused("stopped", "no end" if code is None else f"code {code}")
