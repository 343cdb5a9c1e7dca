"""Tokens of SoftHSM2 for tests, made by its own tool."""

from __future__ import annotations

import subprocess
from pathlib import Path

from healthcard.keys.secret import Secret
from healthcard.keys.tokens import TokenPlace

PIN = Secret(b"98765432")
FOUND = (*Path("/usr/lib").glob("softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so"))
COUNT = 12  # more than the tests of one process use
MODULE = FOUND[0] if FOUND else None


def settings(folder: Path) -> Path:
    """A settings file whose tokens lie in `folder`."""
    (folder / "tokens").mkdir()
    path = folder / "softhsm2.conf"
    path.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    return path


def made(label: str) -> TokenPlace:
    """A new empty token."""
    pins = ["--so-pin", "11223344", "--pin", PIN.reveal().decode()]
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, *pins]
    subprocess.run(command, check=True, capture_output=True)
    return TokenPlace(module=MODULE, label=label)
