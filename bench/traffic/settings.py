"""Django's settings of the process for institutions with the bench's addresses."""

from __future__ import annotations

from healthcard.site.institution_settings import *  # noqa: F403 - the same settings but for what follows

ROOT_URLCONF = "bench.traffic.doors"
