"""The console command `healthcard`."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from healthcard.cli.main import main as run_tool

if TYPE_CHECKING:
    from healthcard.site.installation import Site


def main() -> None:
    """Run the operator's tool; the installation is opened by the first command that asks for it."""
    run_tool(_installation)


@cache
def _installation() -> Site:
    from healthcard.site.installation import Site

    return Site.open(os.environ)
