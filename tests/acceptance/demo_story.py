"""`healthcard demo --keep` as an operator types it, told once for all tests here."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from healthcard.card.os import image
from healthcard.card.os.chip import Chip

HEALTHCARD = Path(sys.executable).with_name("healthcard")
SECONDS = 600.0
SAM = "sam-demo.img"


@dataclass(frozen=True)
class Story:
    """What the demo said, how it ended, the images it kept, and what of it was still there afterwards."""

    kept: Path
    out: str
    err: str
    code: int
    left_files: tuple[str, ...]
    left_processes: tuple[str, ...]

    @cached_property
    def cards(self) -> dict[str, list[Path]]:
        """The card images by product, in the order of their serials."""
        found: dict[str, list[Path]] = {"jia": [], "yi": [], "bing": []}
        for path in sorted(self.kept.glob("card-*.img")):
            found[str(image.load(path).product)].append(path)
        return found

    @property
    def sam(self) -> Path:
        return self.kept / SAM

    @property
    def sam_pin(self) -> str:
        return self.sam.with_suffix(".pin").read_text("ascii").strip()

    def chip(self, product: str, number: int = 0) -> Chip:
        """A chip out of its image; what is done to it is not kept."""
        chip = image.load(self.cards[product][number])
        assert isinstance(chip, Chip)
        return chip


def tell(folder: Path) -> Story:
    """The demo, with a place of its own for everything temporary."""
    kept = folder / "kept"
    with tempfile.TemporaryDirectory(prefix="hc-") as place:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEALTHCARD_")}
        done = subprocess.run(
            [HEALTHCARD, "demo", "--keep", kept],
            env=environment | {"TMPDIR": place},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Story(
            kept=kept,
            out=done.stdout,
            err=done.stderr,
            code=done.returncode,
            left_files=tuple(path.name for path in Path(place).iterdir()),
            left_processes=tuple(_processes_of(place)),
        )


def _processes_of(place: str) -> Iterator[str]:
    """Command lines of processes that were started with `place` for their temporary files, or name it."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue  # it has ended meanwhile, or is none of ours
        if place.encode() in command or f"TMPDIR={place}".encode() in environment.split(b"\0"):
            yield command.replace(b"\0", b" ").decode("utf-8", "replace")


@contextmanager
def pin_on_descriptor(pin: str) -> Iterator[int]:
    """A descriptor from which a PIN can be read once."""
    reading, writing = os.pipe()
    os.write(writing, pin.encode() + b"\n")
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)
