"""The reading process: `python -m healthcard.documents.child MODULE ARGUMENTS`, started by `bounded` alone.

It takes its limits on before it looks at the file on its standard input, and says everything on its standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from healthcard.documents.bounded import LENGTH
from healthcard.documents.errors import DocumentRefused

_READERS = ("roster_reader", "photo_reader", "scan_reader")
_MODULES = frozenset(f"healthcard.documents.{reader}" for reader in _READERS)


def main(module: str, arguments: Mapping[str, str]) -> int:
    """Do the work and say its messages; 0 also when the file was refused, since that was said."""
    limit(cpu=int(os.environ["READER_CPU"]), memory=int(os.environ["READER_MEMORY"]))
    if module not in _MODULES:
        return 2
    out = sys.stdout.buffer
    try:
        answer(out, importlib.import_module(module).messages(sys.stdin.buffer, **arguments))
    except DocumentRefused as refusal:
        say(out, {"refused": refusal.kind, "detail": refusal.detail})
    except MemoryError:
        say(out, {"refused": "memory"})
    except BrokenPipeError:
        return 0  # nobody listens any more
    return 0


def limit(*, cpu: int, memory: int) -> None:
    """Take the limits on: CPU seconds, bytes of address space; no files written, no process started, no core."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(out: BinaryIO, messages: Iterable[Mapping[str, Any]]) -> None:
    """Say every message, then the end."""
    for message in messages:
        say(out, message)
    say(out, {"end": True})


def say(out: BinaryIO, message: Mapping[str, Any]) -> None:
    """One message: its length, then JSON in UTF-8."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    out.write(len(text).to_bytes(LENGTH, "big") + text)
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
