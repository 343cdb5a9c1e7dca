"""What the worker's process runs: `python -m healthcard.site.worker`."""

from __future__ import annotations

import os
import signal
import threading

from healthcard.services import breakage
from healthcard.site.installation import Site


def main() -> None:
    """Work until told to stop."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    Site.open(os.environ).set_up_django()
    breakage.hush()
    from healthcard.jobs.worker import work  # only now: services want their database

    work(stopped)


if __name__ == "__main__":
    main()
