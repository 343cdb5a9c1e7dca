"""Django's settings in the process for institutions: its API alone, its own role in the database, no sessions."""

from __future__ import annotations

from healthcard.site import databases as _databases
from healthcard.site.settings import *  # noqa: F403 - the same settings but for what follows
from healthcard.site.settings import CONFIGURATION

ROOT_URLCONF = "healthcard.site.institution_urls"
MIDDLEWARE = [
    "healthcard.api.boundary.Boundary",
    "django.middleware.security.SecurityMiddleware",
    "healthcard.web.headers.SecurityHeaders",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {"default": _databases.institution(CONFIGURATION)}
