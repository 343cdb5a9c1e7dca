"""Django's settings, derived from the installation's configuration."""

from __future__ import annotations

import os
from pathlib import Path

import healthcard.web
from healthcard.site import configuration as _configuration
from healthcard.site import databases as _databases

CONFIGURATION = _configuration.read(os.environ)
_WEB = Path(healthcard.web.__file__).parent
_SECRET = CONFIGURATION.state.secrets / "django"

DEBUG = False
SECRET_KEY = _SECRET.read_text() if _SECRET.exists() else ""  # made by `healthcard setup`; Django refuses an empty one
ALLOWED_HOSTS = list(CONFIGURATION.hosts)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "healthcard.storage",
]
MIDDLEWARE = [
    "healthcard.api.boundary.Boundary",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "healthcard.web.headers.SecurityHeaders",
    "healthcard.web.headers.BoundedBodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "healthcard.web.presence.Presence",
    "healthcard.web.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
APPEND_SLASH = False
ROOT_URLCONF = "healthcard.site.urls"
WSGI_APPLICATION = "healthcard.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_WEB / "templates", *sorted(_WEB.glob("*/templates"))],  # those of all, then each room's own
        "OPTIONS": {
            "libraries": {"words": "healthcard.web.words"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "healthcard.web.context.person",
            ],
        },
    }
]

DATABASES = {"default": _databases.application(CONFIGURATION)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "storage.Account"
AUTHENTICATION_BACKENDS = ["healthcard.services.authority.login.KnownLogins"]  # nobody enters past services.login
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
CSRF_FAILURE_VIEW = "healthcard.web.screen.forged"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "first"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 60 * 60  # the longest rest an issuer may allow; see healthcard.web.presence
DEMO = not CONFIGURATION.production
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CONFIGURATION.https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = CONFIGURATION.https
if CONFIGURATION.https:  # the proxy in front says so; without it nobody may claim to have come by HTTPS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if CONFIGURATION.https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [_WEB / "locale", *sorted(_WEB.glob("*/locale"))]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATICFILES_DIRS = [_WEB / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "healthcard.services.breakage.Line",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django.request": {"level": "ERROR"}},  # that somebody asked for what is not there is no news
}
