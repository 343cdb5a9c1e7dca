"""Fill the installation that HEALTHCARD_HOME names: `python -m bench.population PEOPLE`."""

from __future__ import annotations

import os
import sys

from bench.population import fill


def main() -> None:
    """Make it if it is not there."""
    from healthcard.site.installation import Site
    from healthcard.storage.roles import DATABASE

    site = Site.open(os.environ)
    for _ in site.set_up():
        pass
    with site.database():
        fill({**site.server.superuser(), "dbname": DATABASE}, int(sys.argv[1]))


if __name__ == "__main__":
    main()
