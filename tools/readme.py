"""Check that what the documents tell a newcomer to type exists, and that their links lead somewhere.

In every fenced `console` block of README*.md and docs/**/*.md a line `$ make x` must name a target of the Makefile, a
line `$ healthcard a b ...` a command that answers `--help`; every relative link must point at a file.
Prints one line of counts and exits 1 at the first document that lies.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
OPTION = re.compile(r"(?<=\s)--[a-z-]+")
WORD = re.compile(r"^[a-z][a-z-]*$")


def documents() -> list[Path]:
    """The documents a newcomer reads."""
    return [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]


def typed_lines(text: str) -> list[str]:
    """The commands of all console blocks, without their prompt and their environment."""
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    return [re.sub(r"^([A-Z_]+=\S+ )+", "", line[2:]) for line in lines if line.startswith("$ ")]


def command_path(line: str) -> tuple[str, ...]:
    """`healthcard card read --image X` -> ("card", "read"): the leading plain words."""
    words: list[str] = []
    for word in line.split()[1:]:
        if not WORD.match(word):
            break
        words.append(word)
    return tuple(words)


def help_of(path: tuple[str, ...], known: dict[tuple[str, ...], str]) -> str:
    """What `healthcard PATH --help` prints, "" when there is no such command; asked once for each path."""
    if path not in known:
        run = subprocess.run(
            [Path(sys.executable).with_name("healthcard"), *path, "--help"],
            capture_output=True,
            check=False,
            timeout=60,
        )
        known[path] = run.stdout.decode() if run.returncode == 0 else ""
    return known[path]


def main() -> int:
    """Check every document; 0 when none lies."""
    os.chdir(ROOT)
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text("utf-8"), re.MULTILINE))
    known: dict[tuple[str, ...], str] = {}
    faults, commands, links = [], 0, 0
    for document in documents():
        text = document.read_text("utf-8")
        name = document.relative_to(ROOT)
        for line in typed_lines(text):
            commands += 1
            if line.startswith("make") and not set(re.findall(r" ([a-z]+)(?= |$)", line)) <= targets:
                faults.append(f"{name}: no such target: {line}")
            if line.startswith("healthcard "):
                told = help_of(command_path(line), known)
                if not told or not set(OPTION.findall(line)) <= set(OPTION.findall(told)):
                    faults.append(f"{name}: no such command or option: {line}")
        for link in LINK.findall(text):
            links += 1
            if not (document.parent / link).exists():
                faults.append(f"{name}: the link {link} leads nowhere")
    print(*faults, f"README commands={commands} links={links} faults={len(faults)}", sep="\n")
    return 1 if faults or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
